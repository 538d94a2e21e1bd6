public import PackagingStandards

/// A provider with which people sign in (OpenID Connect), as the configuration names it.
public struct SignOnProvider: Sendable {
    /// The name of its section, which stands in addresses.
    public let name: String
    /// What people see.
    public let label: String
    let begin: @Sendable (_ returnAddress: String) async throws -> SignOnBeginning
    let finish: @Sendable (SignOnAnswer, SignOnAttempt, _ returnAddress: String) async throws -> ProvenPerson
    let recognise: @Sendable (_ identityToken: String) async throws -> TradedPerson?

    /// Takes a provider's parts.
    ///
    /// - Parameters:
    ///   - name: The name of its section.
    ///   - label: What people see.
    ///   - begin: Begins to sign somebody in. Throws `.unavailable` while the provider does not answer.
    ///   - finish: Returns who has signed in. Throws `.wrongCredentials` with the check that failed, `.forbidden` if the
    ///     provider or the configuration refuses the person, and `.unavailable`.
    ///   - recognise: Returns whom an identity token is about; nil if it is another issuer's. Throws as `finish` does.
    public init(
        name: String, label: String,
        begin: @escaping @Sendable (_ returnAddress: String) async throws -> SignOnBeginning,
        finish: @escaping @Sendable (SignOnAnswer, SignOnAttempt, _ returnAddress: String) async throws -> ProvenPerson,
        recognise: @escaping @Sendable (_ identityToken: String) async throws -> TradedPerson?
    ) {
        self.name = name
        self.label = label
        self.begin = begin
        self.finish = finish
        self.recognise = recognise
    }
}

/// How signing in begins: where the browser is sent, and what it takes along.
public struct SignOnBeginning: Sendable, Hashable {
    public let address: String
    public let attempt: SignOnAttempt

    public init(address: String, attempt: SignOnAttempt) {
        self.address = address
        self.attempt = attempt
    }
}

/// Whom an identity token is about.
public struct TradedPerson: Sendable, Hashable {
    public let person: ProvenPerson
    /// Tells the token from all others, of any issuer.
    public let id: SHA256Digest
    /// When the token has surely expired.
    public let deadAt: Timestamp

    public init(person: ProvenPerson, id: SHA256Digest, deadAt: Timestamp) {
        self.person = person
        self.id = id
        self.deadAt = deadAt
    }
}
