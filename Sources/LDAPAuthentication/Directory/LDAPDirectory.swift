import CLDAP
package import Logging
import NIOPosix
package import Registry
import Synchronization

/// A directory of people, asked by LDAP (RFC 4511).
///
/// It is asked on threads of its own, since libldap blocks: only so many questions are asked at once, and only so many
/// wait. If no server can be reached, it is left alone for some seconds, and everybody is told so at once.
package final class LDAPDirectory: OutsidePeople, WatchfulProvider {
    private struct State {
        /// Connections on which the service user has bound, the latest last.
        var idle: [(connection: LDAPConnection, since: ContinuousClock.Instant)] = []
        var pending = 0
        /// Until when nobody is asked.
        var restsUntil: ContinuousClock.Instant?
        /// Until when servers that did not answer are asked last.
        var lastUntil: [LDAPServer: ContinuousClock.Instant] = [:]
        /// Whether nobody could be asked the last time, which the log says already.
        var isFailing = false
        /// Whether somebody finds out whether the directory answers again, while it fails.
        var isProbed = false
    }

    private static let threads = 4
    private static let mostPending = 64
    private static let rest = Duration.seconds(5)
    private static let restOfServer = Duration.seconds(30)
    private static let longestIdle = Duration.seconds(60)

    package let provider = OutsideProvider.ldap
    private let settings: LDAPSettings
    private let pool: NIOThreadPool
    private let state = Mutex(State())
    private let logger: Logger

    /// Starts the threads; they end with the directory. Nothing is connected yet.
    ///
    /// - Parameters:
    ///   - settings: How it is asked; there is at least one server.
    ///   - logger: Where it is noted that the directory fails, and that it answers again.
    /// - Throws: `RegistryError` `.invalidRequest` if libldap is not there.
    package init(_ settings: LDAPSettings, logger: Logger) throws {
        try LDAPLibrary.check()
        self.settings = settings
        self.logger = logger
        pool = NIOThreadPool(numberOfThreads: Self.threads)
        pool.start()
    }

    deinit {
        pool.shutdownGracefully { _ in }
    }

    package func verify(user: String, password: String) async throws -> OutsideAnswer {
        guard !password.isEmpty else { return .wrongPassword }
        return try await ask { directory, server throws(LDAPFailure) in
            try directory.verify(user, password, at: server)
        }
    }

    package func person(withSubject subject: String) async throws -> ProvenPerson? {
        try await ask { directory, server throws(LDAPFailure) in try directory.person(subject, at: server) }
    }

    /// Whether people can be asked about who do not sign in: not if nobody searches.
    package var isWatchful: Bool {
        if case .search = settings.people { true } else { false }
    }

    /// Connects to every server, and binds as the service user, if there is one. Throws what is wrong, for the operator.
    package func check() async throws {
        let settings = settings
        try await pool.runIfActive {
            for server in settings.servers {
                do {
                    let connection = try LDAPConnection(to: server, settings)
                    if let service = settings.service {
                        try connection.bind(service.name, password: service.password)
                    }
                    guard case .search(let base, _) = settings.people else { continue }
                    _ = try connection.search(
                        base, isDeep: false, filter: "(objectClass=*)", attributes: ["1.1"], limit: 1)
                } catch let failure as LDAPFailure {
                    throw RegistryError(.unavailable, "\(server) does not work: \(failure).")
                }
            }
        }
    }

    // MARK: On the threads

    private func verify(_ user: String, _ password: String, at server: LDAPServer) throws(LDAPFailure) -> OutsideAnswer
    {
        switch settings.people {
        case .format(let format):
            let name = format.replacing("{username}", with: LDAPEscaping.nameValue(user))
            let connection = try LDAPConnection(to: server, settings)
            guard try Self.isRight(name, password, on: connection) else { return .unknownUser }
            let search = LDAPSearch(settings: settings) { _ throws(LDAPFailure) in connection }
            let found = try connection.search(
                name, isDeep: false, filter: "(objectClass=*)", attributes: search.attributes, limit: 1)
            guard let entry = found.entries.first else { return .unknownUser }
            return .person(try search.describe(entry, user: user, isWatched: false, on: connection))
        case .search(let base, let filter):
            let filled = filter.replacing("{username}", with: LDAPEscaping.filterValue(user))
            return try search { search throws(LDAPFailure) in
                let found = try search.people(filled, below: base, at: server)
                guard found.count < 2 else {
                    logger.warning("the directory has more than one person of a user name, who cannot sign in")
                    return .unknownUser
                }
                let connection = try LDAPConnection(to: found.first?.server ?? server, settings)
                guard let person = found.first else {
                    // As long as for somebody who is there.
                    let nobody = "cn=\(UInt64.random(in: 0...UInt64.max)),\(base)"
                    _ = try Self.isRight(nobody, password, on: connection)
                    return .unknownUser
                }
                guard try Self.isRight(person.entry.name, password, on: connection) else { return .wrongPassword }
                return .person(
                    try search.describe(person.entry, user: user, isWatched: true, on: search.connect(server)))
            }
        }
    }

    private func person(_ subject: String, at server: LDAPServer) throws(LDAPFailure) -> ProvenPerson? {
        guard case .search(let base, let filter) = settings.people,
            let bytes = LDAPSubject.bytes(of: subject, attribute: settings.idAttribute)
        else { return nil }
        // Whoever could sign in is still there; who is disabled is what the filter says, for any name.
        let anybody = filter.replacing("{username}", with: "*")
        let filled = "(&(\(settings.idAttribute)=\(LDAPEscaping.filterValue(bytes)))\(anybody))"
        return try search { search throws(LDAPFailure) in
            guard let person = try search.people(filled, below: base, at: server).first else { return nil }
            return try search.describe(person.entry, user: nil, isWatched: true, on: search.connect(server))
        }
    }

    /// Returns whether a password is that of an entry. Throws if the server does not say.
    private static func isRight(
        _ name: String, _ password: String, on connection: LDAPConnection
    ) throws(LDAPFailure) -> Bool {
        do throws(LDAPFailure) {
            try connection.bind(name, password: password)
            return true
        } catch {
            switch error.code {
            // Also: no password is kept, the account is locked or disabled, the name can be nobody's.
            case LDAP_INVALID_CREDENTIALS, LDAP_INAPPROPRIATE_AUTH, LDAP_NO_SUCH_OBJECT, LDAP_UNWILLING_TO_PERFORM,
                LDAP_CONSTRAINT_VIOLATION, LDAP_INSUFFICIENT_ACCESS, LDAP_INVALID_DN_SYNTAX:
                return false
            default: throw error
            }
        }
    }

    /// Searches with connections of the service user: an idle one if there is one that still works.
    private func search<Value>(
        _ work: (LDAPSearch) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        do throws(LDAPFailure) {
            return try search(reusing: true, work)
        } catch {
            // The server may have closed a connection that was idle.
            guard error.code == LDAP_SERVER_DOWN else { throw error }
            return try search(reusing: false, work)
        }
    }

    private func search<Value>(
        reusing: Bool, _ work: (LDAPSearch) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        var lent: [LDAPConnection] = []
        let search = LDAPSearch(settings: settings) { server throws(LDAPFailure) in
            if let connection = lent.first(where: { $0.server == server }) { return connection }
            let idle = reusing ? self.idle(server) : nil
            let connection: LDAPConnection
            if let idle { connection = idle } else { connection = try self.bound(server) }
            lent.append(connection)
            return connection
        }
        let value = try work(search)
        let now = ContinuousClock.now
        state.withLock { state in
            state.idle += lent.map { ($0, now) }
            state.idle.removeFirst(max(0, state.idle.count - Self.threads))
        }
        return value
    }

    private func idle(_ server: LDAPServer) -> LDAPConnection? {
        let oldest = ContinuousClock.now - Self.longestIdle
        return state.withLock { state in
            state.idle.removeAll { $0.since < oldest }
            guard let place = state.idle.lastIndex(where: { $0.connection.server == server }) else { return nil }
            return state.idle.remove(at: place).connection
        }
    }

    private func bound(_ server: LDAPServer) throws(LDAPFailure) -> LDAPConnection {
        let connection = try LDAPConnection(to: server, settings)
        guard let service = settings.service else { return connection }
        do throws(LDAPFailure) {
            try connection.bind(service.name, password: service.password)
        } catch {
            throw LDAPFailure(
                code: error.isOutage ? error.code : LDAPFailure.serviceRefused, action: "signing in with ldap.bind_dn",
                message: error.message)
        }
        return connection
    }

    // MARK: Asking

    /// Asks the servers in their order until one answers.
    private func ask<Value: Sendable>(
        _ question: @escaping @Sendable (LDAPDirectory, LDAPServer) throws(LDAPFailure) -> Value
    ) async throws -> Value {
        let isProbe = try admit()
        defer {
            state.withLock { state in
                state.pending -= 1
                if isProbe { state.isProbed = false }
            }
        }
        let answer: Result<Value, LDAPFailure>
        do {
            answer = try await pool.runIfActive { [self] in attempt(question) }
        } catch {
            throw RegistryError(.unavailable, "The login was interrupted. Try again.", cause: error)
        }
        switch answer {
        case .success(let value):
            noteSuccess()
            return value
        case .failure(let failure):
            guard failure.code != LDAPFailure.unusableEntry else {
                logger.error("an entry of the directory cannot be used", metadata: ["error": "\(failure)"])
                throw RegistryError(
                    .forbidden, "Your entry in the directory lacks what identifies you; an administrator can help.",
                    cause: failure)
            }
            noteFailure(failure)
            throw Self.unavailable(after: Self.rest, cause: failure)
        }
    }

    private func attempt<Value: Sendable>(
        _ question: (LDAPDirectory, LDAPServer) throws(LDAPFailure) -> Value
    ) -> Result<Value, LDAPFailure> {
        var last = LDAPFailure(code: LDAP_SERVER_DOWN, action: "asking the directory", message: "it rests")
        // Others may have found out while this one waited for a thread.
        guard restTime == nil else { return .failure(last) }
        for server in servers {
            do throws(LDAPFailure) {
                return .success(try question(self, server))
            } catch {
                last = error
                if error.isOutage { state.withLock { $0.lastUntil[server] = .now + Self.restOfServer } }
            }
        }
        return .failure(last)
    }

    /// The servers in their order, but those that did not answer a moment ago come last.
    private var servers: [LDAPServer] {
        let now = ContinuousClock.now
        let last = state.withLock { $0.lastUntil.filter { $0.value > now } }
        return settings.servers.filter { last[$0] == nil } + settings.servers.filter { last[$0] != nil }
    }

    private var restTime: Duration? {
        guard let end = state.withLock({ $0.restsUntil }) else { return nil }
        let rest = end - .now
        return rest > .zero ? rest : nil
    }

    /// Takes a place among those who ask. Returns whether it is the one place of those who ask while nobody is answered.
    private func admit() throws -> Bool {
        if let restTime { throw Self.unavailable(after: restTime, cause: nil) }
        enum Admission {
            case asker, probe, busy, failing
        }
        let admission = state.withLock { state -> Admission in
            guard state.pending < Self.mostPending else { return .busy }
            guard !state.isFailing || !state.isProbed else { return .failing }
            state.pending += 1
            guard state.isFailing else { return .asker }
            state.isProbed = true
            return .probe
        }
        switch admission {
        case .asker: return false
        case .probe: return true
        case .failing: throw Self.unavailable(after: Self.rest, cause: nil)
        case .busy:
            throw RegistryError(.unavailable, "Too many people are logging in at once. Try again in a few seconds.")
        }
    }

    private func noteSuccess() {
        let wasFailing = state.withLock { state in
            defer { (state.isFailing, state.restsUntil) = (false, nil) }
            return state.isFailing
        }
        if wasFailing { logger.notice("the directory answers again") }
    }

    private func noteFailure(_ failure: LDAPFailure) {
        guard failure.isOutage else {
            logger.warning("the directory does not do what is asked", metadata: ["error": "\(failure)"])
            return
        }
        let isNew = state.withLock { state in
            if state.restsUntil.map({ $0 <= .now }) ?? true { state.restsUntil = .now + Self.rest }
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isNew {
            logger.error(
                "the directory does not answer: whoever has no password here cannot log in",
                metadata: ["error": "\(failure)"])
        }
    }

    private static func unavailable(after rest: Duration, cause: LDAPFailure?) -> RegistryError {
        RegistryError(
            .unavailable, "The directory that knows the users does not answer. Try again in a few seconds.",
            retryAfter: max(1, rest.components.seconds), cause: cause)
    }
}
