/// What a browser takes along while its user signs in elsewhere: what comes back must fit it.
public struct SignOnAttempt: Sendable, Hashable {
    /// Comes back in the address: no other site can have begun this (RFC 6749 §10.12).
    public let state: String
    /// Comes back in the identity token: it was made for this attempt (OpenID Connect Core 1.0 §3.1.2.1).
    public let nonce: String
    /// Shows that whoever exchanges the code has asked for it (RFC 7636 §4.1).
    public let verifier: String

    public init(state: String, nonce: String, verifier: String) {
        self.state = state
        self.nonce = nonce
        self.verifier = verifier
    }
}

/// What a browser brings back from the provider, in the query of the address to which that sent it.
public struct SignOnAnswer: Sendable, Hashable {
    public let state: String?
    public let code: String?
    /// Who sent the browser back (RFC 9207).
    public let issuer: String?
    /// Why there is no code (RFC 6749 §4.1.2.1).
    public let error: String?
    public let errorDescription: String?

    public init(
        state: String?, code: String?, issuer: String? = nil, error: String? = nil, errorDescription: String? = nil
    ) {
        self.state = state
        self.code = code
        self.issuer = issuer
        self.error = error
        self.errorDescription = errorDescription
    }
}
