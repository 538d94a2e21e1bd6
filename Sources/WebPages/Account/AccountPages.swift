import HTTPTypes
import Hummingbird
import Registry

/// The page of somebody's own account, for who is signed in.
struct AccountPages: Sendable {
    let accounts: AccountServices
    let signIn: SignInPages
    let templates: PageTemplates

    /// Returns the page; who is not signed in is led to the form for that.
    func page(query: String, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .account, visit: visit) }
        return try await page(session, notice: Notice.text(of: query, visit), visit: visit)
    }

    /// Changes the password, and keeps this browser alone signed in; or shows the page again with what is wrong.
    func changePassword(_ form: SentForm, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .account, visit: visit) }
        let fields = NewPasswordFields(form, problem: accounts.passwordProblem, visit: visit)
        guard fields.isEmpty else { return try await page(session, fields: fields, visit: visit) }
        let user = try await accounts.people.own(session.caller)
        guard Self.passwordPlace(of: user, visit) == nil else {
            return try await page(session, status: .conflict, visit: visit)
        }
        do {
            let person = try await visit.actions.person(user.name, form["present"])
            guard person.id == user.id else { throw RegistryError(.wrongCredentials, "") }
            let changed = try await accounts.people.changeOwnPassword(
                try await accounts.hash(form["password"]), of: person)
            return try await signIn.open(for: changed, to: .account, query: Notice.password.query, visit: visit)
        } catch let error as RegistryError where error.code == .wrongCredentials {
            return try await page(session, presentProblem: visit.text("account.present.problem"), visit: visit)
        } catch let error as RegistryError where error.code == .tooManyAttempts {
            var response = try await page(
                session, presentProblem: visit.text(of: error), status: .tooManyRequests, visit: visit)
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
            title: visit.text("account.title"), menu: AccountMenu.menu(visit),
            formToken: FormGuard.session.token(for: visit) ?? "", name: user.name,
            isAdministrator: user.isAdministrator,
            groups: user.groups.isEmpty
                ? visit.text("account.groups.none") : user.groups.sorted().joined(separator: ", "),
            passwordPlace: Self.passwordPlace(of: user, visit), notice: notice, failed: failed,
            presentProblem: presentProblem,
            fields: NewPasswordModel(fields, label: visit.text("forms.password.new")))
        return templates.response(
            model, "account", to: visit,
            status: status ?? (failed ? .unprocessableContent : .ok))
    }

    /// Returns where somebody's password is kept, as a sentence, or nil if it is here.
    private static func passwordPlace(of user: UserRecord, _ visit: PageVisit) -> String? {
        if user.isDeclared {
            return visit.text("account.password.declared")
        }
        return user.hasPassword ? nil : visit.text("account.password.elsewhere")
    }

    /// What the page says has been done, by a parameter of its address.
    enum Notice: String, CaseIterable {
        case password, welcome

        var query: String { "?done=\(rawValue)" }

        static func text(of query: String, _ visit: PageVisit) -> String? {
            switch allCases.first(where: { $0.query == "?\(query)" }) {
            case .password: visit.text("account.password.changed")
            case .welcome: visit.text("account.welcome")
            case nil: nil
            }
        }
    }

    static let template = """
        {{<layout}}{{$main}}
        <div class="duty">
        {{> screen-menu}}
        <div class="screen">
        <h1>[[account.heading]]</h1>
        {{#notice}}<p class="done" role="status">{{.}}</p>{{/notice}}
        <dl>
        <dt>[[forms.name]]</dt><dd>{{name}}</dd>
        <dt>[[account.role]]</dt><dd>{{#isAdministrator}}[[account.role.administrator]]{{/isAdministrator}}\
        {{^isAdministrator}}[[account.role.user]]{{/isAdministrator}}</dd>
        <dt>[[account.groups]]</dt><dd>{{groups}}</dd>
        </dl>

        <h2 id="change">[[account.password]]</h2>
        {{#passwordPlace}}<p>{{.}}</p>{{/passwordPlace}}
        {{^passwordPlace}}
        {{#failed}}<p class="error" role="alert">[[account.failed]]</p>{{/failed}}
        <form method="post" action="{{home}}account/password">
        <input type="hidden" name="form" value="{{formToken}}">
        <input type="text" name="name" value="{{name}}" autocomplete="username" hidden>
        <label for="present">[[account.present]]</label>
        <input id="present" name="present" type="password" required autocomplete="current-password"\
        {{#presentProblem}} aria-invalid="true" aria-describedby="present-error"{{/presentProblem}}>
        {{#presentProblem}}<p class="error" id="present-error">{{.}}</p>{{/presentProblem}}
        {{> new-password}}
        <p class="hint">[[account.password.hint]]</p>
        <button>[[account.password.button]]</button>
        </form>
        {{/passwordPlace}}

        <h2 id="sessions">[[account.sessions]]</h2>
        <div class="bar">
        <form class="quiet" method="post" action="{{home}}logout">
        <input type="hidden" name="form" value="{{formToken}}"><button>[[layout.signOut]]</button>
        </form>
        <form class="quiet" method="post" action="{{home}}account/sign-out">
        <input type="hidden" name="form" value="{{formToken}}"><button>[[account.signOut.everywhere]]</button>
        </form>
        </div>
        <p class="hint">[[account.signOut.hint]]</p>
        <p><a href="./{{home}}">[[layout.front]]</a></p>
        </div>
        </div>
        {{/main}}{{/layout}}
        """

    struct Model {
        let title: String
        let menu: Screen.Menu
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
