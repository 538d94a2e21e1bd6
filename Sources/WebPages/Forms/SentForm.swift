import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// Whom a form is for, which decides what its token is made of.
enum FormGuard: Sendable {
    /// Somebody who need not be signed in: the token is made of a secret in a cookie of its own, which other sites can
    /// neither read nor set ("double submit").
    case stranger
    /// Somebody who is signed in: the token is made of their session, which nobody else knows.
    case session

    /// Returns the token of a visitor's forms; nil for a session that is missing.
    func token(for visit: PageVisit) -> String? {
        switch self {
        case .stranger: Self.token(of: visit.formSecret)
        case .session: visit.session.map { Self.token(of: $0.text) }
        }
    }

    /// Returns whether a token is the one of this visitor's forms; takes the same time wherever they differ.
    func accepts(_ token: String?, from visit: PageVisit) -> Bool {
        guard let token, let expected = self.token(for: visit) else { return false }
        if case .stranger = self, visit.isFormSecretNew { return false }
        let (left, right) = (Array(token.utf8), Array(expected.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A digest from which nobody finds the secret, which has at least 128 random bits.
    private static func token(of secret: String) -> String {
        SHA256Digest(hashing: Array("cellar form\0\(secret)".utf8)).description
    }
}

/// What a form has sent. All forms come in here.
struct SentForm: Sendable {
    /// The name of the hidden field with the token.
    static let tokenField = "form"
    private static let maxSize = 16 << 10

    private let fields: [String: String]

    /// Reads a form from the page itself. Throws `.forbidden` for one that a page of another site sent, `.invalidRequest`
    /// for what is no form, `.tooLarge` and `.requestTimeout`.
    init(_ request: Request, visit: PageVisit) async throws {
        guard !visit.isFromAnotherSite else {
            throw RegistryError(.forbidden, "The form was sent from another site's page: open the page itself.")
        }
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
            throw RegistryError(.invalidRequest, "This page takes its own form only.")
        }
        let body = try await visit.actions.body(Self.maxSize)
        do {
            fields = try URLEncodedFormDecoder().decode([String: String].self, from: String(buffer: body))
        } catch {
            throw RegistryError(.invalidRequest, "The form cannot be read: send it from the page itself.", cause: error)
        }
    }

    /// Makes a form without fields.
    init() {
        fields = [:]
    }

    /// The text of a field, empty if it is absent.
    subscript(name: String) -> String { fields[name] ?? "" }

    var token: String? { fields[Self.tokenField] }

    /// What is said of a form whose token is not that of the visitor.
    static let old = RegistryError(
        .forbidden,
        "The form is too old, or your browser sends no cookies. Go back, load the page again, and send it once more.")
}

/// What is wrong with a new password and its repetition, by field.
struct NewPasswordFields: Sendable {
    let passwordProblem: String?
    let repeatedProblem: String?

    static let none = NewPasswordFields(passwordProblem: nil, repeatedProblem: nil)

    private init(passwordProblem: String?, repeatedProblem: String?) {
        self.passwordProblem = passwordProblem
        self.repeatedProblem = repeatedProblem
    }

    /// Checks a form; `problem` says why a password cannot be used.
    init(_ form: SentForm, problem: (String) -> String?, visit: PageVisit) {
        let found = problem(form["password"])
        passwordProblem = found
        repeatedProblem =
            found == nil && form["password"] != form["repeated"] ? visit.text("forms.repeated.problem") : nil
    }

    var isEmpty: Bool { passwordProblem == nil && repeatedProblem == nil }
}

/// The fields of a new password, as a template shows them.
struct NewPasswordModel {
    /// What the first field is called.
    let label: String
    let passwordProblem: String?
    let repeatedProblem: String?

    init(_ fields: NewPasswordFields, label: String) {
        self.label = label
        passwordProblem = fields.passwordProblem
        repeatedProblem = fields.repeatedProblem
    }

    /// Takes `fields`, one of these.
    static let template = """
        {{#fields}}
        <label for="password">{{label}}</label>
        <input id="password" name="password" type="password" required autocomplete="new-password" \
        aria-describedby="password-hint{{#passwordProblem}} password-error{{/passwordProblem}}"\
        {{#passwordProblem}} aria-invalid="true"{{/passwordProblem}}>
        <p class="hint" id="password-hint">[[forms.password.hint]]</p>
        {{#passwordProblem}}<p class="error" id="password-error">{{.}}</p>{{/passwordProblem}}
        <label for="repeated">[[forms.repeated]]</label>
        <input id="repeated" name="repeated" type="password" required autocomplete="new-password"\
        {{#repeatedProblem}} aria-invalid="true" aria-describedby="repeated-error"{{/repeatedProblem}}>
        {{#repeatedProblem}}<p class="error" id="repeated-error">{{.}}</p>{{/repeatedProblem}}
        {{/fields}}
        """
}

/// The field for the name that a new person chooses.
enum NameField {
    /// Returns what is wrong with a name; nil for nothing.
    static func problem(with name: String, for visit: PageVisit) -> String? {
        UserName.isValid(name) ? nil : visit.text("forms.name.problem")
    }

    /// Takes `name` and `nameProblem`.
    static let template = """
        <label for="name">[[forms.name]]</label>
        <input id="name" name="name" value="{{name}}" required maxlength="64" autocomplete="username" \
        autocapitalize="none" spellcheck="false"{{#nameProblem}} aria-invalid="true" \
        aria-describedby="name-error"{{/nameProblem}}>
        {{#nameProblem}}<p class="error" id="name-error">{{.}}</p>{{/nameProblem}}
        """
}
