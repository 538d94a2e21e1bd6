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
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
        channel = source.channel
    }
}
