import HTTPTypes
import Hummingbird
import Mustache
import Registry

/// The page on which strangers ask for an account. It never says whether a name is taken.
struct RegistrationPages: Sendable {
    let accounts: AccountServices
    let templates: MustacheLibrary

    func form(visit: PageVisit) -> Response {
        form(SentForm(), problem: nil, nameProblem: nil, fields: .none, status: .ok, visit: visit)
    }

    /// Keeps a request, or shows the form again with what is wrong.
    func request(_ form: SentForm, visit: PageVisit) async throws -> Response {
        let fields = NewPasswordFields(form, problem: accounts.passwordProblem)
        let nameProblem = UserName.isValid(form["name"]) ? nil : NameField.problem
        guard nameProblem == nil, fields.isEmpty else {
            return self.form(
                form, problem: "Nothing was sent. See what is wrong below.", nameProblem: nameProblem, fields: fields,
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
        let model = ClosedPage(
            title: "Your request is waiting", home: visit.home,
            reason: "An administrator looks at it. Once it is approved, you can sign in with your name and password.")
        return Layout.response(templates.render(model, withTemplate: "closed") ?? "", to: visit, status: .accepted)
    }

    private func form(
        _ form: SentForm, problem: String?, nameProblem: String?, fields: NewPasswordFields,
        status: HTTPResponse.Status, visit: PageVisit
    ) -> Response {
        let model = Model(
            home: visit.home, formToken: FormGuard.stranger.token(for: visit) ?? "", problem: problem,
            name: form["name"], nameProblem: nameProblem, note: form["note"],
            fields: NewPasswordModel(fields, label: "Password"))
        return Layout.response(templates.render(model, withTemplate: "register") ?? "", to: visit, status: status)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>Ask for an account</h1>
        <p class="lead">An administrator decides. Choose the name and the password that you will sign in with.</p>
        {{#problem}}<p class="error" role="alert">{{.}}</p>{{/problem}}
        <form method="post" action="{{home}}account/register">
        <input type="hidden" name="form" value="{{formToken}}">
        {{> name-field}}
        {{> new-password}}
        <label for="note">Who are you?</label>
        <input id="note" name="note" value="{{note}}" maxlength="200" aria-describedby="note-hint">
        <p class="hint" id="note-hint">So that the administrator knows you: your name and team.</p>
        <button>Ask for the account</button>
        </form>
        <p><a href="{{home}}login">Sign in</a> if you have an account.</p>
        {{/main}}{{/layout}}
        """

    struct Model {
        let title = "Ask for an account at Cellar"
        let home: String
        let formToken: String
        let problem: String?
        let name: String
        let nameProblem: String?
        let note: String
        let fields: NewPasswordModel
    }
}
