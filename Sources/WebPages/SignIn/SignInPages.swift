import HTTPTypes
import Hummingbird
package import Registry

/// What the pages of accounts do, on the side of the server.
package struct AccountServices: Sendable {
    let registry: RegistryServices
    let people: People
    let tokens: Tokens
    let links: OneTimeLinks
    let registrations: Registrations
    let signOn: SingleSignOn
    let passwordProblem: @Sendable (_ password: String) -> String?
    let hash: @Sendable (_ password: String) async throws -> String
    let sessionLifetime: Int64
    let isRegistrationOpen: Bool

    /// Takes the parts.
    ///
    /// - Parameters:
    ///   - registry: The use cases.
    ///   - passwordProblem: Returns why a password can't be used, as a sentence, or nil if it can.
    ///   - hash: Hashes a password that can be used. Throws `.unavailable` if too many wait.
    ///   - sessionLifetime: How long a browser stays signed in, in seconds; one of `SessionLifetime.range`.
    ///   - isRegistrationOpen: Whether strangers may ask for accounts.
    package init(
        registry: RegistryServices, passwordProblem: @escaping @Sendable (_ password: String) -> String?,
        hash: @escaping @Sendable (_ password: String) async throws -> String, sessionLifetime: Int64,
        isRegistrationOpen: Bool
    ) {
        self.registry = registry
        people = registry.people
        tokens = registry.tokens
        links = registry.links
        registrations = registry.registrations
        signOn = registry.singleSignOn
        self.passwordProblem = passwordProblem
        self.hash = hash
        self.sessionLifetime = sessionLifetime
        self.isRegistrationOpen = isRegistrationOpen
    }
}

/// Signs people in and out, with sessions in cookies.
struct SignInPages: Sendable {
    let accounts: AccountServices
    let templates: PageTemplates

    /// Returns the form; who is signed in is led on.
    func form(next: String?, visit: PageVisit) -> Response {
        let place = next.flatMap(LocalPath.init) ?? .front
        guard visit.session == nil else { return Layout.redirect(to: place, from: visit) }
        return form(name: "", next: place, problem: nil, status: .ok, visit: visit)
    }

    /// Returns the form again for one whose token is too old.
    func oldForm(_ form: SentForm, visit: PageVisit) -> Response {
        self.form(
            name: form["name"], next: LocalPath(form["next"]) ?? .front,
            problem: visit.text("login.old"), status: .forbidden,
            visit: visit)
    }

    /// Signs somebody in, or shows the form again with what is wrong.
    func signIn(_ form: SentForm, visit: PageVisit) async throws -> Response {
        let next = LocalPath(form["next"]) ?? .front
        do {
            let person = try await visit.actions.person(form["name"], form["password"])
            return try await open(for: person, to: next, visit: visit)
        } catch let error as RegistryError where Self.isAnswered(error) {
            return self.form(after: error, name: form["name"], next: next, visit: visit)
        }
    }

