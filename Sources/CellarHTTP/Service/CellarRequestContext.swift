package import Hummingbird
import Logging
package import NIOCore
import Synchronization

/// What travels with a request through the middleware to its route.
package struct CellarRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The connection's peer; nil in tests without a connection.
    package let peer: SocketAddress?
    /// What the access log and the metrics tell of the request.
    package let observation = RequestObservation()

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
    }
}

/// What is found out about a request on its way, for the line in the access log and the metrics.
package final class RequestObservation: Sendable {
    private struct State {
        var route = "other"
        var callerName: String?
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
}
