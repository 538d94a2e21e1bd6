package import Registry

/// What `[issuer.<name>]` says of an issuer of identity tokens.
package struct IssuerDefinition: Sendable {
    package let issuer: IdentityIssuer
    /// A PEM file of authorities that are trusted besides those of the system; it was readable.
    package let authoritiesFile: String?
    /// Other hosts than the issuer's own on which its keys may be.
    package let keyHosts: Set<String>

    static let gitHub = "https://token.actions.githubusercontent.com"

    /// Returns the address of the one public issuer of a kind; nil if there are others.
    static func publicURL(of kind: IssuerKind) -> String? {
        switch kind {
        case .gitHub: gitHub
        case .gitLab: "https://gitlab.com"
        case .google: "https://accounts.google.com"
        case .buildkite: "https://agent.buildkite.com"
        case .forgejo, .generic: nil
        }
    }

    /// Returns the hosts on which the keys of a kind of issuer are known to be.
    static func keyHosts(of kind: IssuerKind) -> [String] {
        kind == .google ? ["www.googleapis.com"] : []
    }
}
