package import Registry

/// What the configuration says of an issuer.
package struct IssuerSettings: Sendable, Hashable {
    package let issuer: IdentityIssuer
    /// The section of the configuration, for messages: `issuer` or `sso`.
    package let section: String
    /// A PEM file of authorities that are trusted besides those of the system; nil for none.
    package let authoritiesFile: String?
    /// Hosts other than the issuer's own that may be asked.
    package let otherHosts: Set<String>
    /// The setting that names them, for messages.
    package let hostsKey: String

    package init(
        issuer: IdentityIssuer, section: String = "issuer", authoritiesFile: String? = nil,
        otherHosts: Set<String> = [], hostsKey: String = "key_hosts"
    ) {
        self.issuer = issuer
        self.section = section
        self.authoritiesFile = authoritiesFile
        self.otherHosts = otherHosts
        self.hostsKey = hostsKey
    }
}

/// An error in the settings of an issuer.
package struct InvalidIssuerSettings: Error, Sendable, Hashable, CustomStringConvertible {
    /// The path of the setting, such as `issuer.github.url`.
    package let key: String
    /// What is wrong and what is expected.
    package let message: String

    init(_ settings: IssuerSettings, _ key: String, _ message: String) {
        self.key = "\(settings.section).\(settings.issuer.name).\(key)"
        self.message = message
    }

    package var description: String { "\(key): \(message)" }
}
