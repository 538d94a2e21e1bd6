import Logging
import Registry
import Synchronization

/// The keys of one issuer, fetched when they are needed: once, however many ask.
final class IssuerKeys: Sendable {
    private struct State {
        var memory = KeyMemory()
        var fetch: Task<Void, Never>?
    }

    private let issuer: IdentityIssuer
    private let fetch: @Sendable () async throws(IssuerFailure) -> KeySet
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - issuer: Whose keys they are.
    ///   - now: A clock that never goes back.
    ///   - logger: Where failures are logged.
    ///   - fetch: Fetches the keys, in bounded time.
    init(
        of issuer: IdentityIssuer, now: @escaping @Sendable () -> ContinuousClock.Instant, logger: Logger,
        fetch: @escaping @Sendable () async throws(IssuerFailure) -> KeySet
    ) {
        self.issuer = issuer
        self.fetch = fetch
        self.now = now
        self.logger = logger
    }

    /// Returns the key of a name. Throws `Refusal` if there is none, and `.unavailable` if the keys cannot be fetched.
    func key(named name: String) async throws -> VerificationKey {
        // A fetch that began before this question may bring what was published before; one that begins now does not.
        for _ in 0..<3 {
            let (step, running) = state.withLock { state -> (KeyMemory.Step, Task<Void, Never>?) in
                let step = state.memory.step(for: name, at: now())
                guard case .fetch = step else { return (step, nil) }
                let running = state.fetch ?? Task { await self.refresh() }
                state.fetch = running
                return (step, running)
            }
            switch step {
            case .use(let key): return key
            case .unknown: throw Refusal("\(issuer.url) publishes no key of the name in its header")
            case .unavailable: throw unavailable
            case .fetch: await running?.value
            }
        }
        throw unavailable
    }

    private func refresh() async {
        do {
            let keys = try await fetch()
            state.withLock { state in
                state.memory.fetched(keys, at: now())
                state.fetch = nil
            }
        } catch {
            logger.warning(
                "the keys of an issuer cannot be fetched",
                metadata: ["issuer": "\(issuer.name)", "error": "\(error.reason)"])
            state.withLock { state in
                state.memory.failed(at: now())
                state.fetch = nil
            }
        }
    }

    private var unavailable: RegistryError {
        RegistryError(
            .unavailable,
            "The keys of the issuer \(issuer.url) cannot be fetched at the moment, so its tokens cannot be verified.",
            retryAfter: KeyMemory.pause.components.seconds)
    }
}
