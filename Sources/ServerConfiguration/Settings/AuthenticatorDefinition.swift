/// What `[authenticator]` says of the service that recognises people.
package struct AuthenticatorDefinition: Sendable {
    package let url: String
    /// What is sent as `Authorization: Bearer`; nil for nothing.
    package let secret: Secret?
    /// A PEM file of authorities that are trusted besides those of the system; nil for none.
    package let authoritiesFile: String?
    package let timeout: Duration
    /// How long a password that was right is remembered.
    package let cacheTime: Duration
    /// How long what the service said of groups and role counts.
    package let trustTime: Duration
}
