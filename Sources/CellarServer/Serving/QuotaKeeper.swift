import Logging
import Registry
import Synchronization

/// Keeps caches to their quotas: within seconds after something was fetched, and every ten minutes for what other
/// processes have fetched.
final class QuotaKeeper: Sendable {
    /// How often it looks whether anything was fetched.
    static let interval = Duration.seconds(5)
    private static let turnsWithoutFetch = 120

    private let registry: RegistryServices
    private let logger: Logger
    private let state = Mutex<(fetched: Int64, idleTurns: Int)>((-1, 0))

    init(_ registry: RegistryServices, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    /// Prunes if that may be due.
    func turn() async throws {
        let fetched = registry.metrics.bytesFetched.value
        let isDue = state.withLock { state in
            state.idleTurns += 1
            return state.fetched != fetched || state.idleTurns >= Self.turnsWithoutFetch
        }
        guard isDue else { return }
        let done = try await registry.leases.once(.quotas, every: .zero) { [registry, logger] in
            let report = try await registry.pruning.pruneToQuotas()
            guard !report.files.isEmpty else { return }
            logger.info(
                "pruned cached files", metadata: ["files": "\(report.files.count)", "bytes": "\(report.bytes)"])
        }
        // Another process does it now, perhaps without having seen what was fetched here: it is due at the next turn, too.
        guard done else { return }
        // Only now, so that a failure is tried again. A file that is still fetched is counted at a later turn.
        state.withLock { $0 = (registry.fetching.count == 0 ? fetched : -1, 0) }
    }
}
