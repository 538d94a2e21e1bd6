import HTTPTypes
import Registry

/// Finds out who sends a request, from its `Authorization` header (RFC 7617).
struct Authentication: Sendable {
    let authenticator: any Authenticator

    /// The caller, where that is known without waiting: always for anonymous requests, and for credentials that were
    /// verified lately. Nil where the long way must be gone. Called on event loops.
    func knownCaller(_ header: String?) -> Caller? {
        guard let header else { return .anonymous }
        guard let credentials = try? Self.credentials(header) else { return nil }
        return authenticator.knownCaller(for: credentials)
    }

    /// The caller. Throws `.wrongCredentials`, also for a header that cannot be read.
    func caller(_ header: String?) async throws -> Caller {
        guard let header else { return .anonymous }
        return try await authenticator.caller(for: try Self.credentials(header))
    }

    private static func credentials(_ header: String) throws -> Credentials {
        do {
            let basic = try BasicCredentials(header: header)
            return .password(user: basic.username, password: basic.password)
        } catch {
            throw RegistryError(.wrongCredentials, error.description)
        }
    }
}
