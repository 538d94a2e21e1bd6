import NIOCore

/// What happens on one connection, as its handlers let each other know. Used on the connection's event loop only.
final class ConnectionActivity {
    /// When the client last sent something, or an answer to it ended.
    var last = NIODeadline.now()
    /// Requests that have begun and are not answered to the end.
    var answersDue = 0
    /// Answers of the router that came to their end, ever.
    var answersEnded = 0
    /// Whether the body of the last request is still coming.
    var isReceiving = false
    /// Bytes of bodies that were handed to the connection.
    var bytesGiven: Int64 = 0
}

/// Judges whether a connection still does anything. A value without a clock or a channel of its own.
struct ConnectionWatch {
    /// Below this many bytes a second, neither sending nor receiving counts as doing something.
    static let slowestRate: Int64 = 256

    /// How long a connection may do nothing.
    let idleTimeout: TimeAmount
    /// How long a client may send nothing of a body; routes that read bodies end them sooner, with an answer.
    let bodyTimeout: TimeAmount
    private var bodyBegan = NIODeadline.uptimeNanoseconds(0)
    private var bodySize: Int64 = 0
    /// Since when the client takes too little of what waits for it, or nil if nothing waits, or it takes enough.
    private var stalledSince: NIODeadline?
    private var takenBefore: Int64 = 0

    init(idleTimeout: TimeAmount, bodyTimeout: TimeAmount) {
        self.idleTimeout = idleTimeout
        self.bodyTimeout = bodyTimeout
    }

    /// How often the connection is looked at.
    var interval: TimeAmount { max(.nanoseconds(idleTimeout.nanoseconds / 4), .milliseconds(10)) }

    /// A request's head has come in.
    mutating func beginBody(now: NIODeadline) {
        bodyBegan = now
        bodySize = 0
    }

    /// Bytes of a request's body have come in.
    mutating func received(_ count: Int) {
        bodySize += Int64(count)
    }

    /// Returns whether the connection is to be closed, for nothing is under way, or the client keeps it from going on;
    /// `buffered` bytes wait in the server since the operating system has no room for them.
    mutating func shallClose(_ activity: ConnectionActivity, buffered: Int64, now: NIODeadline) -> Bool {
        if buffered > 0 { return hasStalled(taken: activity.bytesGiven - buffered, now: now) }
        stalledSince = nil
        takenBefore = activity.bytesGiven
        guard activity.answersDue > 0 else { return now - activity.last >= idleTimeout }
        return activity.isReceiving && (trickles(now: now) || now - activity.last >= bodyTimeout)
    }

    private mutating func hasStalled(taken: Int64, now: NIODeadline) -> Bool {
        defer { takenBefore = taken }
        let enough = Self.slowestRate * max(1, interval.nanoseconds / 1_000_000_000)
        guard taken - takenBefore < enough, let since = stalledSince else {
            stalledSince = taken - takenBefore < enough ? now : nil
            return false
        }
        // The operating system takes bytes in large portions from a connection that is slow.
        return now - since >= idleTimeout + idleTimeout
    }

    private func trickles(now: NIODeadline) -> Bool {
        let elapsed = now - bodyBegan
        guard elapsed > bodyTimeout else { return false }
        return bodySize < Self.slowestRate * (elapsed.nanoseconds / 1_000_000_000)
    }
}
