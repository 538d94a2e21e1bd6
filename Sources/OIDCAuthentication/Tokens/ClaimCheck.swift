import PackagingStandards
import Registry

/// Checks what a token with a good signature says of itself (RFC 7519 §4.1, OpenID Connect Core 1.0 §3.1.3.7).
struct ClaimCheck {
    /// How far the clocks of issuers may differ from ours.
    static let leeway: Int64 = 30_000_000
    /// How old a token may be, whatever it says of its expiry; in microseconds.
    static let longestLife: Int64 = 24 * 3600 * 1_000_000
    /// The most audiences of a token.
    static let mostAudiences = 16
    private static let longestText = 1024

    let issuer: IdentityIssuer
    let now: Timestamp

    /// Returns who the token proves somebody to be.
    ///
    /// A token without a name (`jti`) is told from others by what is signed: the signature itself can be written in
    /// several ways.
    func identity(of token: CompactToken) throws(Refusal) -> ProvenIdentity {
        guard let named = token.text("iss"), named.utf8.elementsEqual(issuer.url.utf8) else {
            throw Refusal("its issuer is another one")
        }
        guard let subject = token.text("sub"), !subject.isEmpty, subject.utf8.count <= Self.longestText else {
            throw Refusal("it names no subject")
        }
        try checkAudience(token.claims["aud"])
        let deadAt = try checkTimes(token)
        var claims: [String: ClaimValue] = [:]
        for (name, member) in token.claims { claims[name] = member.claim }
        return ProvenIdentity(issuer: issuer, claims: claims, id: try id(of: token), deadAt: deadAt)
    }

    private func checkAudience(_ member: JSONMember?) throws(Refusal) {
        let audiences: [String]
        switch member {
        case .text(let audience): audiences = [audience]
        case .texts(let several) where several.count <= Self.mostAudiences: audiences = several
        default: throw Refusal("it does not say for whom it is (aud)")
        }
        guard audiences.contains(where: { $0.utf8.elementsEqual(issuer.audience.utf8) }) else {
            throw Refusal("it is meant for somebody else: its audience must be \(issuer.audience)")
        }
    }

    /// Returns when the token has surely expired.
    private func checkTimes(_ token: CompactToken) throws(Refusal) -> Timestamp {
        let now = now.microseconds
        guard let issued = token.claims["iat"]?.microseconds else {
            throw Refusal("it does not say when it was issued (iat)")
        }
        guard let expiry = token.claims["exp"]?.microseconds else {
            throw Refusal("it does not say when it expires (exp)")
        }
        guard issued <= now + Self.leeway else {
            throw Refusal("it was issued in the future: does the clock of one of the servers go wrong?")
        }
        if let start = token.claims["nbf"] {
            guard let start = start.microseconds else { throw Refusal("it does not say from when on it is valid") }
            guard start <= now + Self.leeway else { throw Refusal("it is not valid yet") }
        }
        let end = min(expiry, issued + Self.longestLife) + Self.leeway
        guard now < end else { throw Refusal("it has expired") }
        return Timestamp(microseconds: end)
    }

    private func id(of token: CompactToken) throws(Refusal) -> SHA256Digest {
        var bytes = Array(issuer.url.utf8) + [0]
        switch token.claims["jti"] {
        case .text(let name)? where !name.isEmpty && name.utf8.count <= Self.longestText:
            bytes += Array("jti".utf8) + [0] + Array(name.utf8)
        case nil:
            bytes += Array("signed".utf8) + [0] + token.signed
        default: throw Refusal("its name (jti) is no text")
        }
        return SHA256Digest(hashing: bytes)
    }
}
