/// A failure in terms of the domain: a code for programs, a message for people, and the cause for the log.
///
/// `CellarHTTP` maps each code to a status in one table. Clients see the message as it is, so it never holds a secret,
/// a path on the server or a driver's text; those belong in `cause`, which only the log shows.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public let code: Code
    /// What is wrong and what to do about it, in one or two sentences.
    public let message: String
    /// What callers who are not anonymous also see, such as why an upstream fails: it may name hosts. Nil for nothing.
    public let detail: String?
    /// The underlying error, for the log.
    public let cause: (any Error)?
    /// Seconds after which it is worth trying again; nil for the default of the code.
    public let retryAfter: Int64?

    public init(
        _ code: Code, _ message: String, detail: String? = nil, retryAfter: Int64? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.cause = cause
        self.retryAfter = retryAfter
    }

    /// Returns the message, with the detail for a caller who is known.
    public func message(isKnown: Bool) -> String {
        guard isKnown, let detail else { return message }
        return "\(message) \(detail)"
    }

    public var description: String {
        guard let cause else { return "\(code.rawValue): \(message)" }
        return "\(code.rawValue): \(message) (\(cause))"
    }
}

extension RegistryError {
    /// The kinds of failure that a use case can end in.
    public enum Code: String, Sendable, CaseIterable {
        /// The request is malformed or breaks a rule of the standards; trying again unchanged is useless.
        case invalidRequest = "invalid-request"
        /// The server makes none of the forms that the client accepts.
        case notAcceptable = "not-acceptable"
        /// A file breaks a size limit.
        case tooLarge = "too-large"
        /// The caller is anonymous, and the action needs a login.
        case authenticationRequired = "authentication-required"
        /// Credentials were sent and are wrong.
        case wrongCredentials = "wrong-credentials"
        /// Credentials were sent after too many wrong ones, and were not looked at.
        case tooManyAttempts = "too-many-attempts"
        /// The caller is known and may read here, but may not do this.
        case forbidden = "forbidden"
        /// The thing does not exist, or does not exist for this caller.
        case notFound = "not-found"
        /// No index supports the request any more.
        case gone = "gone"
        /// The thing already exists with other contents, or its name is used up.
        case alreadyExists = "already-exists"
        /// The state of the project forbids the action (PEP 792 status, origin).
        case conflict = "conflict"
        /// The file is here, but is not served (a quarantined project).
        case blocked = "blocked"
        /// The server lacks something for a while (a busy pool, a full spool, a locked database).
        case unavailable = "unavailable"
        /// There is no room left for what was sent.
        case insufficientStorage = "insufficient-storage"
        /// The client stopped sending, or sent too slowly.
        case requestTimeout = "request-timeout"
        /// A defect, or a database or storage that contradicts itself.
        case `internal` = "internal"
    }
}
