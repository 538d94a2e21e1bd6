package import Registry

/// What the configuration says of an issuer.
package struct IssuerSettings: Sendable, Hashable {
    package let issuer: IdentityIssuer
    /// A PEM file of authorities that are trusted besides those of the system; nil for none.
    package let authoritiesFile: String?
    /// Hosts other than the issuer's own on which its keys may be.
    package let keyHosts: Set<String>

    package init(issuer: IdentityIssuer, authoritiesFile: String? = nil, keyHosts: Set<String> = []) {
        self.issuer = issuer
        self.authoritiesFile = authoritiesFile
        self.keyHosts = keyHosts
    }
}

/// An error in the settings of an issuer.
package struct InvalidIssuerSettings: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the issuer's section.
    package let issuer: String
    /// The setting in it.
    package let key: String
    /// What is wrong and what is expected.
    package let message: String

    package var description: String { "issuer.\(issuer).\(key): \(message)" }
}
