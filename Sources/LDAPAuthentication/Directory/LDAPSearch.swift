import Registry

/// Finds people and their groups; blocks.
struct LDAPSearch {
    /// Somebody's entry, and the server that has it, which is the one to ask for the password.
    struct Found {
        let entry: LDAPEntry
        let server: LDAPServer
    }

    /// How many addresses of referrals are followed for one search.
    private static let mostReferrals = 8

    let settings: LDAPSettings
    /// Lends a connection to a server on which the service user has bound.
    let connect: (LDAPServer) throws(LDAPFailure) -> LDAPConnection

    /// The attributes that say who somebody is.
    var attributes: [String] {
        var names = [settings.nameAttribute, settings.idAttribute]
        if case .attribute(let name) = settings.groups { names.append(name) }
        if case .field(let name, _) = settings.administrators { names.append(name) }
        return names
    }

    /// Returns up to two people whom a filter finds below a base, at a server and those that it refers to.
    func people(_ filter: String, below base: String, at server: LDAPServer) throws(LDAPFailure) -> [Found] {
        var found: [Found] = []
        var places = [(server: server, base: base)]
        var visited = 0
        while visited < places.count, visited <= Self.mostReferrals, found.count < 2 {
            let place = places[visited]
            visited += 1
            let connection = try connect(place.server)
            let findings = try connection.search(
                place.base, isDeep: true, filter: filter, attributes: attributes, limit: 2)
            found += findings.entries.map { Found(entry: $0, server: place.server) }
            guard settings.followsReferrals else { continue }
            for text in findings.references {
                guard let next = self.place(of: text, from: place.base),
                    !places.contains(where: { $0.server == next.server && $0.base == next.base })
                else { continue }
                places.append(next)
            }
        }
        return found
    }

    /// Returns where a referral leads, if that is a server of the configuration: to no other is the service user's
    /// password sent.
    private func place(of text: String, from base: String) -> (server: LDAPServer, base: String)? {
        guard let reference = LDAPReference(text) else { return nil }
        let known = settings.servers.filter { $0.host == reference.host && $0.port == reference.port }
        guard let server = known.first(where: { ($0.encryption == .tls) == reference.isEncrypted }) else { return nil }
        return (server, reference.base ?? base)
    }

    /// Returns what the directory says of somebody. Throws if their entry lacks what identifies them.
    func describe(
        _ entry: LDAPEntry, user: String?, isWatched: Bool, on connection: LDAPConnection
    ) throws(LDAPFailure) -> ProvenPerson {
        let subject = entry.values[settings.idAttribute.lowercased()]?.first.flatMap {
            LDAPSubject.text(of: $0, attribute: settings.idAttribute)
        }
        guard let subject, let identity = OutsideIdentity(.ldap, subject: subject) else {
            throw LDAPFailure(
                code: LDAPFailure.unusableEntry, action: "reading \(entry.name)",
                message: "there is no \(settings.idAttribute) that can be used (ldap.id_attribute)")
        }
        let name = entry.texts(of: settings.nameAttribute).first ?? user ?? ""
        let groups = try groups(of: entry, named: name, on: connection)
        return ProvenPerson(
            identity, name: name, groups: groups.map(\.first), isAdministrator: isAdministrator(entry, groups),
            isWatched: isWatched)
    }

    private func groups(
        of entry: LDAPEntry, named name: String, on connection: LDAPConnection
    ) throws(LDAPFailure) -> [Group] {
        switch settings.groups {
        case .none: return []
        case .attribute(let attribute):
            return entry.texts(of: attribute).compactMap { text in
                LDAPName(text).map { Group(first: $0.first, folded: $0.folded) }
            }
        case .search(let base, let filter, let attribute):
            let filled =
                filter
                .replacing("{dn}", with: LDAPEscaping.filterValue(entry.name))
                .replacing("{username}", with: LDAPEscaping.filterValue(name))
            let findings = try connection.search(
                base, isDeep: true, filter: filled, attributes: [attribute], limit: ProvenPerson.mostGroups)
            return findings.entries.compactMap { group in
                group.texts(of: attribute).first.map { Group(first: $0, folded: LDAPName(group.name)?.folded ?? "") }
            }
        }
    }

    private func isAdministrator(_ entry: LDAPEntry, _ groups: [Group]) -> Bool? {
        switch settings.administrators {
        case .undecided: return nil
        case .field(let attribute, let value):
            return entry.texts(of: attribute).contains { $0.lowercased() == value.lowercased() }
        case .group(let name):
            guard name.contains("=") else { return groups.contains { $0.first.lowercased() == name.lowercased() } }
            let wanted = LDAPName(name)?.folded
            return groups.contains { $0.folded == wanted }
        }
    }

    /// A group of the directory, by its name and by its whole name in one spelling.
    private struct Group {
        let first: String
        let folded: String
    }
}
