/// A whole number of any length, zero or more, in a version or a build tag.
///
/// Real projects have dates and commit counts in versions that no machine word holds, and PEP 440 sets no limit.
/// Leading zeros do not count: `007` and `7` are equal.
public struct VersionNumber: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByIntegerLiteral {
    /// A number has one representation: `small` up to 19 digits, `large` (without leading zeros) from 20 digits on.
    private enum Storage: Hashable {
        case small(UInt64)
        case large(String)
    }

    private static let mostDigitsOfSmall = 19

    private let storage: Storage

    /// Makes the number of an integer literal.
    public init(integerLiteral value: UInt64) {
        let digits = String(value)
        storage = digits.utf8.count <= Self.mostDigitsOfSmall ? .small(value) : .large(digits)
    }

    /// Reads ASCII digits; the caller has checked that there is nothing else.
    init(digits: UnsafeRawBufferPointer) {
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        guard significant.count <= Self.mostDigitsOfSmall else {
            storage = .large(String(decoding: significant, as: UTF8.self))
            return
        }
        var value: UInt64 = 0
        for digit in significant {
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        storage = .small(value)
    }

    /// The decimal digits, without leading zeros.
    public var description: String {
        switch storage {
        case .small(let value): String(value)
        case .large(let digits): digits
        }
    }

    /// Whether the number is zero.
    public var isZero: Bool {
        storage == .small(0)
    }

    public static func < (left: VersionNumber, right: VersionNumber) -> Bool {
        switch (left.storage, right.storage) {
        case (.small(let left), .small(let right)): left < right
        case (.small, .large): true
        case (.large, .small): false
        case (.large(let left), .large(let right)):
            left.utf8.count == right.utf8.count ? left < right : left.utf8.count < right.utf8.count
        }
    }
}
