import HTTPTypes
import Hummingbird
import Registry

/// Refuses requests that no address could answer.
enum RequestCheck {
    /// The methods that an address may know; any other is answered 405 everywhere.
    static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// Throws where the request has no host or two of them (RFC 9112 §3.2), or a method that nothing here knows.
    static func check(_ request: Request) throws {
        guard isHostClear(request.head) else {
            throw RegistryError(.invalidRequest, "The request must have one Host header.")
        }
        guard methods.contains(request.method) else { throw MethodNotAllowed(allowed: try allowed(request)) }
    }

    /// Whether exactly one host is named.
    ///
    /// The first Host header is the authority of the head, a second one stays among its fields.
    static func isHostClear(_ head: HTTPRequest) -> Bool {
        guard let authority = head.authority, !authority.isEmpty else { return false }
        return host.map { !head.headerFields.contains($0) } ?? true
    }

    private static let host = HTTPField.Name("Host")

    private static func allowed(_ request: Request) throws -> [HTTPRequest.Method] {
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        return try Address(path: path)?.methods() ?? [.get, .head]
    }
}
