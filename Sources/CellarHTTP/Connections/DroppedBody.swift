import NIOCore

/// The rest of a request's body that nobody wants any more, since the request is answered.
///
/// Many clients read the answer only after they have sent everything, and never if the connection breaks before. So
/// the rest is taken in and dropped, up to a bound.
struct DroppedBody {
    /// The most bytes that are dropped.
    static let maxSize = 1 << 30
    /// How long bytes are dropped.
    static let maxTime = TimeAmount.seconds(120)

    private let deadline: NIODeadline
    private var size = 0

    init(since start: NIODeadline) {
        deadline = start + Self.maxTime
    }

    /// Drops some bytes; false where the bound is reached.
    mutating func take(_ count: Int, now: NIODeadline) -> Bool {
        size += count
        return size <= Self.maxSize && !isOverdue(now: now)
    }

    /// Whether the client has had its time.
    func isOverdue(now: NIODeadline) -> Bool { now >= deadline }
}
