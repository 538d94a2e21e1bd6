import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The pages of one-time links: invitations and new passwords. Looking at a link never uses it, since scanners of mail do.
struct LinkPages: Sendable {
    let accounts: AccountServices
    let signIn: SignInPages
    let templates: PageTemplates

    // MARK: Invitations

    func invitation(_ text: String?, visit: PageVisit) async throws -> Response {
        guard let (_, invitation) = try await open(text, accounts.links.invitation) else { return closed(visit) }
        return form(invitation, name: invitation.name ?? "", nameProblem: nil, fields: .none, visit: visit)
    }

    /// Adds the person and signs them in, or shows the form again with what is wrong.
    func accept(_ text: String?, _ form: SentForm, visit: PageVisit) async throws -> Response {
        guard let (secret, invitation) = try await open(text, accounts.links.invitation) else { return closed(visit) }
        let name = invitation.name ?? form["name"]
        let fields = NewPasswordFields(form, problem: accounts.passwordProblem, visit: visit)
        let nameProblem = NameField.problem(with: name, for: visit)
        guard nameProblem == nil, fields.isEmpty else {
            return self.form(invitation, name: name, nameProblem: nameProblem, fields: fields, visit: visit)
        }
        do {
            let hash = try await accounts.hash(form["password"])
            guard let person = try await accounts.links.accept(secret, name: name, passwordHash: hash) else {
                return closed(visit)
            }
            return try await signIn.open(
                for: person, to: .account, query: AccountPages.Notice.welcome.query, visit: visit)
        } catch let error as RegistryError where error.code == .alreadyExists {
            return self.form(
                invitation, name: name, nameProblem: visit.text("links.name.taken"), fields: .none,
                visit: visit)
        }
    }

    private func form(
        _ invitation: Invitation, name: String, nameProblem: String?, fields: NewPasswordFields, visit: PageVisit
    ) -> Response {
        let failed = nameProblem != nil || !fields.isEmpty
        let model = Model(
            title: visit.text("links.join"), formToken: FormGuard.stranger.token(for: visit) ?? "",
            lead: invitation.name == nil
                ? visit.text("links.join.lead", ["maker": invitation.maker.name])
                : visit.text("links.join.lead.named", ["maker": invitation.maker.name]),
            failed: failed, choosesName: invitation.name == nil, name: name,
            nameProblem: nameProblem, fields: NewPasswordModel(fields, label: visit.text("forms.password")),
            button: visit.text("links.join.button"))
        return page(model, "link", status: failed ? .unprocessableContent : .ok, visit: visit)
    }

    // MARK: New passwords

    func reset(_ text: String?, visit: PageVisit) async throws -> Response {
        guard let (_, reset) = try await open(text, accounts.links.reset) else { return closed(visit) }
        return form(reset, fields: .none, visit: visit)
    }

    /// Sets the password, ends all sessions and signs in, or shows the form again with what is wrong.
    func setPassword(_ text: String?, _ form: SentForm, visit: PageVisit) async throws -> Response {
        guard let (secret, reset) = try await open(text, accounts.links.reset) else { return closed(visit) }
        let fields = NewPasswordFields(form, problem: accounts.passwordProblem, visit: visit)
        guard fields.isEmpty else { return self.form(reset, fields: fields, visit: visit) }
        let hash = try await accounts.hash(form["password"])
        guard let person = try await accounts.links.useReset(secret, passwordHash: hash) else { return closed(visit) }
        return try await signIn.open(for: person, to: .account, query: AccountPages.Notice.password.query, visit: visit)
    }

    private func form(_ reset: PasswordReset, fields: NewPasswordFields, visit: PageVisit) -> Response {
        let model = Model(
            title: visit.text("links.reset"), formToken: FormGuard.stranger.token(for: visit) ?? "",
            lead: visit.text("links.reset.lead"), failed: !fields.isEmpty,
            choosesName: false, name: reset.userName, nameProblem: nil,
            fields: NewPasswordModel(fields, label: visit.text("forms.password.new")),
            button: visit.text("links.reset.button"))
        return page(model, "link", status: fields.isEmpty ? .ok : .unprocessableContent, visit: visit)
    }

    // MARK: Parts

    /// Returns the secret in an address, and what it opens; nil if it opens nothing.
    private func open<Found>(
        _ text: String?, _ find: (OneTimeSecret) async throws -> Found?
    ) async throws -> (OneTimeSecret, Found)? {
        let bytes = text.flatMap { PercentCoding.decode(Array($0.utf8)) } ?? []
        guard let secret = OneTimeSecret(String(decoding: bytes, as: UTF8.self)), let found = try await find(secret)
        else { return nil }
        return (secret, found)
    }

    private func closed(_ visit: PageVisit) -> Response {
        page(
            ClosedPage(title: visit.text("links.closed"), reason: visit.text("links.closed.reason")),
            "closed", status: .gone, visit: visit)
    }

    private func page(_ model: Any, _ template: String, status: HTTPResponse.Status, visit: PageVisit) -> Response {
        templates.response(model, template, to: visit, status: status, address: .secret)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">{{lead}}</p>
        {{#failed}}<p class="error" role="alert">[[forms.failed]]</p>{{/failed}}
        <form method="post">
        <input type="hidden" name="form" value="{{formToken}}">
        {{#choosesName}}
        {{> name-field}}
        {{/choosesName}}
        {{^choosesName}}
        <label for="name">[[forms.name]]</label>
        <input id="name" value="{{name}}" readonly autocomplete="username"\
        {{#nameProblem}} aria-invalid="true" aria-describedby="name-error"{{/nameProblem}}>
        {{#nameProblem}}<p class="error" id="name-error">{{.}}</p>{{/nameProblem}}
        {{/choosesName}}
        {{> new-password}}
        <button>{{button}}</button>
        </form>
        {{/main}}{{/layout}}
        """

    struct Model {
        let title: String
        let formToken: String
        let lead: String
        let failed: Bool
        let choosesName: Bool
        let name: String
        let nameProblem: String?
        let fields: NewPasswordModel
        let button: String
    }
}
