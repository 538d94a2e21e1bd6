import HTTPTypes
import Hummingbird
import Mustache
import NIOCore
import Registry

/// The pages of the setup link.
struct SetupPage: Sendable {
    let setup: FirstAdministratorSetup
    /// The index of the example of a first upload.
    let index: IndexName
    let templates: MustacheLibrary

    /// Returns the form of the setup link.
    func form(token: String) async throws -> Response {
        if let closed = try await closedPage(token: token) { return closed }
        return form(name: "admin", problems: nil)
    }

    /// Makes the administrator that the form describes, or shows the form again with its errors.
    func makeAdministrator(
        token: String, _ request: Request, visit: PageVisit
    ) async throws -> Response {
        guard !visit.isFromAnotherSite else {
            throw RegistryError(.forbidden, "The form was sent from another site's page: open the setup link itself.")
        }
        if let closed = try await closedPage(token: token) { return closed }
        let sent = try await sentForm(request)
        let problems = SetupProblems(sent, passwordProblem: setup.passwordProblem)
        guard problems.isEmpty, let name = sent.name, let password = sent.password else {
            return form(name: sent.name ?? "", problems: problems)
        }
        guard try await setup.create(name, password) else { return used }
        let model = Done(name: name, uploadURL: "\(visit.baseURL)/\(index)/", userCommand: setup.userCommand)
        return page(model, "setup-done")
    }

    private func sentForm(_ request: Request) async throws -> SetupForm {
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
            throw RegistryError(.invalidRequest, "This page takes its own form only.")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: 16 << 10)
        } catch is NIOTooManyBytesError {
            throw RegistryError(.tooLarge, "The form is too long.")
        }
        do {
            return try URLEncodedFormDecoder().decode(SetupForm.self, from: String(buffer: body))
        } catch {
            throw RegistryError(.invalidRequest, "The form cannot be read: send it from the setup page.", cause: error)
        }
    }

    /// Returns the page for a link that is used or wrong, or nil if the form may be shown.
    private func closedPage(token: String) async throws -> Response? {
        switch try await setup.state(token) {
        case .open: nil
        case .used: used
        case .unknown:
            page(
                Closed(
                    title: "This is not the setup link",
                    reason: "Use the link that the server printed when it last started: each start makes a new one."),
                "setup-closed", status: .notFound)
        }
    }

    private var used: Response {
        page(
            Closed(
                title: "Cellar is set up already",
                reason: "There is an administrator, so this link does nothing any more."),
            "setup-closed", status: .gone)
    }

    private func form(name: String, problems: SetupProblems?) -> Response {
        let model = Form(
            failed: problems != nil, name: name, nameProblem: problems?.name, passwordProblem: problems?.password,
            repeatedProblem: problems?.repeated)
        return page(model, "setup", status: problems == nil ? .ok : .unprocessableContent)
    }

    private func page(_ model: Any, _ template: String, status: HTTPResponse.Status = .ok) -> Response {
        Layout.response(
            templates.render(model, withTemplate: template) ?? "", status: status, cacheControl: "no-store")
    }

    static let formTemplate = """
        {{<layout}}{{$main}}
        <h1>Set up Cellar</h1>
        <p class="lead">There is no administrator yet. Choose a name and a password for the first one.</p>
        {{#failed}}<p class="error" role="alert">Nothing was saved. See what is wrong below.</p>{{/failed}}
        <form method="post">
        <label for="name">User name</label>
        <input id="name" name="name" value="{{name}}" required maxlength="64" autocomplete="username" \
        autocapitalize="none" spellcheck="false"{{#nameProblem}} aria-invalid="true" \
        aria-describedby="name-error"{{/nameProblem}}>
        {{#nameProblem}}<p class="error" id="name-error">{{.}}</p>{{/nameProblem}}
        <label for="password">Password</label>
        <input id="password" name="password" type="password" required autocomplete="new-password" \
        aria-describedby="password-hint{{#passwordProblem}} password-error{{/passwordProblem}}"\
        {{#passwordProblem}} aria-invalid="true"{{/passwordProblem}}>
        <p class="hint" id="password-hint">At least 8 characters; several words are good.</p>
        {{#passwordProblem}}<p class="error" id="password-error">{{.}}</p>{{/passwordProblem}}
        <label for="repeated">The same password again</label>
        <input id="repeated" name="repeated" type="password" required autocomplete="new-password"\
        {{#repeatedProblem}} aria-invalid="true" aria-describedby="repeated-error"{{/repeatedProblem}}>
        {{#repeatedProblem}}<p class="error" id="repeated-error">{{.}}</p>{{/repeatedProblem}}
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
        <p><a href="{{home}}">How to point pip, uv, Poetry, PDM and twine here</a></p>
        {{/main}}{{/layout}}
        """

    static let closedTemplate = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">{{reason}}</p>
        <p><a href="{{home}}">To the front page</a></p>
        {{/main}}{{/layout}}
        """

    struct Form {
        let title = "Set up Cellar"
        let home = "../../"
        let failed: Bool
        let name: String
        let nameProblem: String?
        let passwordProblem: String?
        let repeatedProblem: String?
    }

    struct Done {
        let title = "Cellar is ready"
        let home = "../../"
        let name: String
        let uploadURL: String
        let userCommand: String
    }

    struct Closed {
        let title: String
        let home = "../../"
        let reason: String
    }
}

/// What the form of the setup page sends.
private struct SetupForm: Decodable {
    var name: String?
    var password: String?
    var repeated: String?
}

/// The errors in a form, by field.
private struct SetupProblems {
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
