/// The secret part of the one-time link with which the first administrator is made. It lives in memory only.
struct SetupLink: Sendable {
    /// 256 random bits in base64url (RFC 4648 §5), without padding.
    let token: String

    /// Makes a link that nobody can guess.
    init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        token = Self.base64URL(bytes)
    }

    /// The path of the link's page.
    var path: String { "/-/setup/\(token)" }

    /// Whether a text is the token; takes the same time wherever they differ.
    func matches(_ candidate: String) -> Bool {
        let left = Array(token.utf8)
        let right = Array(candidate.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var held: UInt32 = 0
        var bits = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> UInt32(bits)) & 63])
            }
        }
        if bits > 0 { text.append(alphabet[Int(held << UInt32(6 - bits)) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }
}
