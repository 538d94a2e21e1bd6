import Logging
import Registry
import ServiceLifecycle

/// Work that is done again and again until the server shuts down. A failure is logged once, and so is its end.
struct PeriodicService: Service {
    /// What the work is, for the log.
    let name: String
    let interval: Duration
    /// The longest interval after failures, each of which doubles it; nil to keep it.
    var longestInterval: Duration?
    /// Whether the first turn comes at once.
    var isUrgent = false
    let logger: Logger
    /// Where it says whether it fails; nil for nowhere.
    var states: JobStates?
    let work: @Sendable () async throws -> Void

    func run() async throws {
        var isFailing = false
        var interval = interval
        var isFirst = true
        while await pause(isFirst && isUrgent ? .zero : interval) {
            isFirst = false
            do {
                try await work()
                if isFailing { logger.notice("\(name) works again") }
                isFailing = false
                states?.note(name, failure: nil)
                interval = self.interval
            } catch is CancellationError {
                return
            } catch {
                if !isFailing { logger.error("\(name) fails; it is tried again", metadata: ["error": "\(error)"]) }
                isFailing = true
                states?.note(name, failure: CommandFailure(error).message)
                if let longestInterval { interval = min(interval * 2, longestInterval) }
            }
        }
    }

    /// Waits for the next turn. Returns false if the server shuts down.
    private func pause(_ interval: Duration) async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            return !Task.isShuttingDownGracefully
        } catch {
            return false
        }
    }
}

extension PeriodicService: CustomStringConvertible {
    var description: String { name }
}
