import Registry

/// What the setup page's form sends.
struct SetupForm: Decodable {
    var name: String?
    var password: String?
    var repeated: String?
}

/// What is wrong with a form, by field; empty if nothing is.
struct SetupProblems: Equatable {
    var name: String?
    var password: String?
    var repeated: String?

    var isEmpty: Bool { name == nil && password == nil && repeated == nil }

    init(_ form: SetupForm, passwordProblem: (String) -> String?) {
        if !UserName.isValid(form.name ?? "") {
            name = """
                Use letters from a to z, digits and the characters . _ @ + -, beginning with a letter or digit; at most \
                64.
                """
        }
        password = passwordProblem(form.password ?? "")
        if password == nil, form.password != form.repeated {
            repeated = "The two passwords are not the same."
        }
    }
}
