import CellarHTTP
import ServiceLifecycle

/// Tells that the shutdown has begun: load balancers through the readiness, and the server's deadline.
struct ShutdownWatch: Service, CustomStringConvertible {
    let readiness: Readiness
    let began: AsyncStream<Void>.Continuation

    var description: String { "shutdown watch" }

    func run() async throws {
        try await gracefulShutdown()
        readiness.setNotReady("shutting down")
        began.yield()
    }
}
