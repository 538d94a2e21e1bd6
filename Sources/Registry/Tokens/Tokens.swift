import PackagingStandards

/// Makes, lists and revokes tokens, and the service accounts that own some of them.
public struct Tokens: Sendable {
    let permissions: Permissions
    let database: any TokenDatabase
    let freshness: Freshness
    let clock: WallClock
    /// Finds out who holds a token that was sent.
    public let verifier: TokenVerifier

    // MARK: Making

    /// Makes a token.
    ///
    /// For its owner, and for administrators. A token may make others for its own owner that have no more rights than
    /// itself, end no later, and end with it. Throws `.invalidRequest` for an order that cannot be, `.forbidden`,
    /// and what `TokenDatabase.addToken` throws.
    public func issue(_ order: TokenOrder, caller: Caller) async throws -> IssuedToken {
        let own = try require(caller, toManageTokensOf: order.owner, "make tokens")
        try check(order, caller)
        if let holder = caller.token, !order.scope.isWithin(holder.scope) {
            throw RegistryError(
                .forbidden,
                "The token \(holder.name) may not make one that may do more than itself: it has \(holder.scope).")
        }
        let end = try expiry(order.lifetime, of: caller)
        return try await add(
            NewToken(
                digest: SHA256Digest(hashing: []), name: order.name, owner: order.owner,
                ownerID: own ? caller.personID : nil, scope: order.scope, expiresAt: end,
                parentID: caller.token?.id),
            caller: caller)
    }

    /// Trades what the caller has proved who they are with, a password or a token, for a token that lives for hours, and
    /// has the same scope. It ends with the password or token that it was traded for.
    ///
    /// - Parameters:
    ///   - seconds: How long it shall live, `SessionLifetime.range`; less if the caller's own token ends sooner.
    ///   - caller: Whose it is.
    /// - Returns: The token.
    /// - Throws: `.authenticationRequired` and `.invalidRequest`, and what `TokenDatabase.addToken` throws.
    public func openSession(
        lasting seconds: Int64 = SessionLifetime.usual, caller: Caller
    ) async throws -> IssuedToken {
        guard let owner = TokenOwnerName(caller) else {
            throw RegistryError(.authenticationRequired, "You must log in with a password or a token to get a session.")
        }
        if case .publisher? = caller.token?.owner {
            throw RegistryError(.forbidden, "A token that was traded for an identity is traded no further.")
        }
        guard SessionLifetime.range.contains(seconds) else {
            throw RegistryError(.invalidRequest, "A session lives from 15 minutes (900 seconds) to 12 hours (43200).")
        }
        let end = Self.end(after: seconds, at: clock.now())
        return try await add(
            NewToken(
                digest: SHA256Digest(hashing: []), name: "session", owner: owner, ownerID: caller.personID,
                scope: caller.token?.scope ?? .everything, expiresAt: min(end, caller.expiresAt ?? end),
                isSession: true, parentID: caller.token?.id,
                passwordGeneration: caller.token == nil ? caller.person?.passwordGeneration : nil),
            caller: caller)
    }

    /// Makes a token for the job of trusted publishers that has proved what it is. It has what they hold, and ends with the
    /// first of them that is removed.
    ///
    /// - Parameters:
    ///   - publisher: The owner.
    ///   - name: A name for the audit; others may have the same.
    ///   - seconds: How long it lives, `SessionLifetime.range`.
    /// - Returns: The token.
    /// - Throws: `.invalidRequest`, and what `TokenDatabase.addToken` throws.
    public func mint(
        for publisher: PublisherOwner, name: String, lasting seconds: Int64
    ) async throws -> IssuedToken {
        guard SessionLifetime.range.contains(seconds) else {
            throw RegistryError(.invalidRequest, "A publisher's token lives from 15 minutes to 12 hours.")
        }
        let text = Self.draw()
        let now = clock.now()
        let owner = TokenOwner.publisher(publisher)
        let record = try await database.addToken(
            NewToken(
                digest: text.digest, name: name, owner: TokenOwnerName(owner), scope: publisher.envelope,
                expiresAt: Self.end(after: seconds, at: now), isSession: true, publishers: publisher.publishers),
            by: ChangeAuthor(name: owner.name, userID: nil, at: now))
        return IssuedToken(text: text, record: record)
    }

    private func add(_ token: NewToken, caller: Caller) async throws -> IssuedToken {
        var token = token
        let text = Self.draw()
        token.digest = text.digest
        let record = try await database.addToken(token, by: ChangeAuthor(caller, at: clock.now()))
        return IssuedToken(text: text, record: record)
    }

