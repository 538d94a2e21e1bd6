/// The build tag of a wheel (PEP 427), a tie-breaker between wheels of one version: a number, and perhaps a suffix.
///
/// Tags are ordered by number, then by the bytes of the suffix. `01` and `1` are one tag.
public struct BuildTag: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits that the tag starts with.
    public let number: VersionNumber
    /// What follows the digits, as written; mostly empty.
    public let suffix: String

    /// Reads a tag; nil if it doesn't start with a digit.
    init?(bytes: ArraySlice<UInt8>) {
        let digits = bytes.prefix(while: ASCII.isDigit)
        guard !digits.isEmpty else { return nil }
        number = VersionNumber(digits: digits)
        suffix = String(decoding: bytes.dropFirst(digits.count), as: UTF8.self)
    }

    /// The number without leading zeros, and the suffix.
    public var description: String { number.description + suffix }

    public static func < (left: BuildTag, right: BuildTag) -> Bool {
        left.number == right.number ? left.suffix < right.suffix : left.number < right.number
    }
}
