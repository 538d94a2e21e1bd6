import HTTPTypes
import Hummingbird
import Mustache
import Registry

/// The page of somebody's own account, for who is signed in.
struct AccountPages: Sendable {
    let accounts: AccountServices
    let signIn: SignInPages
    let templates: MustacheLibrary

    /// Returns the page; who is not signed in is led to the form for that.
    func page(query: String, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .account, visit: visit) }
        return try await page(session, notice: Notice.text(of: query), visit: visit)
    }

    /// Changes the password, and keeps this browser alone signed in; or shows the page again with what is wrong.
    func changePassword(_ form: SentForm, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .account, visit: visit) }
        let fields = NewPasswordFields(form, problem: accounts.passwordProblem)
        guard fields.isEmpty else { return try await page(session, fields: fields, visit: visit) }
        let user = try await accounts.people.own(session.caller)
        guard Self.passwordPlace(of: user) == nil else {
            return try await page(session, status: .conflict, visit: visit)
        }
        do {
            let person = try await visit.actions.person(user.name, form["present"])
            guard person.id == user.id else { throw RegistryError(.wrongCredentials, "") }
            let changed = try await accounts.people.changeOwnPassword(
                try await accounts.hash(form["password"]), of: person)
            return try await signIn.open(for: changed, to: .account, query: Notice.password.query, visit: visit)
        } catch let error as RegistryError where error.code == .wrongCredentials {
            return try await page(session, presentProblem: "This is not your present password.", visit: visit)
        } catch let error as RegistryError where error.code == .tooManyAttempts {
            var response = try await page(
                session, presentProblem: error.message, status: .tooManyRequests, visit: visit)
            if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
            return response
        }
    }

    /// Ends all sessions, this one too.
    func signOutEverywhere(visit: PageVisit) async throws -> Response {
        if let session = visit.session { try await accounts.tokens.endSessions(caller: session.caller) }
        return signIn.signedOut(visit: visit)
    }

    private func page(
        _ session: PageVisit.Session, notice: String? = nil, presentProblem: String? = nil,
        fields: NewPasswordFields = .none, status: HTTPResponse.Status? = nil, visit: PageVisit
    ) async throws -> Response {
        let user = try await accounts.people.own(session.caller)
        let failed = presentProblem != nil || !fields.isEmpty
        let model = Model(
            home: visit.home, formToken: FormGuard.session.token(for: visit) ?? "", name: user.name,
            isAdministrator: user.isAdministrator,
            groups: user.groups.isEmpty ? "none" : user.groups.sorted().joined(separator: ", "),
            passwordPlace: Self.passwordPlace(of: user), notice: notice, failed: failed, presentProblem: presentProblem,
            fields: NewPasswordModel(fields, label: "New password"))
        return Layout.response(
            templates.render(model, withTemplate: "account") ?? "", to: visit,
            status: status ?? (failed ? .unprocessableContent : .ok))
    }

    /// Returns where somebody's password is kept, as a sentence, or nil if it is here.
    private static func passwordPlace(of user: UserRecord) -> String? {
        if user.isDeclared {
            return "The server's configuration declares your account: whoever looks after it sets your password there."
        }
        return user.hasPassword ? nil : "You have no password here: you sign in with an account elsewhere."
    }

    /// What the page says has been done, by a parameter of its address.
    enum Notice: String, CaseIterable {
        case password, welcome

        var query: String { "?done=\(rawValue)" }

        static func text(of query: String) -> String? {
            switch allCases.first(where: { $0.query == "?\(query)" }) {
            case .password: "Your password is changed. You are signed in here alone."
            case .welcome: "Welcome. This is your account."
            case nil: nil
            }
        }
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>Your account</h1>
        {{#notice}}<p class="done" role="status">{{.}}</p>{{/notice}}
        <dl>
        <dt>User name</dt><dd>{{name}}</dd>
        <dt>Role</dt><dd>{{#isAdministrator}}administrator{{/isAdministrator}}{{^isAdministrator}}user{{/isAdministrator}}</dd>
        <dt>Groups</dt><dd>{{groups}}</dd>
        </dl>

        <h2 id="change">Change your password</h2>
        {{#passwordPlace}}<p>{{.}}</p>{{/passwordPlace}}
        {{^passwordPlace}}
        {{#failed}}<p class="error" role="alert">Nothing was changed. See what is wrong below.</p>{{/failed}}
        <form method="post" action="{{home}}account/password">
        <input type="hidden" name="form" value="{{formToken}}">
        <input type="text" name="name" value="{{name}}" autocomplete="username" hidden>
        <label for="present">Present password</label>
        <input id="present" name="present" type="password" required autocomplete="current-password"\
        {{#presentProblem}} aria-invalid="true" aria-describedby="present-error"{{/presentProblem}}>
        {{#presentProblem}}<p class="error" id="present-error">{{.}}</p>{{/presentProblem}}
        {{> new-password}}
        <p class="hint">All your other sessions end; tokens stay.</p>
        <button>Change the password</button>
        </form>
        {{/passwordPlace}}

        <h2 id="sessions">Sessions</h2>
        <div class="bar">
        <form class="quiet" method="post" action="{{home}}logout">
        <input type="hidden" name="form" value="{{formToken}}"><button>Sign out</button>
        </form>
        <form class="quiet" method="post" action="{{home}}account/sign-out">
        <input type="hidden" name="form" value="{{formToken}}"><button>Sign out everywhere</button>
        </form>
        </div>
        <p class="hint">Everywhere means all browsers, and what <code>cellar login</code> keeps.</p>
        <p><a href="./{{home}}">To the front page</a></p>
        {{/main}}{{/layout}}
        """

    struct Model {
        let title = "Your account at Cellar"
        let home: String
        let formToken: String
        let name: String
        let isAdministrator: Bool
        let groups: String
        let passwordPlace: String?
        let notice: String?
        let failed: Bool
        let presentProblem: String?
        let fields: NewPasswordModel
    }
}
