import Synchronization

/// Whether the server is ready for requests, as `/health/ready` tells load balancers.
package final class Readiness: Sendable {
    private let reason = Mutex<String?>("starting")

    package init() {}

    /// Why the server is not ready, or nil if it is.
    package var reasonAgainst: String? { reason.withLock { $0 } }

    /// From now on the server is ready.
    package func setReady() {
        reason.withLock { $0 = nil }
    }

    /// From now on the server is not ready.
    package func setNotReady(_ why: String) {
        reason.withLock { $0 = why }
    }
}
