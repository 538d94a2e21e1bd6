import HTTPTypes
import Hummingbird
import Registry

/// Refuses writes that a browser sends on behalf of another site.
enum CrossSiteDefence {
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    /// Throws `.forbidden` where the browser says that another site's page sent the request (`Sec-Fetch-Site`, and for
    /// browsers without it, `Origin`, RFC 6454).
    ///
    /// Clients that are no browsers send neither header. `baseURL` is how the client reaches the server, which behind a
    /// proxy may not be the host that it names.
    static func check(_ request: Request, baseURL: @autoclosure () -> String) throws {
        if let name = fetchSite, let site = request.headers[name] {
            guard site == "same-origin" || site == "none" else { throw refused }
            return
        }
        guard let origin = request.headers[.origin]?.lowercased() else { return }
        if let authority = request.head.authority?.lowercased(),
            origin == "http://\(authority)" || origin == "https://\(authority)"
        {
            return
        }
        let base = baseURL().lowercased()
        guard origin.contains("://"), base == origin || base.hasPrefix(origin + "/") else { throw refused }
    }

    private static var refused: RegistryError {
        RegistryError(.forbidden, "A page of another site may not change anything here.")
    }
}