    private static func draw() -> TokenText {
        var generator = SystemRandomNumberGenerator()
        return TokenText(using: &generator)
    }

    private static func end(after seconds: Int64, at now: Timestamp) -> Timestamp {
        now.adding(microseconds: seconds * 1_000_000)
    }

    private func check(_ order: TokenOrder, _ caller: Caller) throws {
        guard UserName.isValid(order.name) else {
            throw RegistryError(
                .invalidRequest,
                """
                The name of a token has ASCII letters, digits and . _ @ + -, begins with a letter or digit, and has at \
                most 64 characters.
                """)
        }
        let scope = order.scope
        guard scope.rights?.isEmpty != true, scope.indexes?.isEmpty != true, scope.projects?.isEmpty != true else {
            throw RegistryError(
                .invalidRequest, "A token with an empty scope may do nothing: leave out what is not limited.")
        }
        guard max(scope.indexes?.count ?? 0, scope.projects?.count ?? 0) <= TokenScope.mostNames else {
            throw RegistryError(
                .invalidRequest, "A scope names at most \(TokenScope.mostNames) indexes and as many projects.")
        }
        for index in (scope.indexes ?? []).sorted() { try permissions.requireKnowing(index, caller) }
    }

    /// Returns when a token ends that a caller makes; nil for never.
    private func expiry(_ lifetime: TokenLifetime?, of caller: Caller) throws -> Timestamp? {
        let now = clock.now()
        let wanted: Timestamp?
        switch lifetime {
        case nil:
            let usual = Self.end(after: TokenLifetime.usual, at: now)
            return min(usual, caller.expiresAt ?? usual)
        case .unlimited: wanted = nil
        case .seconds(let seconds):
            guard TokenLifetime.range.contains(seconds) else {
                throw RegistryError(
                    .invalidRequest, "A token lives from 15 minutes to one year, or for ever if that is asked for.")
            }
            wanted = Self.end(after: seconds, at: now)
        }
        if let holder = caller.token, let end = holder.expiresAt, wanted.map({ $0 > end }) ?? true {
            throw RegistryError(.forbidden, "The token \(holder.name) may not make one that lives longer than itself.")
        }
        return wanted
    }

    // MARK: Listing and revoking

    /// Returns tokens: all of them, or those of one owner.
    ///
    /// All for administrators; an owner's own for the owner, and for tokens of theirs that nothing limits.
    public func tokens(of owner: TokenOwnerName? = nil, caller: Caller) async throws -> [TokenRecord] {
        guard let owner else {
            try permissions.requireAdministrator(caller, to: "list all tokens")
            return try await database.tokens(of: nil)
        }
        try requireWhole(caller, toManageTokensOf: owner, "list tokens")
        return try await database.tokens(of: owner)
    }

    /// Revokes a token, and all that were made with it, from the next request on; returns it.
    ///
    /// For administrators, the owner, and tokens of the owner that nothing limits; every token may revoke itself. Throws
    /// `.notFound` if there is none with this id that the caller may revoke, and `.conflict` for one that the configuration
    /// declares.
    @discardableResult
    public func revoke(_ id: Int64, caller: Caller) async throws -> TokenRecord {
        guard caller.isKnown else { throw RegistryError(.authenticationRequired, "You must log in to revoke tokens.") }
        let unknown = RegistryError(.notFound, "There is no token with the number \(id) that you may revoke.")
        if caller.token?.id != id {
            let own = TokenOwnerName(caller)
            let owner = permissions.administersServer(caller) ? nil : own
            let isLimited = (caller.token?.scope ?? .everything) != .everything
            guard permissions.administersServer(caller) || (owner != nil && !isLimited) else { throw unknown }
            guard try await database.tokens(of: owner).contains(where: { $0.id == id }) else { throw unknown }
        }
        guard let record = try await database.removeToken(id, by: ChangeAuthor(caller, at: clock.now())) else {
            throw unknown
        }
        try await freshness.ensureCurrent()
        return record
    }

