package import Registry

/// What `[sso.<name>]` says of a provider with which people sign in.
package struct SignOnDefinition: Sendable {
    /// The provider; its audience is the client id.
    package let issuer: IdentityIssuer
    package let clientSecret: Secret?
    /// What the login page calls it.
    package let label: String
    package let scopes: [String]
    package let nameClaim: String
    package let groupsClaim: String?
    package let adminGroup: String?
    package let required: [RequiredClaim]
    /// A PEM file of authorities that are trusted besides those of the system; it was readable.
    package let authoritiesFile: String?
    /// Other hosts than the provider's own that may be asked.
    package let hosts: Set<String>

    static let google = "https://accounts.google.com"
    /// Providers at which everybody may have an account.
    static let openToEverybody: Set = [
        google, "https://gitlab.com", "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/consumers/v2.0", "https://login.microsoftonline.com/organizations/v2.0",
        "https://appleid.apple.com",
    ]

    /// Returns the hosts on which the addresses of a provider are known to be.
    static func hosts(of url: String?) -> [String] {
        url == google ? ["oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com"] : []
    }
}
