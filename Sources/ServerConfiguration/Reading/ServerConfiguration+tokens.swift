import PackagingStandards
import Registry

extension ServerConfiguration {
    /// Reads the tokens, and checks that their owners and indexes are declared, too, and that each is a token of its own.
    static func readTokens(
        _ written: WrittenSettings, _ reader: inout SettingsReader, people: [DeclaredPerson], groups: [String: [String]]
    ) -> [DeclaredToken] {
        var tokens: [DeclaredToken] = []
        var counts: [String: Int64] = [:]
        for (name, place) in written.tokens {
            if !UserName.isValid(name) { reader.fail(explain("token", name), at: place) }
            let owner = readOwner(of: name, place, &reader, people: people, groups: groups)
            let digest = readDigest(of: name, place, &reader, others: tokens)
            let scope = readScope(of: name, place, &reader, indexes: written.indexes.map(\.name))
            let end = reader.value(of: DeclaredKeys.tokenEnd, named: name)
            if end == nil, !reader.isWritten(DeclaredKeys.tokenEnd, named: name) {
                reader.fail(
                    "tokens.\(name) needs expires: a date such as \"2027-03-31\", or \"never\"", at: place)
            }
            guard let owner, let digest, let end else { continue }
            counts[owner.description.lowercased(), default: 0] += 1
            if counts[owner.description.lowercased()] == TokenRecord.mostOfOneOwner + 1 {
                reader.fail("\(owner) has more than \(TokenRecord.mostOfOneOwner) tokens", at: place)
            }
            tokens.append(
                DeclaredToken(name: name, owner: owner, digest: digest, scope: scope, expiresAt: end.moment))
        }
        return tokens
    }

    private static func readOwner(
        of name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader, people: [DeclaredPerson],
        groups: [String: [String]]
    ) -> TokenOwnerName? {
        let keys: [(key: ConfigurationKey<String?>, principal: (String) -> Principal)] = [
            (DeclaredKeys.tokenUser, Principal.user), (DeclaredKeys.tokenGroup, Principal.group),
            (DeclaredKeys.tokenService, Principal.service),
        ]
        let isWritten = keys.filter { reader.isWritten($0.key, named: name) }
        guard let first = isWritten.first else {
            reader.fail(
                "tokens.\(name) needs user, group or service: whose token it is, and whose rights it has", at: place)
            return nil
        }
        for other in isWritten.dropFirst() {
            reader.fail(
                "tokens.\(name) has \(first.key.name) and \(other.key.name): a token has one owner",
                at: reader.place(of: other.key, named: name))
        }
        let named = keys.map { ($0, reader.value(of: $0.key, named: name)) }
        guard let (key, owner) = named.first(where: { $0.1 != nil }), let owner else { return nil }
        let principal = key.principal(owner)
        let problem = problem(
            with: principal, people: people.map(\.name), groups: groups.keys.sorted(),
            services: [owner], command: "cellar token create")
        if let problem {
            reader.fail("tokens.\(name).\(key.key.name) \(problem)", at: reader.place(of: key.key, named: name))
        }
        return TokenOwnerName(principal)
    }

    private static func readDigest(
        of name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader, others: [DeclaredToken]
    ) -> SHA256Digest? {
        let (key, fileKey) = (DeclaredKeys.tokenHash, DeclaredKeys.tokenHash.fileKey)
        guard let digest = reader.secret(key, named: name).flatMap({ SHA256Digest(hex: $0.reveal()) }) else {
            if !reader.isWritten(key, named: name), !reader.isWritten(fileKey, named: name) {
                reader.fail(
                    "tokens.\(name) needs hash or hash_file: `cellar token hash` prints the hash of a token, and with "
                        + "--new makes one",
                    at: place)
            }
            return nil
        }
        if let twin = others.first(where: { $0.digest == digest }) {
            reader.fail(
                "tokens.\(name) and tokens.\(twin.name) have one hash: each needs a token of its own", at: place)
        }
        return digest
    }

    private static func readScope(
        of name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader, indexes known: [String]
    ) -> TokenScope {
        let rights = list(DeclaredKeys.tokenRights, of: name, &reader)
        var indexes = list(DeclaredKeys.tokenIndexes, of: name, &reader)
        let projects = list(DeclaredKeys.tokenProjects, of: name, &reader)
        for (item, index) in (indexes ?? []).enumerated() {
            guard let problem = problem(with: index, indexes: known) else { continue }
            let key = DeclaredKeys.tokenIndexes
            reader.fail(
                "tokens.\(name).indexes item \(item + 1) \(problem)",
                at: reader.place(ofItem: item, of: key, named: name))
        }
        if projects != nil, indexes == nil {
            indexes = [.main]
            if !known.contains(IndexName.main.description) {
                reader.fail(
                    "tokens.\(name).projects means those of the index main, which the server does not have: name others "
                        + "in tokens.\(name).indexes",
                    at: reader.place(of: DeclaredKeys.tokenProjects, named: name))
            }
        }
        return TokenScope(
            rights: rights.map(Set.init), indexes: indexes.map(Set.init), projects: projects.map(Set.init))
    }

    /// Returns what a key limits a token to; nil if it is not written.
    private static func list<Element>(
        _ key: ConfigurationKey<[Element]?>, of name: String, _ reader: inout SettingsReader
    ) -> [Element]? {
        guard let items = reader.value(of: key, named: name) else { return nil }
        let setting = "tokens.\(name).\(key.name)"
        if items.isEmpty {
            reader.fail(
                "\(setting) is empty, so that the token may do nothing: take the key out if it shall not limit it",
                at: reader.place(of: key, named: name))
        }
        if items.count > TokenScope.mostNames {
            reader.fail(
                "\(setting) has more than \(TokenScope.mostNames) names", at: reader.place(of: key, named: name))
        }
        return items
    }
}

extension TokenEnd {
    /// Nil for never.
    fileprivate var moment: Timestamp? {
        switch self {
        case .at(let moment): moment
        case .never: nil
        }
    }
}
