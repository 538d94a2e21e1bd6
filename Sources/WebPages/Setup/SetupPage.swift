import HTTPTypes
import Hummingbird
import Mustache
import Registry

/// The pages of the setup link.
struct SetupPage: Sendable {
    let setup: FirstAdministratorSetup
    /// The index of the example of a first upload.
    let index: IndexName
    let templates: MustacheLibrary

    /// Returns the form of the setup link.
    func form(token: String, visit: PageVisit) async throws -> Response {
        if let closed = try await closedPage(token: token, visit: visit) { return closed }
        return form(name: "admin", nameProblem: nil, fields: .none, visit: visit)
    }

    /// Makes the administrator that the form describes, or shows the form again with its errors.
    func makeAdministrator(token: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        if let closed = try await closedPage(token: token, visit: visit) { return closed }
        let name = form["name"]
        let nameProblem = UserName.isValid(name) ? nil : NameField.problem
        let fields = NewPasswordFields(form, problem: setup.passwordProblem)
        guard nameProblem == nil, fields.isEmpty else {
            return self.form(name: name, nameProblem: nameProblem, fields: fields, visit: visit)
        }
        guard try await setup.create(name, form["password"]) else { return used(visit) }
        let model = Done(
            home: visit.home, name: name, uploadURL: "\(visit.baseURL)/\(index)/", userCommand: setup.userCommand)
        return page(model, "setup-done", visit: visit)
    }

    /// Returns the page for a link that is used or wrong, or nil if the form may be shown.
    private func closedPage(token: String, visit: PageVisit) async throws -> Response? {
        switch try await setup.state(token) {
        case .open: nil
        case .used: used(visit)
        case .unknown:
            page(
                ClosedPage(
                    title: "This is not the setup link", home: visit.home,
                    reason: "Use the link that the server printed when it last started: each start makes a new one."),
                "closed", status: .notFound, visit: visit)
        }
    }

    private func used(_ visit: PageVisit) -> Response {
        page(
            ClosedPage(
                title: "Cellar is set up already", home: visit.home,
                reason: "There is an administrator, so this link does nothing any more."),
            "closed", status: .gone, visit: visit)
    }

    private func form(name: String, nameProblem: String?, fields: NewPasswordFields, visit: PageVisit) -> Response {
        let failed = nameProblem != nil || !fields.isEmpty
        let model = Form(
            home: visit.home, formToken: FormGuard.stranger.token(for: visit) ?? "", failed: failed, name: name,
            nameProblem: nameProblem, fields: NewPasswordModel(fields, label: "Password"))
        return page(model, "setup", status: failed ? .unprocessableContent : .ok, visit: visit)
    }

    private func page(
        _ model: Any, _ template: String, status: HTTPResponse.Status = .ok, visit: PageVisit
    ) -> Response {
        Layout.response(
            templates.render(model, withTemplate: template) ?? "", to: visit, status: status, address: .secret)
    }

    static let formTemplate = """
        {{<layout}}{{$main}}
        <h1>Set up Cellar</h1>
        <p class="lead">There is no administrator yet. Choose a name and a password for the first one.</p>
        {{#failed}}<p class="error" role="alert">Nothing was saved. See what is wrong below.</p>{{/failed}}
        <form method="post">
        <input type="hidden" name="form" value="{{formToken}}">
        {{> name-field}}
        {{> new-password}}
        <button>Create the administrator</button>
        </form>
        {{/main}}{{/layout}}
        """

    static let doneTemplate = """
        {{<layout}}{{$main}}
        <h1>Cellar is ready</h1>
        <p class="lead">{{name}} is the administrator now, and this link has done its work.</p>
        <h2>What to do next</h2>
        <p>Publish a first project with this name and password:</p>
        <pre tabindex="0" aria-label="twine"><code>twine upload --repository-url {{uploadURL}} -u {{name}} dist/*</code></pre>
        <p>Add the people who work with you, on the server:</p>
        <pre tabindex="0" aria-label="cellar"><code>{{userCommand}}</code></pre>
        <p><a href="./{{home}}">How to point pip, uv, Poetry, PDM and twine here</a></p>
        {{/main}}{{/layout}}
        """

    struct Form {
        let title = "Set up Cellar"
        let home: String
        let formToken: String
        let failed: Bool
        let name: String
        let nameProblem: String?
        let fields: NewPasswordModel
    }

    struct Done {
        let title = "Cellar is ready"
        let home: String
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
