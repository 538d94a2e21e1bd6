import HTTPTypes
import Hummingbird
import PackagingStandards

/// Tells people's browsers from the programs that speak the protocols.
enum Browser {
    /// Addresses of pages begin with one of these, or with an index and `projects`.
    private static let pages: Set<Substring> = ["account", "admin", "login", "logout", "projects", "search"]

    /// Returns whether somebody opens an address in a browser, and would rather see a page than a line of text.
    ///
    /// Browsers say so (Fetch Metadata, `Sec-Fetch-Mode`), except to servers without TLS on other machines. Then they are
    /// known by XHTML, which browsers alone ask for: old versions of pip ask for `text/html` as well, which is enough only
    /// where nothing but pages are.
    static func isNavigation(_ request: Request) -> Bool {
        guard case .text = HTTPFailure.Format.format(at: request.uri.path) else { return false }
        if let mode = HTTPField.Name("Sec-Fetch-Mode").flatMap({ request.headers[$0] }) { return mode == "navigate" }
        let types = (request.headers[.accept] ?? "").split(separator: ",").map { range in
            range.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        // What is liked best stands first.
        guard types.first == "text/html" || types.first == "application/xhtml+xml" else { return false }
        let segments = request.uri.path.split(separator: "/")
        let isOfPages = segments.first.map(pages.contains) ?? true || segments.dropFirst().first == "projects"
        return isOfPages || types.contains("application/xhtml+xml")
    }
}
