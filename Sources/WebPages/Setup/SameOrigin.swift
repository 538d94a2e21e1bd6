import HTTPTypes
import Hummingbird

/// Whether a write comes from a page of this server, as far as its browser tells.
enum SameOrigin {
    /// False where the browser says that another site's page sent the request (`Sec-Fetch-Site`, and for browsers
    /// without it, `Origin`, RFC 6454). Clients that are no browsers send neither. `baseURL` is how the client reaches
    /// the server.
    static func allows(_ request: Request, baseURL: String) -> Bool {
        if let site = request.headers[named: "Sec-Fetch-Site"] {
            return site == "same-origin" || site == "none"
        }
        guard let origin = request.headers[.origin] else { return true }
        guard let separator = origin.firstRange(of: "://") else { return false }
        let authority = origin[separator.upperBound...].lowercased()
        return authority == request.head.authority?.lowercased() || isOrigin(origin, of: baseURL)
    }

    private static func isOrigin(_ origin: String, of baseURL: String) -> Bool {
        baseURL == origin || baseURL.hasPrefix(origin + "/")
    }
}
