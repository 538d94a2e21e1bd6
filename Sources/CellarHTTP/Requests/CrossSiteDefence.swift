import HTTPTypes
import Hummingbird

/// Recognises writes that a browser sends on behalf of another site.
enum CrossSiteDefence {
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    /// Returns whether the browser says that another site's page sent the request (`Sec-Fetch-Site`, and for browsers
    /// without it, `Origin`, RFC 6454).
    ///
    /// Clients that are no browsers send neither header. `baseURL` is how the client reaches the server, which behind a
    /// proxy may not be the host that it names.
    static func isFromAnotherSite(_ request: Request, baseURL: @autoclosure () -> String) -> Bool {
        if let name = fetchSite, let site = request.headers[name] {
            return site != "same-origin" && site != "none"
        }
        guard let origin = request.headers[.origin]?.lowercased() else { return false }
        if let authority = request.head.authority?.lowercased(),
            origin == "http://\(authority)" || origin == "https://\(authority)"
        {
            return false
        }
        let base = baseURL().lowercased()
        return !origin.contains("://") || base != origin && !base.hasPrefix(origin + "/")
    }
}
