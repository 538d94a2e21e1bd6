public import Crypto
public import NIOCore

/// A SHA-256 digest; prints, encodes and sorts as 64 lowercase hexadecimal digits.
public struct SHA256Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    // The 32 bytes, most significant first: the order of the words is the order of the texts.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Reads exactly 64 hexadecimal digits in either case; nil for any other text.
    public init?(hex: String) {
        var hex = hex
        guard let digest = hex.withUTF8({ SHA256Digest(hexDigits: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = digest
    }

    /// Reads exactly 64 hexadecimal digits in either case; nil for any other bytes.
    public init?(hexDigits digits: UnsafeRawBufferPointer) {
        guard digits.count == Self.digitCount else { return nil }
        var faults: UInt64 = 0
        words.0 = Self.word(of: digits, at: 0, &faults)
        words.1 = Self.word(of: digits, at: 16, &faults)
        words.2 = Self.word(of: digits, at: 32, &faults)
        words.3 = Self.word(of: digits, at: 48, &faults)
        guard faults == 0 else { return nil }
    }

    @inline(__always)
    private static func word(of digits: UnsafeRawBufferPointer, at start: Int, _ faults: inout UInt64) -> UInt64 {
        half(of: digits, at: start, &faults) << 32 | half(of: digits, at: start + 8, &faults)
    }

    // Reads eight digits at once, in the bytes of one word and without branches: a page has thousands of digests. Sets
    // bits of `faults` if one is no digit.
    @inline(__always)
    private static func half(of digits: UnsafeRawBufferPointer, at start: Int, _ faults: inout UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        let bytes = UInt64(bigEndian: digits.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        // Without the top bits, no sum carries into the next byte.
        let text = bytes & ~tops
        // The top bit of a byte becomes set if the byte is at least the number that is subtracted from 0x80.
        let folded = text | ones &* 0x20
        let decimals = (text &+ ones &* (0x80 - 0x30)) & ~(text &+ ones &* (0x80 - 0x3A))
        let letters = (folded &+ ones &* (0x80 - 0x61)) & ~(folded &+ ones &* (0x80 - 0x67))
        faults |= (bytes | ~(decimals | letters)) & tops

        let nibbles = (text & (ones &* 0x0F)) &+ (text >> 6 & ones) &* 9
        let pairs = (nibbles | nibbles >> 4) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return (fours | fours >> 16) & 0xFFFF_FFFF
    }

    /// Hashes the buffer's readable bytes.
    public init(hashing buffer: ByteBuffer) {
        self.init(
            buffer.withUnsafeReadableBytes { bytes in
                var hash = SHA256()
                hash.update(bufferPointer: bytes)
                return hash.finalize()
            })
    }

    /// Hashes the bytes.
    public init(hashing bytes: [UInt8]) {
        self.init(SHA256.hash(data: bytes))
    }

    /// Takes a digest of Crypto's type.
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

    public var description: String {
        String(unsafeUninitializedCapacity: Self.digitCount) { write(to: UnsafeMutableRawBufferPointer($0)) }
    }

    /// How many digits a digest has.
    static let digitCount = 64

    /// Writes the digits into memory, which must have room for them, and returns their number.
    func write(to target: UnsafeMutableRawBufferPointer) -> Int {
        precondition(target.count >= Self.digitCount)
        Self.write(words.0, to: target, at: 0)
        Self.write(words.1, to: target, at: 16)
        Self.write(words.2, to: target, at: 32)
        Self.write(words.3, to: target, at: 48)
        return Self.digitCount
    }

    @inline(__always)
    private static func write(_ word: UInt64, to target: UnsafeMutableRawBufferPointer, at start: Int) {
        target.storeBytes(of: digits(of: word >> 32).bigEndian, toByteOffset: start, as: UInt64.self)
        target.storeBytes(of: digits(of: word & 0xFFFF_FFFF).bigEndian, toByteOffset: start + 8, as: UInt64.self)
    }

    // The reverse of `half`: makes eight digits of four bytes at once.
    @inline(__always)
    private static func digits(of half: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let pairs = (half | half << 16) & 0x0000_FFFF_0000_FFFF
        let bytes = (pairs | pairs << 8) & 0x00FF_00FF_00FF_00FF
        let nibbles = (bytes | bytes << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (nibbles &+ ones &* 6) >> 4 & ones
        return nibbles &+ ones &* 0x30 &+ letters &* 0x27
    }

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
