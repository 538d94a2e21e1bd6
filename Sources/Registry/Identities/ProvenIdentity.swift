public import PackagingStandards

/// What an identity token says, after its signature, issuer, audience and times have been verified.
public struct ProvenIdentity: Sendable, Hashable {
    public let issuer: IdentityIssuer
    /// What it says, by the names of the claims.
    public let claims: [String: ClaimValue]
    /// Tells the token from all others, of any issuer.
    public let id: SHA256Digest
    /// When the token has surely expired, whatever the clocks say: then it need not be remembered any longer.
    public let deadAt: Timestamp

    public init(issuer: IdentityIssuer, claims: [String: ClaimValue], id: SHA256Digest, deadAt: Timestamp) {
        self.issuer = issuer
        self.claims = claims
        self.id = id
        self.deadAt = deadAt
    }

    /// Returns a claim that is one text, number or truth value, as text; nil if there is none.
    public func text(_ claim: String) -> String? {
        guard case .single(let text) = claims[claim] else { return nil }
        return text
    }
}

/// The value of a claim, as text. Objects, and lists of anything but texts, are no values.
public enum ClaimValue: Sendable, Hashable {
    /// A text, a whole number in decimal digits, `true` or `false`.
    case single(String)
    case several([String])

    /// Returns whether the value, or one of several, is as a pattern says.
    func matches(_ pattern: TextPattern) -> Bool {
        switch self {
        case .single(let text): pattern.matches(text)
        case .several(let texts): texts.contains(where: pattern.matches)
        }
    }
}
