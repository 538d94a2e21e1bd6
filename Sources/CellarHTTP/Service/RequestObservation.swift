import Synchronization

/// What is found out about a request on its way, for the line in the access log and the metrics.
package final class RequestObservation: Sendable {
    private struct State {
        var route = "other"
        var callerName: String?
        /// Bytes of a body that is sent piece by piece; nil where it is sent at once.
        var bytesStreamed: Int64?
        var isOpenToWebPages = false
    }

    private let state = Mutex(State())

    /// The kind of address, as `simple-project`.
    package var route: String {
        get { state.withLock { $0.route } }
        set { state.withLock { $0.route = newValue } }
    }

    /// The name of the caller, where somebody has been recognised.
    package var callerName: String? {
        get { state.withLock { $0.callerName } }
        set { state.withLock { $0.callerName = newValue } }
    }

    /// Whether pages of any site may read the answer, whatever it is.
    var isOpenToWebPages: Bool {
        get { state.withLock { $0.isOpenToWebPages } }
        set { state.withLock { $0.isOpenToWebPages = newValue } }
    }

    /// Bytes of the body that were sent so far; nil where it is not sent piece by piece.
    var bytesStreamed: Int64? { state.withLock { $0.bytesStreamed } }

    /// Tells of a piece of the body that was sent, with 0 that pieces will follow.
    func streamed(_ count: Int) {
        state.withLock { $0.bytesStreamed = ($0.bytesStreamed ?? 0) + Int64(count) }
    }
}
