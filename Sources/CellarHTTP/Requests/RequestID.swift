import HTTPTypes
import Hummingbird
import PackagingStandards

/// The id of a request, in its answer, in the access log and in the audit.
enum RequestID {
    static let header = HTTPField.Name("X-Request-Id")

    /// Returns the id that a trusted proxy has given the request, or a new one.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - isFromTrustedProxy: Whether the peer is a proxy whose `X-…` headers are trusted.
    /// - Returns: At most 64 letters, digits and `-._`.
    static func of(_ request: Request, isFromTrustedProxy: Bool) -> String {
        if isFromTrustedProxy, let header, let given = request.headers[header], isUsable(given) { return given }
        return HexCoding.encode(withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) })
    }

    private static func isUsable(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "_")
            }
    }
}
