public import PackagingStandards

/// The text of a token: `cellar_`, 32 random characters of `0-9A-Za-z` (190 bits), and 6 such characters that are the
/// CRC-32 (ISO 3309) of the random ones, as a number in base 62.
///
/// So secret scanners find tokens by their form, and a token that was cut off or mistyped is told from one that does not
/// exist without a look-up. The server keeps only the digest of the text. It never shows when the value is printed.
public struct TokenText: Sendable, Hashable {
    /// How every token begins.
    public static let prefix = "cellar_"
    private static let randomLength = 32
    private static let checksumLength = 6
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private let bytes: [UInt8]

    /// Draws a new token.
    public init(using generator: inout some RandomNumberGenerator) {
        var random: [UInt8] = []
        for _ in 0..<Self.randomLength { random.append(Self.digits[Int.random(in: 0..<62, using: &generator)]) }
        bytes = Array(Self.prefix.utf8) + random + Self.checksum(of: random[...])
    }

    /// Reads a token as a client sent it; returns nil for what cannot be one: its form or its checksum is wrong.
    public init?(_ bytes: [UInt8]) {
        let start = Self.prefix.utf8.count
        guard bytes.count == start + Self.randomLength + Self.checksumLength, Self.isMeant(bytes) else { return nil }
        let random = bytes[start..<(start + Self.randomLength)]
        guard random.allSatisfy(ASCII.isAlphanumeric),
            bytes[random.endIndex...].elementsEqual(Self.checksum(of: random))
        else { return nil }
        self.bytes = bytes
    }

    /// Returns whether a client means a token, good or not.
    public static func isMeant(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.starts(with: prefix.utf8)
    }

    /// The text, for its owner alone.
    public func reveal() -> String { String(decoding: bytes, as: UTF8.self) }

    /// What the server keeps: the SHA-256 of the text.
    public var digest: SHA256Digest { SHA256Digest(hashing: bytes) }

    private static func checksum(of random: ArraySlice<UInt8>) -> [UInt8] {
        var rest = CRC32.checksum(of: random)
        var text = [UInt8](repeating: digits[0], count: checksumLength)
        for place in text.indices.reversed() {
            text[place] = digits[Int(rest % 62)]
            rest /= 62
        }
        return text
    }
}

extension TokenText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "redacted" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The checksum of ISO 3309, as zlib and PNG have it.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    /// Returns the checksum of some bytes.
    static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
}
