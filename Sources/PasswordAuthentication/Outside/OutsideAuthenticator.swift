package import Registry

/// Recognises people by user name and password, as an outside place does that has their passwords.
///
/// What it said is remembered as briefly as hashes that were verified (`VerifiedCredentials`), and requests with the same
/// credentials share one question. Nobody is known by more than their identity there: see `LinkedPeopleDatabase.signIn`.
package final class OutsideAuthenticator: Authenticator {
    /// Credentials that are being verified, in one access epoch: a request after a change doesn't share.
    private struct Attempt: Hashable {
        let key: CredentialDigest
        let accessEpoch: Int64
    }

    /// The most bytes of a user name, and of a password.
    private static let longestName = 256
    private static let longestPassword = 1024

    private let outside: any OutsidePeople
    private let database: any LinkedPeopleDatabase
    private let trust: Duration
    private let verified: VerifiedCredentials
    private let accessEpoch: @Sendable () -> Int64
    private let now: @Sendable () -> ContinuousClock.Instant
    private let clock: WallClock
    private let digests = CredentialDigest.Maker()
    private let attempts = SharedTasks<Attempt, Caller?>()

    /// Makes an authenticator.
    ///
    /// - Parameters:
    ///   - outside: Who knows the passwords.
    ///   - database: Where the people are.
    ///   - trust: How long what is said of groups and role counts.
    ///   - verified: Remembers what was verified.
    ///   - accessEpoch: The newest known count of changes to people and rights. It must never run ahead of what
    ///     `database` reads.
    ///   - now: The time since some moment.
    ///   - clock: The time of day.
    package init(
        outside: any OutsidePeople, database: any LinkedPeopleDatabase, trust: Duration,
        verified: VerifiedCredentials = VerifiedCredentials(), accessEpoch: @escaping @Sendable () -> Int64,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, clock: WallClock = .system
    ) {
        self.outside = outside
        self.database = database
        self.trust = trust
        self.verified = verified
        self.accessEpoch = accessEpoch
        self.now = now
        self.clock = clock
    }

    package func knownCaller(for credentials: Credentials) -> Caller? {
        let (user, password) = Self.parts(of: credentials)
        let key = digests.digest(user: user, password: password)
        guard
            case .known(let caller) = verified.recall(key, accessEpoch: accessEpoch(), now: now(), wall: clock.now())
        else { return nil }
        return caller
    }

    package func caller(for credentials: Credentials) async throws -> Caller {
        let (user, password) = Self.parts(of: credentials)
        let key = digests.digest(user: user, password: password)
        // Read before the user is: a change in between makes the entry old, never the other way round.
        let epoch = accessEpoch()
        switch verified.recall(key, accessEpoch: epoch, now: now(), wall: clock.now()) {
        case .known(let caller): return caller
        case .wrong: throw Self.wrongCredentials
        case .unconfirmed(let userID, let generation):
            if let record = try await database.user(withID: userID), record.passwordGeneration == generation,
                record.isActive, record.links.contains(where: { $0.identity.provider == outside.provider })
            {
                let named = NamedRecord(record: record, tag: verified.tag(key))
                verified.confirm(key, of: named, accessEpoch: epoch)
                return .person(named.person)
            }
            verified.forget(key)
        case nil: break
        }
        let attempt = Attempt(key: key, accessEpoch: epoch)
        let caller = try await attempts.value(for: attempt) { [self] in
            try await verify(attempt, user: user, password: password)
        }
        guard let caller else { throw Self.wrongCredentials }
        return caller
    }

    /// Asks for the whole name, and if there is nobody of it, for what stands before a tag in it.
    private func verify(_ attempt: Attempt, user: String, password: SentPassword) async throws -> Caller? {
        for (name, tag) in Self.readings(of: user) {
            guard let text = PasswordReading.of(password), (1...Self.longestPassword).contains(text.utf8.count) else {
                break
            }
            switch try await outside.verify(user: name, password: text) {
            case .unknownUser: continue
            case .wrongPassword:
                verified.rememberWrong(attempt.key, accessEpoch: attempt.accessEpoch, now: now())
                return nil
            case .person(let person):
                let record = try await signIn(person)
                let named = NamedRecord(record: record, tag: tag)
                verified.remember(attempt.key, of: named, accessEpoch: attempt.accessEpoch, now: now())
                return .person(named.person)
            }
        }
        verified.rememberWrong(attempt.key, accessEpoch: attempt.accessEpoch, now: now())
        return nil
    }

    private static func parts(of credentials: Credentials) -> (user: String, password: SentPassword) {
        switch credentials {
        case .password(let user, let password): (user, password)
        }
    }

    private func signIn(_ person: ProvenPerson) async throws -> UserRecord {
        let moment = clock.now()
        return try await database.signIn(
            person, trustedUntil: moment.adding(microseconds: trust.inMicroseconds),
            by: ChangeAuthor(name: person.identity.provider.description, userID: nil, at: moment))
    }

    private static func readings(of user: String) -> [(name: String, tag: String?)] {
        guard (1...longestName).contains(user.utf8.count),
            user.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return [] }
        guard let (name, tag) = UserTag.split(user) else { return [(user, nil)] }
        return [(user, nil), (name, tag)]
    }

    private static let wrongCredentials = RegistryError(.wrongCredentials, "The user name or the password is wrong.")
}
