/// A day in UTC.
public struct UTCDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    private static let microseconds: Int64 = 86_400_000_000

    /// Counted from 1970-01-01, which is 0.
    public let number: Int64

    public init(number: Int64) {
        self.number = number
    }

    /// Makes the day of a moment.
    public init(_ moment: Timestamp) {
        // Rounded down, also before 1970.
        let quotient = moment.microseconds / Self.microseconds
        number = moment.microseconds % Self.microseconds < 0 ? quotient - 1 : quotient
    }

    /// The first moment of the day.
    public var start: Timestamp { Timestamp(microseconds: number * Self.microseconds) }

    /// Returns the day so many days later; earlier for a negative number.
    public func adding(days: Int64) -> UTCDay { UTCDay(number: number + days) }

    /// Such as `2026-11-29`.
    public var description: String { String(start.iso8601.prefix(10)) }

    public static func < (left: UTCDay, right: UTCDay) -> Bool { left.number < right.number }
}
