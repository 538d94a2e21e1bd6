import HTTPTypes
import Hummingbird

/// The switches of language and colours: links to the page itself, which keep a choice in a cookie and lead back.
enum Choices {
    /// The parameters of the switches.
    private static let names: Set<String> = ["language", "theme"]
    /// How long a choice is kept, in seconds: a year.
    private static let lifetime: Int64 = 31_536_000

    /// Returns the answer to a switch; nil for any other request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - visit: What is known of it.
    /// - Returns: A redirect to the same page without the choice, which sets the cookie unless another site asks for it.
    static func answer(_ request: Request, visit: PageVisit) -> Response? {
        let query = request.uri.queryParameters
        guard names.contains(where: { query[Substring($0)] != nil }) else { return nil }
        let kept = (request.uri.query ?? "").split(separator: "&").filter { parameter in
            !names.contains(String(parameter.prefix { $0 != "=" }))
        }
        var response = Response(status: .seeOther)
        let page = request.uri.path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        response.headers[.location] = "./\(page)" + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
        response.headers[.cacheControl] = "no-store"
        guard !visit.isFromAnotherSite else { return response }
        if let language = query.get("language").flatMap(Language.init(rawValue:)) {
            response.headers.append(.cookie(visit.actions.cookieField(.language, language.rawValue, lifetime)))
        }
        if let theme = query.get("theme").flatMap(Theme.init(rawValue:)) {
            let isSystem = theme == .system
            response.headers.append(
                .cookie(visit.actions.cookieField(.theme, isSystem ? "" : theme.rawValue, isSystem ? 0 : lifetime)))
        }
        return response
    }
}
