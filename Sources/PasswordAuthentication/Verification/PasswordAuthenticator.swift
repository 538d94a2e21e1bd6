package import Logging
package import Registry

/// Recognises people by user name and password (RFC 7617), against the hashes in the database.
///
/// Verified credentials are remembered (`VerifiedCredentials`), requests with the same credentials share one
/// verification, and a hash of an older kind is renewed when its password is available.
package final class PasswordAuthenticator: Authenticator {
    /// Credentials that are being verified, in one access epoch: a request after a change doesn't share.
    private struct Attempt: Hashable {
        let key: CredentialDigest
        let accessEpoch: Int64
    }

    private let people: PasswordRecords
    private let hasher: PasswordHasher
    private let verified: VerifiedCredentials
    private let accessEpoch: @Sendable () -> Int64
    private let now: @Sendable () -> ContinuousClock.Instant
    private let clock: WallClock
    private let logger: Logger
    private let digests = CredentialDigest.Maker()
    private let attempts = SharedTasks<Attempt, Caller?>()

    /// Makes an authenticator.
    ///
    /// - Parameters:
    ///   - database: Where the people are.
    ///   - hasher: Verifies and makes hashes.
    ///   - verified: Remembers what was verified.
    ///   - accessEpoch: The newest known count of changes to people and rights (`ChangeCursor.accessEpoch`). It must
    ///     never run ahead of what `database` reads.
    ///   - now: The time since some moment.
    ///   - clock: The time of day, which ends what the outside said of people.
    ///   - logger: Where a hash that can't be renewed is reported.
    package convenience init(
        database: any PeopleDatabase, hasher: PasswordHasher, verified: VerifiedCredentials = VerifiedCredentials(),
        accessEpoch: @escaping @Sendable () -> Int64,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, clock: WallClock = .system,
        logger: Logger
    ) {
        self.init(
            people: PasswordRecords(database), hasher: hasher, verified: verified, accessEpoch: accessEpoch, now: now,
            clock: clock, logger: logger)
    }

    init(
        people: PasswordRecords, hasher: PasswordHasher, verified: VerifiedCredentials,
        accessEpoch: @escaping @Sendable () -> Int64, now: @escaping @Sendable () -> ContinuousClock.Instant,
        clock: WallClock = .system, logger: Logger
    ) {
        self.people = people
        self.hasher = hasher
        self.verified = verified
        self.accessEpoch = accessEpoch
        self.now = now
        self.clock = clock
        self.logger = logger
    }

    package func knownCaller(for credentials: Credentials) -> Caller? {
        switch credentials {
        case .password(let user, let password):
            let key = digests.digest(user: user, password: password)
            guard
                case .known(let caller) = verified.recall(
                    key, accessEpoch: accessEpoch(), now: now(), wall: clock.now())
            else {
                return nil
            }
            return caller
        }
    }

    package func caller(for credentials: Credentials) async throws -> Caller {
        switch credentials {
        case .password(let user, let password): try await caller(user: user, password: password)
        }
    }

    /// Returns whether there is a person of a user name, perhaps with a tag behind it, who has a password here.
    func hasPassword(_ user: String) async throws -> Bool {
        try await people.match(user)?.record.hasPassword ?? false
    }

    private func caller(user: String, password: SentPassword) async throws -> Caller {
        let key = digests.digest(user: user, password: password)
        // Read before the user is: a change in between makes the entry old, never the other way round.
        let epoch = accessEpoch()
        switch verified.recall(key, accessEpoch: epoch, now: now(), wall: clock.now()) {
        case .known(let caller): return caller
        case .wrong: throw Self.wrongCredentials
        case .unconfirmed(let userID, let generation):
            if let found = try await people.match(user), found.record.id == userID,
                found.record.passwordGeneration == generation, found.record.isActive
            {
                verified.confirm(key, of: found, accessEpoch: epoch)
                return .person(found.person)
            }
            verified.forget(key)
        case nil: break
        }
        guard let caller = try await verifyOnce(Attempt(key: key, accessEpoch: epoch), user: user, password: password)
        else { throw Self.wrongCredentials }
        return caller
    }

    private func verifyOnce(_ attempt: Attempt, user: String, password: SentPassword) async throws -> Caller? {
        try await attempts.value(for: attempt) { [self] in
            try await verify(attempt, user: user, password: password)
        }
    }

    private func verify(_ attempt: Attempt, user: String, password: SentPassword) async throws -> Caller? {
        guard let found = try await people.match(user), found.record.isActive, found.record.hasPassword,
            let reading = PasswordReading.of(password)
        else {
            // As long as for a user who exists.
            try await hasher.verifyNobody()
            verified.rememberWrong(attempt.key, accessEpoch: attempt.accessEpoch, now: now())
            return nil
        }
        let record = found.record
        guard try await hasher.verify(reading, against: record.passwordHash) else {
            verified.rememberWrong(attempt.key, accessEpoch: attempt.accessEpoch, now: now())
            return nil
        }
        verified.remember(attempt.key, of: found, accessEpoch: attempt.accessEpoch, now: now())
        if hasher.needsRenewal(record.passwordHash) { await renew(record, password: reading) }
        return .person(found.person)
    }

    /// Replaces a hash of an older kind. The login stands whether or not this works.
    private func renew(_ record: UserRecord, password: String) async {
        do {
            try await people.renew(hasher.hash(password), record.passwordHash, record.id)
        } catch {
            logger.warning(
                "a password hash was not renewed", metadata: ["user": "\(record.name)", "error": "\(error)"])
        }
    }

    private static let wrongCredentials = RegistryError(.wrongCredentials, "The user name or the password is wrong.")
}

/// The two questions that are asked of the database.
struct PasswordRecords: Sendable {
    /// The record of a user name; nil if there is none.
    let find: @Sendable (_ name: String) async throws -> UserRecord?
    /// Replaces a hash of the same password.
    let renew: @Sendable (_ hash: String, _ old: String, _ userID: Int64) async throws -> Void

    init(
        find: @escaping @Sendable (String) async throws -> UserRecord?,
        renew: @escaping @Sendable (String, String, Int64) async throws -> Void
    ) {
        self.find = find
        self.renew = renew
    }

    /// Returns the person of a user name, or else of what stands before a tag in it; nil if there is none.
    func match(_ user: String) async throws -> NamedRecord? {
        if UserName.isValid(user), let record = try await find(user) { return NamedRecord(record: record, tag: nil) }
        guard let (name, tag) = UserTag.split(user), UserName.isValid(name), let record = try await find(name) else {
            return nil
        }
        return NamedRecord(record: record, tag: tag)
    }

    init(_ database: any PeopleDatabase) {
        find = { try await database.user(named: $0) }
        renew = { try await database.renewPasswordHash($0, replacing: $1, ofUserID: $2) }
    }
}

/// A person, as a client named them: perhaps with a tag.
struct NamedRecord: Sendable {
    let record: UserRecord
    let tag: String?

    var person: Person { record.person.tagged(tag) }
}
