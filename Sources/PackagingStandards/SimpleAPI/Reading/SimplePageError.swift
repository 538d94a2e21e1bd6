/// Why a page of the simple API is refused: it is broken, hostile, or no such page.
public struct SimplePageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence without the last full stop, for people; without addresses, so that no secret is in it.
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
