import LDAPAuthentication
import Logging
import Registry
import ServerConfiguration

extension Outside {
    /// Returns the work of asking about people who have tokens; nil if nobody can be asked.
    func confirming(_ registry: RegistryServices, logger: Logger) -> PeriodicService? {
        guard case .directory(let directory, let definition) = self, directory.isWatchful else { return nil }
        let interval = min(definition.recheckInterval, .seconds(10))
        return PeriodicService(
            name: "asking the directory about the owners of tokens", interval: interval, isUrgent: true, logger: logger
        ) {
            do {
                _ = try await registry.leases.once(.confirming, every: interval) {
                    _ = try await registry.confirming.confirm(
                        by: directory, every: definition.recheckInterval, trust: definition.trustTime)
                }
            } catch let error as RegistryError where error.code == .unavailable {
                // The directory says in the log itself that it does not answer.
            }
        }
    }
}
