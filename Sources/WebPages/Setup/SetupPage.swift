import HTTPTypes
import Hummingbird
import Registry

/// The pages of the setup link.
struct SetupPage: Sendable {
    let setup: FirstAdministratorSetup
    /// The index of the example of a first upload.
    let index: IndexName
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
        let model = Done(
            title: visit.text("setup.done"), name: name, uploadURL: "\(visit.baseURL)/\(index)/",
            userCommand: setup.userCommand)
        return page(model, "setup-done", visit: visit)
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

    static let doneTemplate = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">[[setup.done.lead]]</p>
        <h2>[[setup.next]]</h2>
        <p>[[setup.next.publish]]</p>
        <pre tabindex="0" aria-label="twine"><code>twine upload --repository-url {{uploadURL}} -u {{name}} dist/*</code></pre>
        <p>[[setup.next.people]]</p>
        <pre tabindex="0" aria-label="cellar"><code>{{userCommand}}</code></pre>
        <p><a href="./{{home}}">[[setup.next.clients]]</a></p>
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

    struct Done {
        let title: String
        let name: String
        let uploadURL: String
        let userCommand: String
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
