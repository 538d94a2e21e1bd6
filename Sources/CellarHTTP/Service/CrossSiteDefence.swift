import HTTPTypes
import Hummingbird
import Registry

/// Refuses writes that a browser sends on behalf of another site.
enum CrossSiteDefence {
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    /// Throws `.forbidden` where a header says that another site's page sent the request.
    ///
    /// Command line clients send neither header.
    static func check(_ request: Request) throws {
        if let name = fetchSite, let site = request.headers[name], site != "same-origin", site != "none" {
            throw refused
        }
        guard let origin = request.headers[.origin]?.lowercased() else { return }
        guard let authority = request.head.authority?.lowercased() else { throw refused }
        guard origin == "http://\(authority)" || origin == "https://\(authority)" else { throw refused }
    }

    private static var refused: RegistryError {
        RegistryError(.forbidden, "A page of another site may not change anything here.")
    }
}
