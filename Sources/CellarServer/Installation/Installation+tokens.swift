import PackagingStandards
import Registry
import ServerConfiguration

/// The token that a command asks for.
public struct TokenWish: Sendable {
    public var name: String
    public var owner: TokenOwnerWish
    /// None for all of the owner's.
    public var rights: [String]
    /// None for all; with projects, for `main`.
    public var indexes: [String]
    /// None for all.
    public var projects: [String]
    /// Such as `12h`, or `never`; nil for 90 days.
    public var expires: String?

    public init(
        name: String, owner: TokenOwnerWish, rights: [String], indexes: [String], projects: [String], expires: String?
    ) {
        self.name = name
        self.owner = owner
        self.rights = rights
        self.indexes = indexes
        self.projects = projects
        self.expires = expires
    }
}

/// Whose tokens a command is about: at most one of the three.
public struct TokenOwnerWish: Sendable {
    public var user: String?
    public var group: String?
    public var service: String?

    public init(user: String?, group: String?, service: String?) {
        self.user = user
        self.group = group
        self.service = service
    }

    /// Returns the owner; nil if none is named. Throws `.usage` for two, and for what can be no name.
    fileprivate func owner() throws -> TokenOwnerName? {
        let named = [
            user.map(TokenOwnerName.user), group.map(TokenOwnerName.group), service.map(TokenOwnerName.service),
        ].compactMap(\.self)
        guard named.count < 2 else {
            throw CommandFailure(.usage, "A token has one owner: a user, a group or a service account.")
        }
        for name in [user, group, service].compactMap(\.self) where !UserName.isValid(name) {
            throw CommandFailure(.usage, "\(name) cannot be a name: it has ASCII letters, digits and . _ @ + -.")
        }
        return named.first
    }
}

