import Synchronization

/// The discovery document of one provider, fetched when it is needed: once, however many ask.
///
/// It is fetched again when it is ten minutes old, and never more often than every ten seconds. While the provider does
/// not answer, an old one is good for an hour.
final class DiscoveryMemory: Sendable {
    static let pause = KeyMemory.pause

    private struct State {
        var document: Discovery?
        var fetchedAt: ContinuousClock.Instant?
        var failure = IssuerFailure("it was not asked yet")
        var askedAt: ContinuousClock.Instant?
        var fetch: Task<Void, Never>?

        /// Returns the document, if it is younger than a duration.
        func document(youngerThan age: Duration, at now: ContinuousClock.Instant) -> Discovery? {
            guard let fetchedAt, fetchedAt.duration(to: now) < age else { return nil }
            return document
        }
    }

    private let fetch: @Sendable () async throws(IssuerFailure) -> Discovery
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - now: A clock that never goes back.
    ///   - fetch: Fetches the document, in bounded time.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        fetch: @escaping @Sendable () async throws(IssuerFailure) -> Discovery
    ) {
        self.now = now
        self.fetch = fetch
    }

    /// Returns the document. Throws why it cannot be fetched.
    func document() async throws(IssuerFailure) -> Discovery {
        let running = state.withLock { state -> Task<Void, Never>? in
            let mayAsk = state.askedAt.map { $0.duration(to: now()) >= Self.pause } ?? true
            guard mayAsk, state.document(youngerThan: KeyMemory.freshFor, at: now()) == nil else { return state.fetch }
            let running = state.fetch ?? Task { await self.refresh() }
            state.fetch = running
            state.askedAt = now()
            return running
        }
        await running?.value
        let state = state.withLock { $0 }
        guard let document = state.document(youngerThan: KeyMemory.keptFor, at: now()) else { throw state.failure }
        return document
    }

    private func refresh() async {
        do {
            let document = try await fetch()
            state.withLock { state in
                state.document = document
                state.fetchedAt = now()
                state.fetch = nil
            }
        } catch {
            state.withLock { state in
                state.failure = error
                state.fetch = nil
            }
        }
    }
}
