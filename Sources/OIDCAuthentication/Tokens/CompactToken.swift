import PackagingStandards

/// A signed JSON Web Token in its compact form (RFC 7515 §7.1), taken apart; nothing of it has been verified.
///
/// The header only names a key of the issuer: keys and addresses of keys that it carries itself (`jwk`, `jku`, `x5c`,
/// `x5u`), and extensions that must be understood (`crit`), make a token that is refused.
struct CompactToken: Hashable {
    /// The most bytes of a token; those of CI systems have 1 to 3 KiB.
    static let longest = 16 << 10
    /// The most bytes of the name of a key.
    static let longestKeyID = 255

    /// The name of the algorithm (`alg`), which counts for nothing but a comparison with the key's own.
    let algorithm: String
    /// The name of the key (`kid`).
    let keyID: String
    let claims: [String: JSONMember]
    /// What is signed: header and claims as they were sent.
    let signed: [UInt8]
    let signature: [UInt8]

    /// - Throws: `Refusal` for what is no token, and for headers that would lead a careless reader astray.
    init(_ text: String) throws(Refusal) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest else { throw Refusal("it is longer than \(Self.longest) bytes") }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Refusal("it is no signed JSON Web Token of three parts") }
        guard let header = Base64URL.decode(parts[0]).flatMap(JSONMember.object) else {
            throw Refusal("its header cannot be read")
        }
        guard let claims = Base64URL.decode(parts[1]).flatMap(JSONMember.object) else {
            throw Refusal("its claims cannot be read")
        }
        guard let signature = Base64URL.decode(parts[2]), !signature.isEmpty else {
            throw Refusal("it has no signature")
        }
        (algorithm, keyID) = try Self.read(header)
        self.claims = claims
        self.signature = signature
        signed = Array(bytes[..<parts[2].startIndex].dropLast())
    }

    private static func read(_ header: [String: JSONMember]) throws(Refusal) -> (algorithm: String, keyID: String) {
        for name in ["crit", "jwk", "jku", "x5c", "x5u", "b64"] where header[name] != nil {
            throw Refusal("its header has \(name), which no issuer here needs")
        }
        if let type = header["typ"] {
            guard case .text(let name) = type, name.utf8.map(ASCII.lowercased).elementsEqual("jwt".utf8) else {
                throw Refusal("its header says that it is something else than a JSON Web Token")
            }
        }
        guard case .text(let algorithm) = header["alg"] else { throw Refusal("its header names no algorithm") }
        guard case .text(let keyID) = header["kid"], !keyID.isEmpty, keyID.utf8.count <= longestKeyID else {
            throw Refusal("its header names no key")
        }
        return (algorithm, keyID)
    }

    /// Returns a claim that is a text, or nil if there is none.
    func text(_ claim: String) -> String? {
        guard case .text(let text) = claims[claim] else { return nil }
        return text
    }
}
