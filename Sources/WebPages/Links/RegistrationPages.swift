import HTTPTypes
import Hummingbird
import Registry

/// The page on which strangers ask for an account. It never says whether a name is taken.
struct RegistrationPages: Sendable {
    let accounts: AccountServices
    let templates: PageTemplates

    func form(visit: PageVisit) -> Response {
        form(SentForm(), problem: nil, nameProblem: nil, fields: .none, status: .ok, visit: visit)
    }

    /// Keeps a request, or shows the form again with what is wrong.
    func request(_ form: SentForm, visit: PageVisit) async throws -> Response {
        let fields = NewPasswordFields(form, problem: accounts.passwordProblem, visit: visit)
        let nameProblem = NameField.problem(with: form["name"], for: visit)
        guard nameProblem == nil, fields.isEmpty else {
            return self.form(
                form, problem: visit.text("register.failed"), nameProblem: nameProblem, fields: fields,
                status: .unprocessableContent, visit: visit)
        }
        do {
            try await accounts.registrations.requireRoom(from: visit.address)
            let hash = try await accounts.hash(form["password"])
            try await accounts.registrations.request(
                form["name"], passwordHash: hash, note: form["note"], from: visit.address)
        } catch let error as RegistryError where error.code == .conflict || error.code == .invalidRequest {
            return self.form(
                form, problem: error.message, nameProblem: nil, fields: .none,
                status: error.code == .conflict ? .conflict : .unprocessableContent, visit: visit)
        }
        let model = ClosedPage(title: visit.text("register.waiting"), reason: visit.text("register.waiting.reason"))
        return templates.response(model, "closed", to: visit, status: .accepted)
    }

    private func form(
        _ form: SentForm, problem: String?, nameProblem: String?, fields: NewPasswordFields,
        status: HTTPResponse.Status, visit: PageVisit
    ) -> Response {
        let model = Model(
            title: visit.text("register.title"), formToken: FormGuard.stranger.token(for: visit) ?? "",
            problem: problem,
            name: form["name"], nameProblem: nameProblem, note: form["note"],
            fields: NewPasswordModel(fields, label: visit.text("forms.password")))
        return templates.response(model, "register", to: visit, status: status)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>[[register.heading]]</h1>
        <p class="lead">[[register.lead]]</p>
        {{#problem}}<p class="error" role="alert">{{.}}</p>{{/problem}}
        <form method="post" action="{{home}}account/register">
        <input type="hidden" name="form" value="{{formToken}}">
        {{> name-field}}
        {{> new-password}}
        <label for="note">[[register.note]]</label>
        <input id="note" name="note" value="{{note}}" maxlength="200" aria-describedby="note-hint">
        <p class="hint" id="note-hint">[[register.note.hint]]</p>
        <button>[[register.button]]</button>
        </form>
        <p>[[register.signIn]]</p>
        {{/main}}{{/layout}}
        """

    struct Model {
        let title: String
        let formToken: String
        let problem: String?
        let name: String
        let nameProblem: String?
        let note: String
        let fields: NewPasswordModel
    }
}
