package import Hummingbird
import Logging
package import NIOCore
import Synchronization

/// What accompanies a request through the middleware to its route.
package struct CellarRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The peer of the connection, or nil in tests without one.
    package let peer: SocketAddress?
    /// What the access log and the metrics say of the request.
    package let observation = RequestObservation()
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
        channel = source.channel
    }

    /// Waits until the connection's event loop has taken what was written before.
    ///
    /// A writer learns that its connection takes no more only after the loop has seen a write; without this, a busy loop
    /// would be given block after block until then.
    func keepPace() async throws {
        // In a test without a connection no loop runs.
        guard peer != nil else { return }
        try await channel.eventLoop.submit {}.get()
    }
}

/// What is learned about a request on its way, for the access log and the metrics.
package final class RequestObservation: Sendable {
    private struct State {
        var kind = RequestKind.other
        var callerName: String?
        var requestID: String?
        var client: String?
        /// Bytes of a body that is sent piece by piece, or nil if it is sent at once.
        var bytesStreamed: Int64?
        var isOpenToWebPages = false
    }

    private let state = Mutex(State())

    /// The kind of request.
    package var kind: RequestKind {
        get { state.withLock { $0.kind } }
        set { state.withLock { $0.kind = newValue } }
    }

    /// The name of the caller, or nil for an anonymous one.
    package var callerName: String? {
        get { state.withLock { $0.callerName } }
        set { state.withLock { $0.callerName = newValue } }
    }

    /// The id of the request; nil before the boundary.
    var requestID: String? {
        get { state.withLock { $0.requestID } }
        set { state.withLock { $0.requestID = newValue } }
    }

    /// The address of the client; nil before the boundary, and without a connection.
    var client: String? {
        get { state.withLock { $0.client } }
        set { state.withLock { $0.client = newValue } }
    }

    /// Whether pages of any site may read the answer.
    var isOpenToWebPages: Bool {
        get { state.withLock { $0.isOpenToWebPages } }
        set { state.withLock { $0.isOpenToWebPages = newValue } }
    }

    /// Bytes of the body that are sent so far, or nil if it is not sent piece by piece.
    var bytesStreamed: Int64? { state.withLock { $0.bytesStreamed } }

    /// Counts a sent piece of the body; 0 announces that pieces follow.
    func streamed(_ count: Int) {
        state.withLock { $0.bytesStreamed = ($0.bytesStreamed ?? 0) + Int64(count) }
    }
}
