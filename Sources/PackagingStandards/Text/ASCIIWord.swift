/// Eight bytes that are checked together: a page has thousands of names and addresses.
struct ASCIIWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The bytes; the first is the lowest.
    private let bits: UInt64

    /// Reads eight bytes; nil if fewer are left.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at place: Int) {
        guard place + 8 <= bytes.count else { return nil }
        bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// Whether all are ASCII letters, digits, `-`, `.`, `_` or `/`.
    @inline(__always)
    var isPlain: Bool {
        guard bits & Self.tops == 0 else { return false }
        // `-./0123456789` are consecutive.
        let found = bytes(from: 0x2D, to: 0x39, in: bits) | bytes(from: 0x61, to: 0x7A, in: bits | Self.ones &* 0x20)
        return (found | equal(to: 0x5F)) & Self.tops == Self.tops
    }

    /// Returns whether all are ASCII characters between these two.
    @inline(__always)
    func isAll(from first: UInt8, to last: UInt8) -> Bool {
        bits & Self.tops == 0 && bytes(from: UInt64(first), to: UInt64(last), in: bits) == Self.tops
    }

    /// Whether any is a `/`.
    @inline(__always)
    var hasSlash: Bool { equal(to: 0x2F) != 0 }

    /// Returns whether a `.` follows a `/`, which may be the byte before the first.
    @inline(__always)
    func hasDotBehindSlash(before: UInt8) -> Bool {
        let slashes = equal(to: 0x2F) << 8 | (before == 0x2F ? 0x80 : 0)
        return equal(to: 0x2E) & slashes != 0
    }

    /// The last byte.
    @inline(__always)
    var last: UInt8 { UInt8(truncatingIfNeeded: bits >> 56) }

    // The result is in the top bit of each byte. All bytes must be ASCII.
    @inline(__always)
    private func bytes(from first: UInt64, to last: UInt64, in word: UInt64) -> UInt64 {
        (word &+ Self.ones &* (0x80 - first)) & ~(word &+ Self.ones &* (0x7F - last)) & Self.tops
    }

    @inline(__always)
    private func equal(to byte: UInt64) -> UInt64 {
        bytes(from: byte, to: byte, in: bits)
    }
}
