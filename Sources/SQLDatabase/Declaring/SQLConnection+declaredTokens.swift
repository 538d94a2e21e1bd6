import PackagingStandards
import Registry

/// The tokens that the configuration declares.
extension SQLConnection {
    /// Returns the declared tokens in the form of `DeclaredToken.folded`.
    func declaredTokens() throws -> Set<DeclaredToken> {
        Set(try storedDeclaredTokens().map(\.token))
    }

    /// Adds the service accounts that shall own declared tokens and are not there yet.
    func declareServiceAccounts(of tokens: [DeclaredToken], by change: ChangeAuthor) throws {
        for token in tokens {
            guard case .service(let name) = token.owner, try serviceID(named: name) == nil else { continue }
            try addServiceAccount(name, by: change)
        }
    }

    /// Makes some tokens, whose owners are there, the only declared ones.
    func declareTokens(_ wanted: [DeclaredToken], by change: ChangeAuthor) throws {
        let present = try storedDeclaredTokens()
        let kept = Set(wanted.map(\.folded)).intersection(present.map(\.token))
        for stored in present where !kept.contains(stored.token) { try revoke(stored.record, by: change) }
        for token in wanted where !kept.contains(token.folded) { try declare(token, by: change) }
    }

    private func storedDeclaredTokens() throws -> [(record: TokenRecord, token: DeclaredToken)] {
        try all(TokenStatements.declared) { row in
            let record = try TokenRecord(row)
            let token = DeclaredToken(
                name: record.name, owner: record.owner, digest: try row.requiredDigest(15),
                scope: record.scope, expiresAt: record.expiresAt)
            return (record, token.folded)
        }
    }

    private func declare(_ token: DeclaredToken, by change: ChangeAuthor) throws {
        let owner = try tokenOwner(named: token.owner)
        let inTheWay = try all(
            """
            SELECT id FROM access_tokens
            WHERE secret_digest = ?1 OR (owner_kind = ?2 AND owner_id = ?3 AND name = ?4 AND is_session = 0)
            """, SQLValue(token.digest), .text(owner.kind), .integer(owner.id), .text(token.name)
        ) { $0.integer(0) }
        for id in inTheWay {
            if let record = try self.token(withID: id) {
                try revoke(record, by: change)
            } else {
                // Its owner is gone, so that no list shows it.
                try removeToken(withID: id)
            }
        }
        let new = NewToken(
            digest: token.digest, name: token.name, owner: token.owner, scope: token.scope, expiresAt: token.expiresAt)
        guard let id = try insert(new, ownedBy: owner, isDeclared: true, by: change) else {
            throw StoredValue.contradiction("a token of its own", token.name)
        }
        try recordMaking(ofToken: id, by: change)
    }
}

extension DeclaredToken {
    /// The same token for all spellings of its owner: names of users and service accounts are alike whatever their case.
    var folded: DeclaredToken {
        let owner: TokenOwnerName =
            switch owner {
            case .user(let name): .user(UserFolding.fold(name))
            case .service(let name): .service(UserFolding.fold(name))
            case .group, .publisher: owner
            }
        return DeclaredToken(name: name, owner: owner, digest: digest, scope: scope, expiresAt: expiresAt)
    }
}
