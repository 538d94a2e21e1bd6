/// How a directory is asked about people.
package struct LDAPSettings: Sendable {
    /// Where the entry of a person is.
    package enum People: Sendable {
        /// Somewhere below a base: searched for by a filter in which `{username}` stands for the user name.
        case search(base: String, filter: String)
        /// At a distinguished name in which `{username}` stands for the user name; nobody searches.
        case format(String)
    }

    /// Where the groups of a person are found.
    package enum Groups: Sendable {
        /// Nowhere.
        case none
        /// In an attribute of the person's entry, which holds the distinguished names of groups.
        case attribute(String)
        /// By a search with a filter in which `{dn}` stands for the person's distinguished name and `{username}` for
        /// their name; `name` is the attribute that holds the name of a group.
        case search(base: String, filter: String, name: String)
    }

    /// What makes an administrator.
    package enum Administrators: Sendable {
        /// Nothing in the directory does.
        case undecided
        /// Membership of a group, by its distinguished name, or by its name alone.
        case group(String)
        /// A value of an attribute of the person's entry.
        case field(String, value: String)
    }

    /// The servers, the first of which is asked unless it does not answer.
    package var servers: [LDAPServer]
    /// A PEM file of authorities; nil for those of the system.
    package var authoritiesFile: String?
    /// Who searches; nil for nobody in particular.
    package var service: (name: String, password: String)?
    package var people: People
    package var groups: Groups
    package var administrators: Administrators
    /// The attribute that holds the user name.
    package var nameAttribute: String
    /// The attribute that holds what never changes and is never given to anybody else.
    package var idAttribute: String
    /// Whether referrals to the servers above are followed; those to others never are.
    package var followsReferrals: Bool
    /// How long connecting may take, and one answer.
    package var connectTimeout: Duration
    package var timeout: Duration

    package init(
        servers: [LDAPServer], authoritiesFile: String? = nil, service: (name: String, password: String)? = nil,
        people: People, groups: Groups = .attribute("memberOf"), administrators: Administrators = .undecided,
        nameAttribute: String = "uid", idAttribute: String = "entryUUID", followsReferrals: Bool = false,
        connectTimeout: Duration = .seconds(5), timeout: Duration = .seconds(10)
    ) {
        self.servers = servers
        self.authoritiesFile = authoritiesFile
        self.service = service
        self.people = people
        self.groups = groups
        self.administrators = administrators
        self.nameAttribute = nameAttribute
        self.idAttribute = idAttribute
        self.followsReferrals = followsReferrals
        self.connectTimeout = connectTimeout
        self.timeout = timeout
    }
}

/// A server of a directory.
package struct LDAPServer: Sendable, Hashable, CustomStringConvertible {
    /// How a connection is kept from strangers.
    package enum Encryption: Sendable, Hashable {
        /// Not at all.
        case none
        /// By StartTLS, before anything else is sent.
        case startTLS
        /// By TLS from the first byte on.
        case tls
    }

    /// A host name or an address, in lowercase and without brackets.
    package let host: String
    package let port: Int
    package let encryption: Encryption

    package init(host: String, port: Int, encryption: Encryption) {
        self.host = host.lowercased()
        self.port = port
        self.encryption = encryption
    }

    /// The address as libldap takes it.
    package var description: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(encryption == .tls ? "ldaps" : "ldap")://\(name):\(port)"
    }
}
