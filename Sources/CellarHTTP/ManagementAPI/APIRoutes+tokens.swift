import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct NewToken: APIBody {
        static let members: Set = ["name", "owner", "rights", "indexes", "projects", "expires_in", "never_expires"]
        let name: String
        let owner: String?
        let rights: [String]?
        let indexes: [String]?
        let projects: [String]?
        let expires_in: Int64?
        let never_expires: Bool?
    }

    private struct NewSession: APIBody {
        static let members: Set = ["expires_in", "identity_token"]
        var expires_in: Int64?
        var identity_token: String?
    }

    private struct NewServiceAccount: APIBody {
        static let members: Set = ["name"]
        let name: String
    }

    // MARK: Tokens

    func addToken() async throws -> Response {
        let sent = try await body(NewToken.self, or: nil)
        guard sent.expires_in == nil || sent.never_expires != true else {
            throw RegistryError(.invalidRequest, "expires_in and never_expires exclude each other.")
        }
        let lifetime = sent.never_expires == true ? TokenLifetime.unlimited : sent.expires_in.map { .seconds($0) }
        let issued = try await registry.tokens.issue(
            TokenOrder(
                name: sent.name, owner: try owner(sent.owner),
                scope: TokenScope(
                    rights: try sent.rights.map { Set(try $0.map(Self.right)) },
                    indexes: try sent.indexes.map { Set(try $0.map(Self.index)) },
                    projects: try sent.projects.map { Set(try $0.map(Self.project)) }),
                lifetime: lifetime),
            caller: caller)
        return Self.issued(issued)
    }

    func openSession() async throws -> Response {
        let sent = try await body(NewSession.self, or: NewSession())
        var owner = caller
        if let token = sent.identity_token {
            guard caller == .anonymous else {
                throw RegistryError(.wrongCredentials, "Send credentials or identity_token, not both.")
            }
            owner = .person(try await registry.singleSignOn.person(of: token))
        }
        return Self.issued(
            try await registry.tokens.openSession(
                lasting: sent.expires_in ?? SessionLifetime.usual, caller: owner))
    }

    func listTokens() async throws -> Response {
        let asked = try queryText("owner").map(Self.owner)
        let own = registry.permissions.administersServer(caller) ? nil : try owner(nil)
        let found = try await registry.tokens.tokens(of: asked ?? own, caller: caller)
        return Self.json { json in
            json.key("tokens")
            json.array { json in
                for record in found {
                    json.object { json in record.writeMembers(into: &json) }
                }
            }
        }
    }

    func revokeToken(_ id: Int64) async throws -> Response {
        let removed = try await registry.tokens.revoke(id, caller: caller)
        return Self.json { json in
            json.key("removed")
            json.integer(removed.id)
        }
    }

    private static func issued(_ issued: IssuedToken) -> Response {
        json(status: .created) { json in
            json.member("token", issued.text.reveal())
            issued.record.writeMembers(into: &json)
        }
    }

    /// Returns the owner that a member names, or the caller's own.
    private func owner(_ text: String?) throws -> TokenOwnerName {
        if let text { return try Self.owner(text) }
        guard let own = TokenOwnerName(caller) else {
            throw RegistryError(.authenticationRequired, "You must log in to use tokens.")
        }
        return own
    }

    private static func owner(_ text: String) throws -> TokenOwnerName {
        guard let owner = Principal(text).flatMap(TokenOwnerName.init) else {
            throw RegistryError(.invalidRequest, "owner must be user:<name>, group:<name> or service:<name>.")
        }
        return owner
    }

    // MARK: Service accounts

    func listServiceAccounts() async throws -> Response {
        let accounts = try await registry.tokens.serviceAccounts(caller: caller)
        return Self.json { json in
            json.key("service_accounts")
            json.array { json in
                for account in accounts {
                    json.object { json in
                        json.member("name", account.name)
                        json.key("created_at")
                        json.timestamp(account.createdAt)
                    }
                }
            }
        }
    }

    func addServiceAccount() async throws -> Response {
        let sent = try await body(NewServiceAccount.self, or: nil)
        try await registry.tokens.addServiceAccount(sent.name, caller: caller)
        return Self.json(status: .created) { json in json.member("name", sent.name) }
    }

    func removeServiceAccount(_ name: String) async throws -> Response {
        try await registry.tokens.removeServiceAccount(name, caller: caller)
        return Self.json { json in json.member("removed", name) }
    }
}

extension TokenRecord {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        func list(_ key: String, _ names: [String]?, _ json: inout JSONWriter) {
            guard let names else { return json.member(key, nil as String?) }
            json.key(key)
            json.array { json in
                for name in names.sorted() { json.string(name) }
            }
        }
        func moment(_ key: String, _ moment: Timestamp?, _ json: inout JSONWriter) {
            guard let moment else { return json.member(key, nil as String?) }
            json.key(key)
            json.timestamp(moment)
        }
        json.key("id")
        json.integer(id)
        json.member("name", name)
        json.member("owner", owner.description)
        list("rights", scope.rights?.map(\.rawValue), &json)
        list("indexes", scope.indexes?.map(\.description), &json)
        list("projects", scope.projects?.map(\.description), &json)
        json.key("session")
        json.boolean(isSession)
        json.key("declared")
        json.boolean(isDeclared)
        json.member("created_by", createdBy)
        moment("created_at", createdAt, &json)
        moment("expires_at", expiresAt, &json)
        moment("last_used_at", lastUsedAt, &json)
    }
}
