package import Registry

/// What the configuration says of a provider with which people sign in (OpenID Connect).
package struct LoginSettings: Sendable {
    /// The provider; its audience is this server's client id there.
    package let issuer: IssuerSettings
    /// The secret of this server there; nil for a public client, which PKCE alone protects.
    package let secret: String?
    /// What is asked for; `openid` is among them.
    package let scopes: [String]
    /// The claim whose value people are to be called by here.
    package let nameClaim: String
    /// The claim with the names of people's groups; nil for none.
    package let groupsClaim: String?
    /// The group whose members are administrators; nil if the provider does not decide about that.
    package let adminGroup: String?
    /// Claims that must hold of whoever signs in.
    package let required: [RequiredClaim]

    package init(
        issuer: IssuerSettings, secret: String?, scopes: [String], nameClaim: String, groupsClaim: String?,
        adminGroup: String?, required: [RequiredClaim]
    ) {
        self.issuer = issuer
        self.secret = secret
        self.scopes = scopes
        self.nameClaim = nameClaim
        self.groupsClaim = groupsClaim
        self.adminGroup = adminGroup
        self.required = required
    }
}
