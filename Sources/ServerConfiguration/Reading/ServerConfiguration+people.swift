import PackagingStandards
import Registry

extension ServerConfiguration {
    /// Reads the users, and checks that their names can be those of users, and no two are one.
    static func readPeople(
        _ written: [(name: String, place: ConfigurationPlace)], _ reader: inout SettingsReader
    ) -> [DeclaredPerson] {
        var people: [DeclaredPerson] = []
        for (name, place) in written {
            let hash = reader.secret(DeclaredKeys.passwordHash, named: name)
            let isAdministrator = reader.value(of: DeclaredKeys.isAdministrator, named: name)
            if !UserName.isValid(name) {
                reader.fail(Self.explain("user", name), at: place)
            } else if let namesake = people.first(where: { $0.name.lowercased() == name.lowercased() }) {
                reader.fail(
                    "users.\(name) and users.\(namesake.name) are one user: case does not distinguish names", at: place)
            } else if hash == nil, !reader.isWritten(DeclaredKeys.passwordHash, named: name),
                !reader.isWritten(DeclaredKeys.passwordHash.fileKey, named: name)
            {
                reader.fail(
                    "users.\(name) needs password_hash or password_hash_file: `cellar hash-password` makes a hash",
                    at: place)
            }
            checkFirstAdministrator(name, place, &reader)
            people.append(
                DeclaredPerson(name: name, passwordHash: hash?.reveal() ?? "", isAdministrator: isAdministrator))
        }
        return people
    }

    /// Refuses a declared user of the name that `admin_password` makes: one of the two would never count.
    private static func checkFirstAdministrator(
        _ name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader
    ) {
        let keys: [any DeclaredKey] = [DeclaredKeys.adminPassword, DeclaredKeys.adminPassword.fileKey]
        guard name.lowercased() == "admin", let key = keys.first(where: { reader.isWritten($0) }) else { return }
        reader.fail(
            "users.\(name) declares the user that \(key.displayName) makes: take \(key.displayName) out, and write admin "
                + "= true here if an administrator is meant",
            at: place)
    }

    static func readGroups(_ names: [String], _ reader: inout SettingsReader) -> [String: [String]] {
        var groups: [String: [String]] = [:]
        for name in names {
            if !UserName.isValid(name) {
                reader.fail(Self.explain("group", name), at: reader.place(of: DeclaredKeys.group, named: name))
            }
            groups[name] = reader.value(of: DeclaredKeys.group, named: name)
        }
        return groups
    }

    static func explain(_ kind: String, _ name: String) -> String {
        "\(kind)s.\(name): the name of a \(kind) has ASCII letters, digits and . _ @ + -, begins with a letter or digit, "
            + "and has 64 characters at most"
    }

    // MARK: Grants

    /// Reads the grants, and checks that all that they name is declared, too: a file that says who may do what says also
    /// who that is, and works with any database.
    static func readGrants(
        _ written: WrittenSettings, _ reader: inout SettingsReader, people: [DeclaredPerson], groups: [String: [String]]
    ) -> [DeclaredGrant] {
        let grants = reader.value(of: DeclaredKeys.grantedRights)
        let services = written.tokens.compactMap { token -> String? in
            let path = DeclaredKeys.tokenService.path(named: token.name)
            guard case .text(let service)? = written.values[path]?.raw else { return nil }
            return service
        }
        var items: [DeclaredGrant: Int] = [:]
        var counts: [GrantScope: Int64] = [:]
        for (item, grant) in grants.enumerated() {
            let problem =
                problem(
                    with: grant.principal, people: people.map(\.name), groups: groups.keys.sorted(), services: services)
                ?? problem(with: grant.scope.index, indexes: written.indexes.map(\.name))
                ?? items[folded(grant)].map { "says the same as item \($0 + 1)" }
            items[folded(grant)] = item
            counts[grant.scope, default: 0] += 1
            if let problem { fail("item \(item + 1) \(problem)", item, &reader) }
            if counts[grant.scope] == GrantRecord.mostOnOneScope + 1 {
                fail(
                    "has more than \(GrantRecord.mostOnOneScope) grants on \(grant.scope): grant to a group instead",
                    item,
                    &reader)
            }
        }
        return grants
    }

    private static func fail(_ message: String, _ item: Int, _ reader: inout SettingsReader) {
        let key = DeclaredKeys.grantedRights
        reader.fail("\(key.displayName) \(message)", at: reader.place(ofItem: item, of: key, named: nil))
    }

    /// Returns the same grant to everybody who gets the same: names of users and service accounts are alike whatever their
    /// case.
    private static func folded(_ grant: DeclaredGrant) -> DeclaredGrant {
        switch grant.principal {
        case .user(let name): DeclaredGrant(grant.right, to: .user(name.lowercased()), on: grant.scope)
        case .service(let name): DeclaredGrant(grant.right, to: .service(name.lowercased()), on: grant.scope)
        case .everyone, .authenticated, .group: grant
        }
    }

    /// Checks that a principal can be named.
    ///
    /// - Parameters:
    ///   - principal: Who is named.
    ///   - people: The users of `[users]`.
    ///   - groups: The groups of `[groups]`.
    ///   - services: The service accounts that own a token of `[tokens]`.
    ///   - command: What does the same for others.
    /// - Returns: Why it cannot, as what follows the name of the key; nil if it can.
    static func problem(
        with principal: Principal, people: [String], groups: [String], services: [String],
        command: String = "cellar grant"
    ) -> String? {
        switch principal {
        case .everyone, .authenticated: return nil
        case .service(let name):
            guard !services.contains(where: { $0.lowercased() == name.lowercased() }) else { return nil }
            let meant = nearest(to: name, among: services).map { "did you mean service:\($0)?" }
            return "names the service account \(quoted(name)), which owns no token of [tokens]; "
                + (meant ?? "declare one with service = \(quoted(name)), or use `\(command)`")
        case .user(let name):
            guard !people.contains(where: { $0.lowercased() == name.lowercased() }) else { return nil }
            let meant = nearest(to: name, among: people)
            let advice =
                meant.map { "did you mean user:\($0)?" } ?? "declare the user in [users.\(name)], or use `\(command)`"
            return "names the user \(quoted(name)), whom [users] does not have; \(advice)"
        case .group(let name):
            guard !groups.contains(name) else { return nil }
            let meant = nearest(to: name, among: groups)
            let advice = meant.map { "did you mean group:\($0)?" } ?? "add \(name) = [\"<user>\", …] to [groups]"
            return "names the group \(quoted(name)), which [groups] does not have; \(advice)"
        }
    }

    static func problem(with index: IndexName?, indexes: [String]) -> String? {
        guard let name = index?.description, !indexes.contains(name) else { return nil }
        let advice = nearest(to: name, among: indexes).map { "did you mean \($0)?" }
        return "names the index \(quoted(name)), which the server does not have; "
            + (advice ?? "there are \(indexes.joined(separator: ", "))")
    }
}
