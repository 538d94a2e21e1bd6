/// Proves who the jobs of CI systems are.
public struct IdentityProofs: Sendable {
    /// The issuers whose tokens are accepted; without any, nobody trades tokens here.
    public let issuers: [IdentityIssuer]
    /// For whom clients are to ask for a token; nil without issuers.
    public let audience: String?
    /// Verifies an identity token. Throws `.wrongCredentials` with the check that failed, and `.unavailable` while the keys
    /// of its issuer cannot be fetched.
    let verify: @Sendable (_ token: String) async throws -> ProvenIdentity

    public init(
        issuers: [IdentityIssuer], audience: String?,
        verify: @escaping @Sendable (_ token: String) async throws -> ProvenIdentity
    ) {
        self.issuers = issuers
        self.audience = audience
        self.verify = verify
    }

    /// Accepts no issuer.
    public static let none = IdentityProofs(issuers: [], audience: nil) { _ in
        throw RegistryError(.wrongCredentials, "This server accepts identity tokens of no issuer.")
    }
}
