import PackagingStandards
import Synchronization

/// Finds out who holds a token that was sent.
///
/// What was found is remembered until people or rights change, so that a token that is used costs no query. Tokens that do
/// not exist are remembered apart, and all look-ups that wait become one query, so that a flood of them costs no more than
/// one query at a time.
public final class TokenVerifier: Sendable {
    private struct State {
        var known = LeastRecentlyUsed<SHA256Digest, Entry>(capacity: TokenVerifier.mostKnown)
        var unknown = LeastRecentlyUsed<SHA256Digest, Int64>(capacity: TokenVerifier.mostUnknown)
        /// When tokens were used, by their ids, since the last flush.
        var uses: [Int64: Timestamp] = [:]
    }

    private struct Entry {
        let holder: TokenHolder
        /// The count of changes to people and rights before the look-up.
        let accessEpoch: Int64
        var usedAt: Timestamp?
    }

    private static let mostKnown = 10_000
    private static let mostUnknown = 4096
    /// How far a use must be from the last one that was noted: microseconds.
    private static let useInterval: Int64 = 60_000_000

    private let database: any TokenDatabase
    private let accessEpoch: @Sendable () -> Int64
    private let clock: WallClock
    private let lookups: TokenLookups
    private let state = Mutex(State())

    /// Makes one that remembers nothing yet.
    ///
    /// - Parameters:
    ///   - database: Where the tokens are.
    ///   - accessEpoch: The newest known count of changes to people and rights. It must never run ahead of what `database`
    ///     reads.
    ///   - clock: The time.
    init(database: any TokenDatabase, accessEpoch: @escaping @Sendable () -> Int64, clock: WallClock) {
        self.database = database
        self.accessEpoch = accessEpoch
        self.clock = clock
        lookups = TokenLookups(database: database)
    }

    /// Returns who holds a token, or nil if it must be looked up or is not good. Never waits: called on event loops.
    public func knownHolder(of sent: [UInt8]) -> TokenHolder? {
        guard let token = TokenText(sent), case .holder(let holder)? = recall(token.digest) else { return nil }
        return holder
    }

    /// Returns who holds a token. Throws `.wrongCredentials`, in words that tell a mistyped token from one that has
    /// expired, and both from one that does not exist or was revoked.
    public func holder(of sent: [UInt8]) async throws -> TokenHolder {
        guard let token = TokenText(sent) else {
            throw RegistryError(
                .wrongCredentials,
                "The token is mistyped or not complete: its checksum is wrong. Copy all of it, from cellar_ on.")
        }
        let digest = token.digest
        // Read before the token is: a change in between makes the entry old, never the other way round.
        let epoch = accessEpoch()
        switch recall(digest) {
        case .holder(let holder): return holder
        case .expired(let holder): throw Self.expired(holder)
        case .unknown: throw Self.unknown
        case nil: break
        }
        guard let holder = try await lookups.holder(of: digest) else {
            state.withLock { state in
                state.known.remove(digest)
                _ = state.unknown.insert(epoch, for: digest, cost: 1)
            }
            throw Self.unknown
        }
        state.withLock { state in
            let usedAt = state.known.peek(digest)?.usedAt
            _ = state.known.insert(Entry(holder: holder, accessEpoch: epoch, usedAt: usedAt), for: digest, cost: 1)
        }
        if case .expired(let holder)? = recall(digest, accessEpoch: epoch) { throw Self.expired(holder) }
        return holder
    }

    /// Writes when tokens were used since the last call to the database. Throws what the database does; they are written
    /// with the next call then.
    public func flush() async throws {
        let uses = state.withLock { state in
            defer { state.uses = [:] }
            return state.uses
        }
        guard !uses.isEmpty else { return }
        do {
            try await database.recordTokenUses(uses)
        } catch {
            state.withLock { $0.uses.merge(uses) { max($0, $1) } }
            throw error
        }
    }

    private enum Memory {
        case holder(TokenHolder)
        case expired(TokenHolder)
        case unknown
    }

    private func recall(_ digest: SHA256Digest) -> Memory? {
        recall(digest, accessEpoch: accessEpoch())
    }

    /// Returns what is remembered of a token, and notes a use of a good one.
    private func recall(_ digest: SHA256Digest, accessEpoch: Int64) -> Memory? {
        let now = clock.now()
        return state.withLock { state in
            guard let entry = state.known.use(digest), entry.accessEpoch == accessEpoch else {
                return state.unknown.peek(digest) == accessEpoch ? .unknown : nil
            }
            if let end = entry.holder.expiresAt, now >= end { return .expired(entry.holder) }
            if let end = entry.holder.owner.person?.validUntil, now >= end { return nil }
            let isNoted = entry.usedAt.map { now.microseconds - $0.microseconds < Self.useInterval } ?? false
            if !isNoted {
                state.known.update(digest) { $0.usedAt = now }
                state.uses[entry.holder.id] = now
            }
            return .holder(entry.holder)
        }
    }

    private static let unknown = RegistryError(
        .wrongCredentials, "There is no such token: it was revoked, or its owner is gone, or it is another server's.")

    private static func expired(_ holder: TokenHolder) -> RegistryError {
        let day = holder.expiresAt.map { String($0.iso8601.prefix(16)) + "Z" } ?? "now"
        return RegistryError(.wrongCredentials, "The token \(holder.name) expired at \(day). Make another one.")
    }
}

/// Looks tokens up: all that wait while a query runs share the next one.
final class TokenLookups: Sendable {
    private struct Waiter {
        let digest: SHA256Digest
        let continuation: CheckedContinuation<TokenHolder?, any Error>
    }

    private struct State {
        var waiters: [Waiter] = []
        var isRunning = false
    }

    /// The most tokens in one query.
    private static let mostAtOnce = 256

    private let database: any TokenDatabase
    private let state = Mutex(State())

    init(database: any TokenDatabase) {
        self.database = database
    }

    /// Returns who holds the token with a digest, by a query that begins after the call; nil for nobody.
    func holder(of digest: SHA256Digest) async throws -> TokenHolder? {
        try await withCheckedThrowingContinuation { continuation in
            let begins = state.withLock { state in
                state.waiters.append(Waiter(digest: digest, continuation: continuation))
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if begins { Task { await run() } }
        }
    }

    private func run() async {
        while let waiters = next() {
            do {
                let found = try await database.tokenHolders(of: Array(Set(waiters.map(\.digest))))
                for waiter in waiters { waiter.continuation.resume(returning: found[waiter.digest]) }
            } catch {
                for waiter in waiters { waiter.continuation.resume(throwing: error) }
            }
        }
    }

    private func next() -> [Waiter]? {
        state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.isRunning = false
                return nil
            }
            let next = Array(state.waiters.prefix(Self.mostAtOnce))
            state.waiters.removeFirst(next.count)
            return next
        }
    }
}
