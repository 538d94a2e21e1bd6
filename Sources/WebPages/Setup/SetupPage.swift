import HTTPTypes
import Hummingbird
import Registry

/// The pages of the setup link.
struct SetupPage: Sendable {
    let setup: FirstAdministratorSetup
    let indexes: [IndexSettings]
    let facts: ServerFacts
    let templates: PageTemplates

    /// Returns the form of the setup link.
    func form(token: String, visit: PageVisit) async throws -> Response {
        if let closed = try await closedPage(token: token, visit: visit) { return closed }
        return form(name: "admin", nameProblem: nil, fields: .none, visit: visit)
    }

    /// Makes the administrator that the form describes, or shows the form again with its errors.
    func makeAdministrator(token: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        if let closed = try await closedPage(token: token, visit: visit) { return closed }
        let name = form["name"]
        let nameProblem = NameField.problem(with: name, for: visit)
        let fields = NewPasswordFields(form, problem: setup.passwordProblem, visit: visit)
        guard nameProblem == nil, fields.isEmpty else {
            return self.form(name: name, nameProblem: nameProblem, fields: fields, visit: visit)
        }
        guard try await setup.create(name, form["password"]) else { return used(visit) }
        return page(done(name, visit), "screen", visit: visit)
    }

    /// Returns what to do next: see who may read, publish a first project, and add people.
    private func done(_ name: String, _ visit: PageVisit) -> Screen {
        let index = indexes.first?.name ?? .main
        var policy: [Block] = [.text(visit.text("setup.policy.lead"))]
        for settings in indexes {
            let path = ["index", settings.name.description]
            policy.append(
                .facts([
                    Fact(visit.text("rights.index"), .code(settings.name.description)),
                    Fact(visit.text("manage.state"), IndexTags.tags(settings, visit)),
                    Fact(
                        "read", .code(Self.list(settings.access.read)), .small(facts.place(of: path + ["read"]) ?? "")),
                    Fact(
                        "write", .code(Self.list(settings.access.write)),
                        .small(facts.place(of: path + ["write"]) ?? "")),
                ]))
        }
        policy += [
            .text(visit.text("setup.policy.change")),
            .command(
                visit.text("setup.policy.private"),
                "[index.\(index)]\nread = [\"authenticated\"]\nwrite = [\"group:team\"]"),
            .command(
                visit.text("setup.policy.public"),
                "[index.\(index)]\nread = [\"everyone\"]\nwrite = [\"authenticated\"]"),
        ]
        let address = "\(visit.baseURL)/\(index)/"
        return Screen(
            title: visit.text("setup.done"), lead: visit.text("setup.done.lead", ["name": name]),
            parts: [
                Screen.Part(visit.text("setup.policy"), anchor: "policy", policy),
                Screen.Part(
                    visit.text("setup.next"), anchor: "publish",
                    [
                        .links([
                            .link(
                                visit.text("setup.next.signIn"),
                                "./\(visit.home)login?next=/account/publish?index=\(index)")
                        ]),
                        .text(visit.text("setup.next.publish")),
                        .command("twine", "twine upload --repository-url \(address) -u \(name) dist/*"),
                        .command("uv", "uv publish --publish-url \(address) --username \(name)"),
                    ]),
                Screen.Part(
                    visit.text("people.title"), anchor: "people",
                    [
                        .text(visit.text("setup.next.people")), .command("cellar", setup.userCommand),
                        .links([
                            .link(visit.text("people.invite"), "./\(visit.home)admin/invitations"),
                            .link(visit.text("setup.next.clients"), "./\(visit.home)"),
                        ]),
                    ]),
            ])
    }

    private static func list(_ principals: [Principal]) -> String {
        "[" + principals.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    }

    /// Returns the page for a link that is used or wrong, or nil if the form may be shown.
    private func closedPage(token: String, visit: PageVisit) async throws -> Response? {
        switch try await setup.state(token) {
        case .open: nil
        case .used: used(visit)
        case .unknown:
            page(
                ClosedPage(title: visit.text("setup.unknown"), reason: visit.text("setup.unknown.reason")),
                "closed", status: .notFound, visit: visit)
        }
    }

    private func used(_ visit: PageVisit) -> Response {
        page(
            ClosedPage(title: visit.text("setup.used"), reason: visit.text("setup.used.reason")),
            "closed", status: .gone, visit: visit)
    }

    private func form(name: String, nameProblem: String?, fields: NewPasswordFields, visit: PageVisit) -> Response {
        let failed = nameProblem != nil || !fields.isEmpty
        let model = Form(
            title: visit.text("setup.title"), formToken: FormGuard.stranger.token(for: visit) ?? "", failed: failed,
            name: name,
            nameProblem: nameProblem, fields: NewPasswordModel(fields, label: visit.text("forms.password")))
        return page(model, "setup", status: failed ? .unprocessableContent : .ok, visit: visit)
    }

    private func page(
        _ model: Any, _ template: String, status: HTTPResponse.Status = .ok, visit: PageVisit
    ) -> Response {
        templates.response(model, template, to: visit, status: status, address: .secret)
    }

    static let formTemplate = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">[[setup.lead]]</p>
        {{#failed}}<p class="error" role="alert">[[forms.failed]]</p>{{/failed}}
        <form method="post">
        <input type="hidden" name="form" value="{{formToken}}">
        {{> name-field}}
        {{> new-password}}
        <button>[[setup.button]]</button>
        </form>
        {{/main}}{{/layout}}
        """

    struct Form {
        let title: String
        let formToken: String
        let failed: Bool
        let name: String
        let nameProblem: String?
        let fields: NewPasswordModel
    }
}

/// What the one-time link for making the first administrator needs from the server.
package struct FirstAdministratorSetup: Sendable {
    /// The state of a link.
    package enum LinkState: Sendable {
        /// The right link, and there is no administrator yet.
        case open
        /// The right link, but there is an administrator.
        case used
        /// Not the right link.
        case unknown
    }

    let userCommand: String
    let state: @Sendable (_ token: String) async throws -> LinkState
    let passwordProblem: @Sendable (_ password: String) -> String?
    let create: @Sendable (_ name: String, _ password: String) async throws -> Bool

    /// Takes the parts.
    ///
    /// - Parameters:
    ///   - userCommand: The command that adds people, as it is typed on the server.
    ///   - state: Returns the state of the link with a token; compares in constant time.
    ///   - passwordProblem: Returns why a password can't be used, as a sentence, or nil if it can.
    ///   - create: Makes the administrator; returns false, and does nothing, if there is one already.
    package init(
        userCommand: String,
        state: @escaping @Sendable (_ token: String) async throws -> LinkState,
        passwordProblem: @escaping @Sendable (_ password: String) -> String?,
        create: @escaping @Sendable (_ name: String, _ password: String) async throws -> Bool
    ) {
        self.userCommand = userCommand
        self.state = state
        self.passwordProblem = passwordProblem
        self.create = create
    }
}
