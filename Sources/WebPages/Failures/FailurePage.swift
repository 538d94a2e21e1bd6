import HTTPTypes
import Hummingbird
import Registry

/// The page that a browser is shown for an error.
struct FailurePage: Sendable {
    let templates: PageTemplates

    /// Returns the page.
    ///
    /// - Parameters:
    ///   - code: The error's code; nil for one that is not among Registry's.
    ///   - message: What the server says.
    ///   - status: The status.
    ///   - visit: What it answers.
    /// - Returns: The response.
    func response(
        _ code: RegistryError.Code?, _ message: String, status: HTTPResponse.Status, visit: PageVisit
    ) -> Response {
        let code = code ?? .invalidRequest
        let model = Model(
            title: visit.text(FailureText.title(of: code)), status: status.code,
            help: visit.text(FailureText.help(for: code)), message: message,
            canSignIn: !visit.caller.isKnown && Self.helpsSignIn(code))
        return templates.response(model, "failure", to: visit, status: status)
    }

    /// Whether who is signed in might see something else.
    private static func helpsSignIn(_ code: RegistryError.Code) -> Bool {
        switch code {
        case .authenticationRequired, .wrongCredentials, .forbidden, .notFound: true
        default: false
        }
    }

    static let template = """
        {{<layout}}{{$main}}
        <div class="narrow">
        <p class="note">{{status}}</p>
        <h1>{{title}}</h1>
        <p class="lead">{{help}}</p>
        <p class="note">[[failure.said]] <span lang="en">{{message}}</span></p>
        <div class="bar">
        {{#canSignIn}}<a class="button" href="{{home}}{{frame.signIn}}">[[failure.signIn]]</a>{{/canSignIn}}
        <a href="./{{home}}">[[layout.front]]</a>
        </div>
        </div>
        {{/main}}{{/layout}}
        """

    struct Model {
        let title: String
        let status: Int
        let help: String
        let message: String
        let canSignIn: Bool
    }
}
