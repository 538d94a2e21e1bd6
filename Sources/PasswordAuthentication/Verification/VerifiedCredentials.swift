import PackagingStandards
import Registry
import Synchronization

/// Remembers for a short, bounded time which credentials were verified, so that a client's hundred requests cost one
/// verification.
///
/// An entry is good only under the access epoch in which its user was read. After any change to people and rights it
/// must be confirmed with the user's present record, and is dropped if the password's generation is another.
package final class VerifiedCredentials: Sendable {
    /// What is known of some credentials.
    enum Memory: Sendable {
        /// They belong to this caller.
        case known(Caller)
        /// They were wrong a moment ago.
        case wrong
        /// They were right under an earlier access epoch: for this user, with this generation of the password.
        case unconfirmed(userID: Int64, passwordGeneration: Int64)
    }

    private struct Entry {
        enum Finding {
            case right(Caller, userID: Int64, passwordGeneration: Int64)
            case wrong
        }

        var finding: Finding
        var accessEpoch: Int64
        let expiry: ContinuousClock.Instant
    }

    private struct State {
        var entries: [CredentialDigest: Entry] = [:]
        /// The keys in the order of their insertion, from `oldest` on; a key may stand here again after it was renewed.
        var queue: [(key: CredentialDigest, expiry: ContinuousClock.Instant)] = []
        var oldest = 0

        var oldestInQueue: (key: CredentialDigest, expiry: ContinuousClock.Instant)? {
            oldest < queue.count ? queue[oldest] : nil
        }
    }

    private let state = Mutex(State())
    private let maxCount: Int
    private let lifetime: Duration
    private let lifetimeOfWrong: Duration

    /// Makes an empty memory.
    ///
    /// - Parameters:
    ///   - maxCount: The most entries; the oldest go first.
    ///   - lifetime: How long a verification holds.
    ///   - lifetimeOfWrong: How long a failed one is answered without trying again.
    package init(maxCount: Int = 10_000, lifetime: Duration = .seconds(60), lifetimeOfWrong: Duration = .seconds(5)) {
        self.maxCount = maxCount
        self.lifetime = lifetime
        self.lifetimeOfWrong = lifetimeOfWrong
    }

    /// How many entries are kept, expired ones included.
    package var count: Int {
        state.withLock { $0.entries.count }
    }

    /// Returns what is known of credentials, or nil if they must be verified. Never blocks for longer than a dictionary
    /// takes.
    ///
    /// - Parameters:
    ///   - key: The digest of the credentials.
    ///   - accessEpoch: The newest known count of changes to people and rights.
    ///   - now: The time since some moment, by which entries expire.
    ///   - wall: The time of day, by which people are valid.
    /// - Returns: What is known.
    func recall(
        _ key: CredentialDigest, accessEpoch: Int64, now: ContinuousClock.Instant, wall: Timestamp
    ) -> Memory? {
        guard let entry = state.withLock({ $0.entries[key] }), entry.expiry > now else { return nil }
        switch entry.finding {
        case .right(let caller, _, _)
        where entry.accessEpoch == accessEpoch && caller.expiresAt.map { wall < $0 } ?? true:
            return .known(caller)
        case .right(_, let userID, let generation):
            return .unconfirmed(userID: userID, passwordGeneration: generation)
        case .wrong: return entry.accessEpoch == accessEpoch ? .wrong : nil
        }
    }

    /// Remembers that credentials belong to a user; the access epoch is that of *before* the user was read.
    func remember(_ key: CredentialDigest, of user: NamedRecord, accessEpoch: Int64, now: ContinuousClock.Instant) {
        let finding = Entry.Finding.right(
            .person(user.person), userID: user.record.id, passwordGeneration: user.record.passwordGeneration)
        insert(Entry(finding: finding, accessEpoch: accessEpoch, expiry: now + lifetime), for: key, now: now)
    }

    /// Remembers that credentials are wrong.
    func rememberWrong(_ key: CredentialDigest, accessEpoch: Int64, now: ContinuousClock.Instant) {
        insert(Entry(finding: .wrong, accessEpoch: accessEpoch, expiry: now + lifetimeOfWrong), for: key, now: now)
    }

    /// Carries an entry over into the present access epoch with the user's present record; its time runs on.
    func confirm(_ key: CredentialDigest, of user: NamedRecord, accessEpoch: Int64) {
        state.withLock { state in
            guard let entry = state.entries[key], entry.accessEpoch <= accessEpoch else { return }
            state.entries[key]?.accessEpoch = accessEpoch
            state.entries[key]?.finding = .right(
                .person(user.person), userID: user.record.id, passwordGeneration: user.record.passwordGeneration)
        }
    }

    /// Returns the tag that was behind the user name of credentials, if they are remembered and there was one.
    func tag(_ key: CredentialDigest) -> String? {
        guard case .right(let caller, _, _)? = state.withLock({ $0.entries[key]?.finding }) else { return nil }
        return caller.tag
    }

    /// Forgets credentials.
    func forget(_ key: CredentialDigest) {
        state.withLock { _ = $0.entries.removeValue(forKey: key) }
    }

    private func insert(_ entry: Entry, for key: CredentialDigest, now: ContinuousClock.Instant) {
        state.withLock { state in
            state.entries[key] = entry
            state.queue.append((key, entry.expiry))
            while let (key, expiry) = state.oldestInQueue {
                let isStale = state.entries[key]?.expiry != expiry
                guard isStale || expiry <= now || state.entries.count > maxCount else { break }
                if !isStale { state.entries[key] = nil }
                state.oldest += 1
            }
            if state.oldest > 1024, state.oldest > state.queue.count / 2 {
                state.queue.removeFirst(state.oldest)
                state.oldest = 0
            }
        }
    }
}
