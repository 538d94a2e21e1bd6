import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Registry

/// Finds out who sends a request, from its `Authorization` header (RFC 7617).
struct Authentication: Sendable {
    let authenticator: any Authenticator
    /// Every request relies on what was committed before it arrived; it is the first thing that is waited for.
    let freshness: Freshness
    /// Where wrong credentials of readers are a line.
    let logger: Logger

    /// Who reads what everyone may read, and perhaps more.
    struct Reader {
        let caller: Caller
        /// Why credentials were taken for none, or nil if there were none, or right ones.
        var refusal: RegistryError?
    }

    /// Returns the caller, if that is known without waiting: nothing was committed since the last look, and the request
    /// is anonymous or its credentials were verified lately. Nil if only the slow path can tell. Called on event loops.
    func knownCaller(_ header: String?) -> Caller? {
        guard freshness.isCurrent else { return nil }
        guard let header else { return .anonymous }
        guard let basic = try? BasicCredentials(header: header) else { return nil }
        return Self.credentials(basic).map(authenticator.knownCaller) ?? .anonymous
    }

    /// Returns who sends a request, and notes it for the access log.
    ///
    /// Throws `.wrongCredentials`, also for a header that cannot be read.
    func caller(_ request: Request, _ context: CellarRequestContext) async throws -> Caller {
        let caller = try await caller(request.headers[.authorization])
        if caller.isKnown { context.observation.callerName = caller.name }
        return caller
    }

    /// Returns the same for reading: wrong credentials count as none, as on PyPI, and are a line in the log.
    ///
    /// A stale line of a netrc would else make uv stop at an index that needs no login.
    func reader(_ request: Request, _ context: CellarRequestContext) async throws -> Reader {
        do {
            return Reader(caller: try await caller(request, context))
        } catch let error as RegistryError where error.code == .wrongCredentials {
            logger.notice(
                "credentials that are wrong are taken for none",
                metadata: [
                    "error": "\(error.message)", "peer": "\(context.peer?.ipAddress ?? "-")",
                    "request": "\(request.method.rawValue) \(LoggedPath.of(request.uri.path[...]))",
                ])
            return Reader(caller: .anonymous, refusal: error)
        }
    }

    private func caller(_ header: String?) async throws -> Caller {
        try await freshness.ensureCurrent()
        guard let header else { return .anonymous }
        do {
            guard let credentials = Self.credentials(try BasicCredentials(header: header)) else { return .anonymous }
            return try await authenticator.caller(for: credentials)
        } catch let error as BasicCredentialsError {
            throw RegistryError(.wrongCredentials, error.description)
        }
    }

    /// Returns nil for an empty password, which is not an attempt to log in: uv and pip send the user's name alone
    /// before they look for the password.
    private static func credentials(_ basic: BasicCredentials) -> Credentials? {
        basic.password.isEmpty ? nil : .password(user: basic.username, password: basic.password)
    }
}
