import NIOCore

/// What the handlers of one connection share; used on the connection's event loop only.
final class ConnectionActivity {
    /// When the client last sent something, or an answer ended.
    var last = NIODeadline.now()
    /// Requests that have begun and whose answers have not ended.
    var answersDue = 0
    /// All answers of the router that have ended.
    var answersEnded = 0
    /// Whether the fast lane has requests that wait for a read of the changes.
    var waitsForRead = false
    /// Whether the body of the last request is still coming.
    var isReceiving = false
    /// Bytes of bodies that were written to the connection.
    var bytesGiven: Int64 = 0
}

/// The fast lane has sent the last answer of a connection, which the client wants to end.
struct LastAnswer {
    /// Whether the client has sent more.
    let isFollowed: Bool
}

/// Decides whether a connection is still in use: a value without a clock or a channel.
struct ConnectionWatch {
    /// The fewest bytes a second at which a connection that sends or receives counts as in use.
    static let slowestRate: Int64 = 256

    /// How long a connection may be idle.
    let idleTimeout: TimeAmount
    /// How long a client may send nothing of a body; routes that read bodies give up sooner, with an answer.
    let bodyTimeout: TimeAmount
    private var bodyBegan = NIODeadline.uptimeNanoseconds(0)
    private var bodySize: Int64 = 0
    /// Since when the client takes too little of what waits for it, or nil if nothing waits or it takes enough.
    private var stalledSince: NIODeadline?
    private var takenBefore: Int64 = 0

    init(idleTimeout: TimeAmount, bodyTimeout: TimeAmount) {
        self.idleTimeout = idleTimeout
        self.bodyTimeout = bodyTimeout
    }

    /// How often the connection is checked.
    var interval: TimeAmount { max(.nanoseconds(idleTimeout.nanoseconds / 4), .milliseconds(10)) }

    /// Notes that a request's head has come in.
    mutating func beginBody(now: NIODeadline) {
        bodyBegan = now
        bodySize = 0
    }

    /// Counts bytes of a request's body that have come in.
    mutating func received(_ count: Int) {
        bodySize += Int64(count)
    }

    /// Returns whether to close the connection, because it is idle or the client is too slow; `buffered` bytes wait in the
    /// server because the operating system has no room for them.
    mutating func shallClose(_ activity: ConnectionActivity, buffered: Int64, now: NIODeadline) -> Bool {
        if buffered > 0 { return hasStalled(taken: activity.bytesGiven - buffered, now: now) }
        stalledSince = nil
        takenBefore = activity.bytesGiven
        guard activity.answersDue > 0 || activity.waitsForRead else { return now - activity.last >= idleTimeout }
        return activity.isReceiving && (trickles(now: now) || now - activity.last >= bodyTimeout)
    }

    private mutating func hasStalled(taken: Int64, now: NIODeadline) -> Bool {
        defer { takenBefore = taken }
        let enough = Self.slowestRate * max(1, interval.nanoseconds / 1_000_000_000)
        guard taken - takenBefore < enough, let since = stalledSince else {
            stalledSince = taken - takenBefore < enough ? now : nil
            return false
        }
        // From a slow connection the operating system takes bytes in large portions.
        return now - since >= idleTimeout + idleTimeout
    }

    private func trickles(now: NIODeadline) -> Bool {
        let elapsed = now - bodyBegan
        guard elapsed > bodyTimeout else { return false }
        return bodySize < Self.slowestRate * (elapsed.nanoseconds / 1_000_000_000)
    }
}
