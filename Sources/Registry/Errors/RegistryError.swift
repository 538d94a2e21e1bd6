/// What went wrong, in terms of the domain: a code for programs, a message for people, and the cause for the log.
///
/// `CellarHTTP` maps each code to a status in one table. The message is shown to the client as it is, so it never holds
/// a secret, a path of the server's or a driver's text; those belong in `cause`, which only the log sees.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public let code: Code
    /// What was wrong and what to do about it, in one or two sentences.
    public let message: String
    /// What is said besides to people who are known, as why an upstream fails: it may name hosts. Nil for nothing.
    public let detail: String?
    /// The error beneath, for the log.
    public let cause: (any Error)?
    /// Seconds after which it is worth trying again, where that is known; else the code's own.
    public let retryAfter: Int64?

    /// Makes an error.
    public init(
        _ code: Code, _ message: String, detail: String? = nil, retryAfter: Int64? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.cause = cause
        self.retryAfter = retryAfter
    }

    /// The message for somebody who is known or not, with the detail for those who are.
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
        /// None of the forms that the client takes is made here.
        case notAcceptable = "not-acceptable"
        /// A file breaks a size limit.
        case tooLarge = "too-large"
        /// Nobody has been recognised and the action needs somebody.
        case authenticationRequired = "authentication-required"
        /// Credentials were sent and are wrong.
        case wrongCredentials = "wrong-credentials"
        /// The caller is known and may read here, but may not do this.
        case forbidden = "forbidden"
        /// The thing does not exist, or does not exist for this caller.
        case notFound = "not-found"
        /// What is asked for is not done any more, by any index.
        case gone = "gone"
        /// The thing exists already with other contents, or its name is used up.
        case alreadyExists = "already-exists"
        /// The state of the project forbids the action (PEP 792 status, origin).
        case conflict = "conflict"
        /// The file is here, but may not be had (a quarantined project).
        case blocked = "blocked"
        /// The server is short of something that will pass (a busy pool, a full spool, a locked database).
        case unavailable = "unavailable"
        /// There is no room left to keep what was sent.
        case insufficientStorage = "insufficient-storage"
        /// The client stopped sending, or sent too slowly.
        case requestTimeout = "request-timeout"
        /// A defect, or a database or storage that contradicts itself.
        case `internal` = "internal"
    }
}
