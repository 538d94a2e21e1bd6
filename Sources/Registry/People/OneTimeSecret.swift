public import PackagingStandards

/// The secret in the address of a one-time link: 256 random bits in base64url (RFC 4648 §5), without padding.
///
/// The server keeps only its digest, by which it is looked up. It never shows when the value is printed.
public struct OneTimeSecret: Sendable, Hashable {
    private static let byteCount = 32
    private static let length = 43

    private let text: String

    /// Draws a new secret.
    public init(using generator: inout some RandomNumberGenerator) {
        text = Base64.encodeForURLs((0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// Reads a secret from an address, perhaps with white space around it, which copying adds; nil for what cannot be one.
    public init?(_ sent: String) {
        var trimmed = Array(sent.utf8)[...]
        trimmed = trimmed.drop { !ASCII.isVisible($0) }
        while let last = trimmed.last, !ASCII.isVisible(last) { trimmed.removeLast() }
        guard trimmed.count == Self.length, trimmed.allSatisfy(Self.isDigit) else { return nil }
        text = String(decoding: trimmed, as: UTF8.self)
    }

    /// The text, for whoever the link is for.
    public func reveal() -> String { text }

    /// What the server keeps: the SHA-256 of the text.
    public var digest: SHA256Digest { SHA256Digest(hashing: Array(text.utf8)) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}

extension OneTimeSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "redacted" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
