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

    /// Waits until the connection's event loop has taken what was written before.
    ///
    /// A writer learns that its connection takes no more only once the loop has seen a write: a loop that has many
    /// connections to serve would be handed block after block until then.
    func keepPace() async throws {
        // There is no loop that runs beside a test without a connection.
        guard peer != nil else { return }
        try await channel.eventLoop.submit {}.get()
    }
}