    /// Returns the form with why nobody was signed in.
    func form(after error: RegistryError, name: String = "", next: LocalPath, visit: PageVisit) -> Response {
        var response = form(
            name: name, next: next, problem: Self.problem(of: error, visit), status: Self.status(of: error),
            visit: visit)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    /// Opens a session for somebody who has proved who they are, in place of the one that the browser has, and leads to a
    /// page.
    func open(for person: Person, to place: LocalPath, query: String = "", visit: PageVisit) async throws -> Response {
        let issued = try await accounts.tokens.openSession(lasting: accounts.sessionLifetime, caller: .person(person))
        if let old = visit.session { try await end(old) }
        var response = Layout.redirect(to: place, query: query, from: visit)
        response.headers.append(
            .cookie(visit.actions.cookieField(.session, issued.text.reveal(), accounts.sessionLifetime)))
        return response
    }

    /// Ends the session.
    func signOut(visit: PageVisit) async throws -> Response {
        if let session = visit.session { try await end(session) }
        return signedOut(visit: visit)
    }

    /// Answers a form whose token is not that of the visitor: whoever is not signed in any more is signed out.
    func oldSignOut(_ form: SentForm, visit: PageVisit) throws -> Response {
        guard visit.session == nil else { throw SentForm.old }
        return signedOut(visit: visit)
    }

    /// Returns the answer for who is not signed in any more.
    func signedOut(visit: PageVisit) -> Response {
        var response = Layout.redirect(to: .front, from: visit)
        response.headers.append(.cookie(visit.actions.cookieField(.session, "", 0)))
        return response
    }

    /// Leads to the form, and from there back to a page.
    static func required(for place: LocalPath, visit: PageVisit) -> Response {
        var response = Layout.redirect(to: .login, query: "?next=\(place.queryText)", from: visit)
        if visit.hasOldSession { response.headers.append(.cookie(visit.actions.cookieField(.session, "", 0))) }
        return response
    }

    private func end(_ session: PageVisit.Session) async throws {
        do {
            try await accounts.tokens.revoke(session.holder.id, caller: session.caller)
        } catch let error as RegistryError where error.code == .notFound {
            // Somebody else has ended it.
        }
    }

    /// Returns why nobody was signed in, in the visitor's language as far as it is known there.
    private static func problem(of error: RegistryError, _ visit: PageVisit) -> String {
        let isKnown = error.code == .wrongCredentials && error.message == wrongPassword
        return isKnown ? visit.text("login.wrong") : visit.text(of: error)
    }

    private static let wrongPassword = Texts.text("login.wrong", in: .english)

    private static func isAnswered(_ error: RegistryError) -> Bool {
        switch error.code {
        case .wrongCredentials, .tooManyAttempts, .unavailable, .conflict: true
        default: false
        }
    }

    /// Not 401, which must ask for Basic credentials (RFC 9110 §15.5.2).
    private static func status(of error: RegistryError) -> HTTPResponse.Status {
        switch error.code {
        case .tooManyAttempts: .tooManyRequests
        case .unavailable: .serviceUnavailable
        case .conflict: .conflict
        case .forbidden: .forbidden
        default: .unprocessableContent
        }
    }

    private func form(
        name: String, next: LocalPath, problem: String?, status: HTTPResponse.Status, visit: PageVisit
    ) -> Response {
        let model = Form(
            title: visit.text("login.title"), formToken: FormGuard.stranger.token(for: visit) ?? "", name: name,
            next: next.text, problem: problem, canRegister: accounts.isRegistrationOpen,
            buttons: accounts.signOn.providers.map { provider in
                Button(
                    label: visit.text("login.with", ["provider": provider.label]), path: "login/sso/\(provider.name)",
                    next: next.queryText)
            })
        return templates.response(model, "login", to: visit, status: status)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>[[layout.signIn]]</h1>
        {{#problem}}<p class="error" role="alert">{{.}}</p>{{/problem}}
        <form method="post" action="{{home}}login">
        <input type="hidden" name="form" value="{{formToken}}">
        <input type="hidden" name="next" value="{{next}}">
        <label for="name">[[forms.name]]</label>
        <input id="name" name="name" value="{{name}}" required autocomplete="username" autocapitalize="none" \
        spellcheck="false">
        <label for="password">[[forms.password]]</label>
        <input id="password" name="password" type="password" required autocomplete="current-password">
        <button>[[layout.signIn]]</button>
        </form>
        {{#buttons}}
        <p><a class="button" href="{{home}}{{path}}?next={{next}}">{{label}}</a></p>
        {{/buttons}}
        <p class="note">[[login.forgotten]]</p>
        {{#canRegister}}<p class="note">[[login.register]]</p>{{/canRegister}}
        {{/main}}{{/layout}}
        """

    struct Button {
        let label: String
        let path: String
        /// The path behind `?next=`, with what would end the parameter escaped.
        let next: String
    }

    struct Form {
        let title: String
        let formToken: String
        let name: String
        let next: String
        let problem: String?
        let canRegister: Bool
        let buttons: [Button]
    }
}