extension Installation {
    /// Makes a token, and prints it alone; makes the service account that shall own it, if there is none.
    public func createToken(_ wish: TokenWish) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let lifetime = try Self.lifetime(wish.expires)
            let rights = try wish.rights.map(Self.right)
            let projects = try wish.projects.map(Self.project)
            // Without an owner it is a machine's: an index token or a project token.
            let owner = try wish.owner.owner() ?? .service(wish.name)
            let (issued, isNew) = try await usingRights { parts in
                let names = wish.indexes.isEmpty && !projects.isEmpty ? [IndexName.main.description] : wish.indexes
                let indexes = try names.map { try Self.index($0, in: parts) }
                let tokens = parts.registry.tokens
                let isNew = try await Self.makeServiceAccount(owner, tokens)
                let order = TokenOrder(
                    name: wish.name, owner: owner,
                    scope: TokenScope(
                        rights: rights.isEmpty ? nil : Set(rights), indexes: indexes.isEmpty ? nil : Set(indexes),
                        projects: projects.isEmpty ? nil : Set(projects)),
                    lifetime: lifetime)
                return (try await tokens.issue(order, caller: .localOperator), isNew)
            }
            let record = issued.record
            if isNew { console.notify("Added the service account \(owner).") }
            console.notify(
                "\(record.owner) has the token \(record.name) now: \(record.scope), \(Self.ending(of: record)).")
            if case .service = owner {
                console.notify(
                    "It may do what lists and grants give \(owner): see `cellar grant add` and `cellar why-access`.")
            }
            console.notify("This is the only time that it is shown:")
            console.print(issued.text.reveal())
        }
    }

    /// Prints all tokens, or those of one owner.
    public func listTokens(of owner: TokenOwnerWish) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let owner = try owner.owner()
            let records = try await usingRights { parts in
                try await parts.registry.tokens.tokens(of: owner, caller: .localOperator)
            }
            guard !records.isEmpty else { return console.notify("There are no such tokens.") }
            let idWidth = (records.map { "\($0.id)".count }.max() ?? 0) + 3
            let nameWidth = (records.map(\.name.count).max() ?? 0) + 2
            let ownerWidth = (records.map { $0.owner.description.count }.max() ?? 0) + 2
            for record in records {
                let use = record.lastUsedAt.map { "last used on \(Self.day(of: $0))" } ?? "not used yet"
                let place = record.isDeclared ? ", in the configuration" : ""
                console.print(
                    """
                    \("#\(record.id)".padding(to: idWidth))\(record.name.padding(to: nameWidth))\
                    \(record.owner.description.padding(to: ownerWidth))\(record.scope), \(Self.ending(of: record)), \(use)\
                    \(place)
                    """)
            }
        }
    }

    /// Revokes a token by its name, or by its number, such as `#12`.
    public func revokeToken(_ name: String, of owner: TokenOwnerWish) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let owner = try owner.owner()
            let revoked = try await usingRights { parts in
                let tokens = parts.registry.tokens
                let found = try await tokens.tokens(of: owner, caller: .localOperator).filter { record in
                    name == "#\(record.id)" || (record.name == name && !record.isSession)
                }
                guard let record = found.first else {
                    let nobody = owner.map { "\($0) has no" } ?? "There is no"
                    throw CommandFailure(.failed, "\(nobody) token \(name).")
                }
                guard found.count == 1 else {
                    throw CommandFailure(
                        .usage,
                        """
                        \(found.map(\.owner.description).joined(separator: ", ")) have a token \(name): say whose, with \
                        --user, --group or --service.
                        """)
                }
                return try await tokens.revoke(record.id, caller: .localOperator)
            }
            console.notify("Revoked the token \(revoked.name) of \(revoked.owner), and all that were made with it.")
        }
    }

    /// Prints the hash of a token that is read from one line of standard input, or asked for if that is a terminal; or makes
    /// a token, prints it alone, and says its hash.
    public func hashToken(isNew: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            if isNew {
                var generator = SystemRandomNumberGenerator()
                let token = TokenText(using: &generator)
                console.notify("A new token, which counts as soon as a server has its hash in [tokens.<name>]:")
                console.notify("hash = \"\(token.digest)\"")
                return console.print(token.reveal())
            }
            let line = console.isInteractive ? console.readSecret("Token: ") : console.readLine()
            guard let line, !line.isEmpty else {
                throw CommandFailure(.usage, "No token was given: pass it on standard input, or make one with --new.")
            }
            guard let token = TokenText(Array(line.utf8)) else {
                throw CommandFailure(
                    .usage,
                    """
                    That is no token, or not all of it: its checksum is wrong. Copy all of it, from cellar_ on, or make \
                    one with --new.
                    """)
            }
            console.print("\(token.digest)")
        }
    }

    // MARK: Service accounts

    /// Adds a service account.
    public func addServiceAccount(named name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await usingRights { try await $0.registry.tokens.addServiceAccount(name, caller: .localOperator) }
            console.notify("Added the service account service:\(name).")
        }
    }

    /// Prints all service accounts.
    public func listServiceAccounts() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let accounts = try await usingRights {
                try await $0.registry.tokens.serviceAccounts(caller: .localOperator)
            }
            guard !accounts.isEmpty else { return console.notify("There are no service accounts yet.") }
            let width = (accounts.map(\.name.count).max() ?? 0) + 2
            for account in accounts {
                console.print("\(account.name.padding(to: width))since \(Self.day(of: account.createdAt))")
            }
        }
    }

    /// Removes a service account and its tokens.
    public func removeServiceAccount(named name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await usingRights { try await $0.registry.tokens.removeServiceAccount(name, caller: .localOperator) }
            console.notify("Removed the service account service:\(name) and its tokens.")
        }
    }

    // MARK: Words

    /// Adds the service account that shall own a token. Returns false if it is there, or the owner is another one.
    private static func makeServiceAccount(_ owner: TokenOwnerName, _ tokens: Tokens) async throws -> Bool {
        guard case .service(let name) = owner else { return false }
        do {
            try await tokens.addServiceAccount(name, caller: .localOperator)
            return true
        } catch let error as RegistryError where error.code == .alreadyExists {
            return false
        }
    }

    private static func lifetime(_ text: String?) throws -> TokenLifetime? {
        guard let text else { return nil }
        if text == "never" { return .unlimited }
        guard let seconds = TimeLength.read(text)?.components.seconds, TokenLifetime.range.contains(seconds) else {
            throw CommandFailure(
                .usage, "--expires must be from 15m to 365d, such as 12h or 30d, or never; not \(text).")
        }
        return .seconds(seconds)
    }

    private static func ending(of record: TokenRecord) -> String {
        guard let end = record.expiresAt else { return "never expires" }
        return "\(end < .now() ? "expired" : "expires") at \(end.iso8601.prefix(16))Z"
    }
}