    /// Ends all sessions of the person who calls, from the next request on, and returns how many there were. Tokens that
    /// they made otherwise stay.
    ///
    /// Throws `.authenticationRequired`, and `.forbidden` for who is no person and for tokens whose scope is limited.
    @discardableResult
    public func endSessions(caller: Caller) async throws -> Int {
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to end your sessions.")
        }
        guard let id = caller.personID, (caller.token?.scope ?? .everything) == .everything else {
            throw RegistryError(.forbidden, "\(caller.describedName) may not end the sessions of a person.")
        }
        let count = try await database.removeSessions(ofUserID: id, by: ChangeAuthor(caller, at: clock.now()))
        try await freshness.ensureCurrent()
        return count
    }

    /// Writes when tokens were used to the database.
    public func flush() async throws {
        try await verifier.flush()
    }

    // MARK: Service accounts

    /// Returns all service accounts; for administrators.
    public func serviceAccounts(caller: Caller) async throws -> [ServiceAccount] {
        try permissions.requireAdministrator(caller, to: "list service accounts")
        return try await database.serviceAccounts()
    }

    /// Adds a service account; for administrators. Throws `.alreadyExists`, and `.invalidRequest` for a name that none can
    /// have.
    public func addServiceAccount(_ name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "add service accounts")
        guard UserName.isValid(name) else {
            throw RegistryError(
                .invalidRequest,
                """
                The name of a service account has ASCII letters, digits and . _ @ + -, begins with a letter or digit, \
                and has at most 64 characters.
                """)
        }
        try await database.addServiceAccount(name, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Removes a service account and its tokens, from the next request on; for administrators. Throws `.notFound`, and
    /// `.conflict` if the configuration declares a token of it.
    public func removeServiceAccount(_ name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "remove service accounts")
        try await database.removeServiceAccount(name, by: ChangeAuthor(caller, at: clock.now()))
        try await freshness.ensureCurrent()
    }

    // MARK: Rights

    /// Throws if a caller may not make tokens of an owner. Returns whether the caller is the owner, or a token of the owner.
    @discardableResult
    private func require(
        _ caller: Caller, toManageTokensOf owner: TokenOwnerName, _ action: String
    ) throws -> Bool {
        if let own = TokenOwnerName(caller), own.isSame(as: owner) { return true }
        try permissions.requireAdministrator(caller, to: "\(action) of others")
        return false
    }

    private func requireWhole(_ caller: Caller, toManageTokensOf owner: TokenOwnerName, _ action: String) throws {
        try require(caller, toManageTokensOf: owner, action)
        guard let holder = caller.token, holder.scope != .everything, !permissions.administersServer(caller) else {
            return
        }
        throw RegistryError(.forbidden, "The token \(holder.name) may not \(action): its scope is limited.")
    }
}

/// A token that somebody wants.
public struct TokenOrder: Sendable {
    public var name: String
    public var owner: TokenOwnerName
    public var scope: TokenScope
    /// Nil for the usual one.
    public var lifetime: TokenLifetime?

    public init(name: String, owner: TokenOwnerName, scope: TokenScope = .everything, lifetime: TokenLifetime? = nil) {
        self.name = name
        self.owner = owner
        self.scope = scope
        self.lifetime = lifetime
    }
}

/// How long a token lives.
public enum TokenLifetime: Sendable, Hashable {
    case seconds(Int64)
    /// It ends only with its owner, or if it is revoked.
    case unlimited

    /// From 15 minutes to a year, in seconds.
    public static let range: ClosedRange<Int64> = 900...31_536_000
    /// 90 days, in seconds.
    public static let usual: Int64 = 90 * 86_400
}

/// How long a token lives that was traded for a password or for another token.
public enum SessionLifetime {
    /// From 15 minutes to 12 hours, in seconds.
    public static let range: ClosedRange<Int64> = 900...43_200
    /// An hour, in seconds.
    public static let usual: Int64 = 3600
}

/// A new token: its text is shown this once, and kept nowhere.
public struct IssuedToken: Sendable {
    public let text: TokenText
    public let record: TokenRecord

    public init(text: TokenText, record: TokenRecord) {
        self.text = text
        self.record = record
    }
}

extension TokenOwnerName {
    /// The owner of the tokens that a caller makes; nil for callers who have none.
    public init?(_ caller: Caller) {
        switch caller {
        case .anonymous, .localOperator: return nil
        case .person(let person): self = .user(person.name)
        case .token(let holder): self.init(holder.owner)
        }
    }

    /// Returns whether two names mean one owner: those of users do whatever their case.
    func isSame(as other: TokenOwnerName) -> Bool {
        if case .user(let name) = self, case .user(let otherName) = other {
            return name.lowercased() == otherName.lowercased()
        }
        return self == other
    }
}
