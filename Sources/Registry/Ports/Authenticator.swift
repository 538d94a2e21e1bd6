/// A way to prove who you are.
public protocol Authenticator: Sendable {
    /// Returns who sends these credentials, or nil if they must be looked up.
    ///
    /// Called on event loops: it never blocks.
    func knownCaller(for credentials: Credentials) -> Caller?

    /// Returns who sends these credentials.
    ///
    /// Throws `.wrongCredentials` if they prove nothing, `.unavailable` if there is no room to check them now.
    func caller(for credentials: Credentials) async throws -> Caller
}

/// What a client sends to prove who it is.
public enum Credentials: Sendable, Hashable {
    /// A user name and a password (RFC 7617).
    case password(user: String, password: SentPassword)
}

/// A password as a client sent it: bytes, whose encoding HTTP Basic leaves open (RFC 7617).
///
/// It never shows when the value is printed.
public struct SentPassword: Sendable, Hashable, ExpressibleByStringLiteral {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Makes a password of a text in UTF-8.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    public var isEmpty: Bool { bytes.isEmpty }
}

extension SentPassword: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "redacted" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
