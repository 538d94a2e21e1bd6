import NIOCore

/// What happens on one connection, as its handlers tell each other. Used on the connection's event loop only.
final class ConnectionActivity {
    /// When the client last sent something, or an answer to it ended.
    var last = NIODeadline.now()
    /// Requests that have begun and are not answered to the end.
    var answersDue = 0
    /// Whether the body of the last request is still coming.
    var isReceiving = false
    /// Bytes of bodies that were handed to the connection.
    var bytesGiven: Int64 = 0
}

/// Travels outward from a route that is about to read the request's body: the client may send it.
struct BodyInvitation: Sendable {}
