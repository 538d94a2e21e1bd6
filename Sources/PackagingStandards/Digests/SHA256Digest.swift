public import Crypto
public import NIOCore

/// A SHA-256 digest; prints, encodes and sorts as 64 lowercase hexadecimal digits.
public struct SHA256Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    // The 32 bytes, most significant first, so that the order of the words is the order of the text.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The digest that a text of exactly 64 hexadecimal digits of either case names; nil for any other text.
    public init?(hex: String) {
        let digits = hex.utf8
        guard digits.count == 64 else { return nil }
        var position = 0
        for digit in digits {
            guard let value = HexCoding.value(ofDigit: digit) else { return nil }
            shift(in: UInt64(value), bits: 4, word: position / 16)
            position += 1
        }
    }

    /// The digest of the buffer's readable bytes.
    public init(hashing buffer: ByteBuffer) {
        self.init(
            buffer.withUnsafeReadableBytes { bytes in
                var hash = SHA256()
                hash.update(bufferPointer: bytes)
                return hash.finalize()
            })
    }

    /// The digest of the bytes.
    public init(hashing bytes: [UInt8]) {
        self.init(SHA256.hash(data: bytes))
    }

    /// The digest that Crypto made.
    public init(_ digest: SHA256.Digest) {
        var position = 0
        for byte in digest {
            shift(in: UInt64(byte), bits: 8, word: position / 8)
            position += 1
        }
    }

    /// The 32 bytes, in the order in which they are printed.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return bytes
    }

    public var description: String { HexCoding.encode(bytes) }

    public static func == (one: SHA256Digest, other: SHA256Digest) -> Bool {
        one.words == other.words
    }

    public static func < (one: SHA256Digest, other: SHA256Digest) -> Bool {
        one.words < other.words
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    private mutating func shift(in value: UInt64, bits: UInt64, word: Int) {
        switch word {
        case 0: words.0 = words.0 << bits | value
        case 1: words.1 = words.1 << bits | value
        case 2: words.2 = words.2 << bits | value
        default: words.3 = words.3 << bits | value
        }
    }
}

extension SHA256Digest: Codable {
    /// Reads 64 hexadecimal digits.
    ///
    /// - Throws: `DecodingError.dataCorrupted` for any other text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = SHA256Digest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not the hex text of a SHA-256 digest")
        }
        self = digest
    }

    /// Writes 64 lowercase hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
