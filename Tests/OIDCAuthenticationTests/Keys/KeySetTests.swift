import Foundation
import Testing

@testable import OIDCAuthentication

@Suite("Published keys")
struct KeySetTests {
    private let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer()
    }

    private func names(_ keys: [[String: String]]) async throws -> [String] {
        let set = try await KeySet(issuer.document(keys))
        return keys.compactMap { $0["kid"] }.filter { set[$0] != nil }
    }

    @Test("have the algorithm that they say, or the one of their kind")
    func algorithms() async throws {
        let set = try await KeySet(issuer.document(issuer.published))
        #expect(set["curve"]?.algorithm == "ES256")
        #expect(set["rsa"]?.algorithm == "RS256")
        #expect(set["other"] == nil)
        var silent = try issuer.published[1]
        silent["alg"] = nil
        #expect(try await KeySet(issuer.document([silent]))["rsa"]?.algorithm == "RS256")
        var other = try issuer.published[1]
        other["alg"] = "PS384"
        #expect(try await KeySet(issuer.document([other]))["rsa"]?.algorithm == "PS384")
    }

    /// Changes that make a key one that cannot be used.
    private static let changes: [(Int, String, String?)] = [
        (0, "kty", "oct"), (0, "kty", "RSA"), (0, "crv", "P-384"), (0, "crv", "secp256k1"), (0, "x", nil),
        (0, "x", "AAAA"), (0, "alg", "HS256"), (0, "alg", "ES384"), (0, "use", "enc"), (0, "kid", nil), (0, "kid", ""),
        (0, "kid", String(repeating: "a", count: 256)), (0, "d", "AAAA"), (1, "n", "AQAB"), (1, "n", nil),
        (1, "e", String(repeating: "A", count: 7)), (1, "n", String(repeating: "A", count: 1367)),
        (1, "alg", "HS256"), (1, "alg", "none"), (1, "alg", "ES256"), (1, "alg", "RSA-OAEP"),
    ]

    @Test("that cannot be used are left out", arguments: 0..<changes.count)
    func unusable(_ number: Int) async throws {
        let (place, member, value) = Self.changes[number]
        var keys = try issuer.published
        keys[place][member] = value
        #expect(try await names(keys) == [place == 0 ? "rsa" : "curve"])
    }

    @Test("are one for each name, and a bounded number")
    func bounds() async throws {
        var other = try TestIssuer().published[0]
        other["kid"] = "rsa"
        var keys = try issuer.published
        keys.append(other)
        #expect(try await KeySet(issuer.document(keys))["rsa"]?.algorithm == "RS256")
        let many = [[String: String]](repeating: other, count: KeySet.mostKeys + 1)
        await #expect(throws: IssuerFailure.self) { try await KeySet(issuer.document(many)) }
    }

    @Test("are a document of keys", arguments: ["", "{}", "[]", "{\"keys\": 7}", "{\"keys\": []}", "<html></html>"])
    func documents(_ text: String) async {
        await #expect(throws: IssuerFailure.self) { try await KeySet(Array(text.utf8)) }
    }

    @Test("are read beside others that are not")
    func others() async throws {
        let keys = try JSONEncoder().encode(issuer.published[0])
        let text = "{\"keys\": [7, {}, {\"kty\": 1}, \(String(decoding: keys, as: UTF8.self))]}"
        #expect(try await KeySet(Array(text.utf8))["curve"] != nil)
    }
}
