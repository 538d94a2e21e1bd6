import Crypto
import CryptoExtras
import Foundation
import PackagingStandards
import Registry
import Testing

@testable import OIDCAuthentication

@Suite("The verification of identity tokens")
struct VerificationTests {
    private let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer()
    }

    /// Expects that a token is refused for a reason.
    private func expectRefusal(_ token: String, _ reason: String) async {
        let error = await #expect(throws: RegistryError.self) { try await issuer.verifier().identity(in: token) }
        #expect(error?.code == .wrongCredentials)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("A good token proves what it says", arguments: ["curve", "rsa"])
    func good(_ kid: String) async throws {
        let claims = TestIssuer.claims([
            "number": 7, "flag": true, "list": ["a", "b"], "object": ["a": 1], "fraction": 1.5, "nothing": NSNull(),
        ])
        let identity = try await issuer.verifier().identity(in: issuer.token(claims, kid: kid))
        #expect(identity.issuer == issuer.issuer)
        #expect(identity.text("sub") == "job")
        #expect(identity.claims["number"] == .single("7"))
        #expect(identity.claims["flag"] == .single("true"))
        #expect(identity.claims["list"] == .several(["a", "b"]))
        #expect(identity.claims["object"] == nil)
        #expect(identity.claims["fraction"] == nil)
        #expect(identity.deadAt == TestIssuer.now.adding(microseconds: 300_000_000 + ClaimCheck.leeway))
    }

    @Test("A token is told from others by its name, or by what is signed")
    func ids() async throws {
        let verifier = issuer.verifier()
        func id(_ changes: [String: Any?]) async throws -> PackagingStandards.SHA256Digest {
            try await verifier.identity(in: issuer.token(TestIssuer.claims(changes))).id
        }
        #expect(try await id([:]) == id(["sub": "other"]))
        #expect(try await id([:]) != id(["jti": "two"]))
        let nameless = try issuer.token(TestIssuer.claims(["jti": nil]))
        let first = try await verifier.identity(in: nameless).id
        // The same claims, signed again: ECDSA makes another signature each time.
        let again = nameless.prefix { $0 != "." } + "." + nameless.split(separator: ".")[1]
        let signature = try issuer.curve.signature(for: Data(again.utf8)).rawRepresentation
        let second = "\(again).\(TestIssuer.encode(signature))"
        #expect(second != nameless)
        #expect(try await verifier.identity(in: second).id == first)
        #expect(try await id(["jti": nil, "sub": "other"]) != first)
    }

    // MARK: Headers

    @Test("A header that would lead a careless reader astray is refused")
    func headers() async throws {
        for name in ["crit", "jwk", "jku", "x5c", "x5u", "b64"] {
            await expectRefusal(try issuer.token(header: [name: "x"]), "its header has \(name)")
        }
        await expectRefusal(try issuer.token(header: ["typ": "logout+jwt"]), "something else")
        await expectRefusal(try issuer.token(header: ["alg": nil]), "no algorithm")
        await expectRefusal(try issuer.token(header: ["kid": nil]), "names no key")
        await expectRefusal(try issuer.token(header: ["kid": ""]), "names no key")
        await expectRefusal(try issuer.token(header: ["kid": String(repeating: "a", count: 256)]), "names no key")
        for kid in ["../../dev/null", "' OR 1=1 --", "Curve", "curve\u{0}", "none"] {
            await expectRefusal(try issuer.token(header: ["kid": kid]), "no key of the name")
        }
        #expect(try await issuer.verifier().identity(in: issuer.token(header: ["typ": nil])).text("sub") == "job")
        #expect(try await issuer.verifier().identity(in: issuer.token(header: ["typ": "jwt"])).text("sub") == "job")
        #expect(try await issuer.verifier().identity(in: issuer.token(header: ["x5t": "x"])).text("sub") == "job")
    }

    @Test(
        "Only the algorithm of the key counts",
        arguments: ["none", "None", "nOnE", "HS256", "RS256", "ES384", "es256", "PS256", "EdDSA", ""])
    func algorithms(_ algorithm: String) async throws {
        await expectRefusal(try issuer.token(header: ["alg": algorithm]), "its signature is not that of")
    }

    @Test("A public key is no shared secret")
    func confusion() async throws {
        let document = try issuer.document(issuer.published)
        let secrets = [Array(issuer.rsa.publicKey.pemRepresentation.utf8), document, [], Array("x".utf8)]
        for secret in secrets {
            let header = ["alg": "HS256", "typ": "JWT", "kid": "rsa"]
            let signed = try TestIssuer.segment(header) + "." + TestIssuer.segment(TestIssuer.claims())
            let mac = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))
            await expectRefusal("\(signed).\(TestIssuer.encode(Data(mac)))", "its signature is not that of")
        }
    }

    @Test("A signature of another key, of other bytes or of none is refused")
    func signatures() async throws {
        let parts = try issuer.token().split(separator: ".").map(String.init)
        let other = try TestIssuer().token().split(separator: ".").map(String.init)
        await expectRefusal("\(parts[0]).\(parts[1]).\(other[2])", "its signature is not that of")
        let changed = try TestIssuer.segment(TestIssuer.claims(["sub": "other"]))
        await expectRefusal("\(parts[0]).\(changed).\(parts[2])", "its signature is not that of")
        let zero = TestIssuer.encode([UInt8](repeating: 0, count: 64))
        await expectRefusal("\(parts[0]).\(parts[1]).\(zero)", "its signature is not that of")
        await expectRefusal("\(parts[0]).\(parts[1]).", "no signature")
        await expectRefusal("\(parts[0]).\(parts[1])", "three parts")
    }

    @Test("What is no token is refused without a look at any key")
    func malformed() async throws {
        let good = try issuer.token()
        let parts = good.split(separator: ".").map(String.init)
        let verifier = issuer.verifier()
        var texts = [
            "", ".", "..", "...", "a.b.c", good + ".", "." + good, good + "=", good + "\n", " " + good,
            "\(parts[0])=.\(parts[1]).\(parts[2])", "\(parts[0]).\(parts[1]).\(parts[2])+",
            "\(TestIssuer.encode(Array("[]".utf8))).\(parts[1]).\(parts[2])",
            "\(TestIssuer.encode([0xFF, 0xFE])).\(parts[1]).\(parts[2])",
            "\(parts[0]).\(TestIssuer.encode(Array("7".utf8))).\(parts[2])",
            good + String(repeating: "A", count: CompactToken.longest),
            try issuer.token(TestIssuer.claims(["deep": 1])).replacing(".", with: "。"),
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8.random(in: 32...126) }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        for text in texts {
            await #expect(throws: RegistryError.self, "\(text.prefix(200))") { try await verifier.identity(in: text) }
        }
        #expect(issuer.fetches == 0)
    }

    @Test("Any single byte of a token that is changed makes it bad")
    func changed() async throws {
        let verifier = issuer.verifier()
        let good = Array(try issuer.token().utf8)
        for place in good.indices {
            var bytes = good
            bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: bytes, as: UTF8.self)
            await #expect(throws: RegistryError.self, "\(place)") { try await verifier.identity(in: text) }
        }
    }

    @Test("None of 10,000 random and mangled tokens proves anything")
    func mangled() async throws {
        let verifier = issuer.verifier()
        let good = try issuer.token()
        let parts = good.split(separator: ".").map(String.init)
        let foreign = try TestIssuer().token().split(separator: ".").map(String.init)
        var generator = SystemRandomNumberGenerator()
        func random(_ count: Int) -> String {
            TestIssuer.encode(Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
        }
        for number in 0..<10_000 {
            let text: String
            switch number % 8 {
            case 0: text = [random(30), random(90), random(64)].joined(separator: ".")
            case 1: text = [parts[0], random(90), parts[2]].joined(separator: ".")
            case 2: text = [parts[0], parts[1], random(64)].joined(separator: ".")
            case 3: text = [foreign[0], parts[1], foreign[2]].joined(separator: ".")
            case 4: text = String(good.dropLast(Int.random(in: 1..<good.utf8.count, using: &generator)))
            case 5: text = good + random(Int.random(in: 1...9, using: &generator))
            case 6: text = parts.shuffled(using: &generator).joined(separator: "..")
            default: text = random(Int.random(in: 1...400, using: &generator))
            }
            let error = await #expect(throws: RegistryError.self, "\(text)") { try await verifier.identity(in: text) }
            #expect(error?.code == .wrongCredentials)
        }
        #expect(try await verifier.identity(in: good).text("sub") == "job")
    }

    // MARK: Claims

    private static var mistakes: [(String, Any?, String)] {
        [
            ("iss", nil, "names no issuer"), ("iss", 7, "names no issuer"),
            ("iss", "https://ci.example.com/", "none of those"), ("iss", "https://CI.example.com", "none of those"),
            ("iss", "https://evil.example.com", "none of those"), ("sub", nil, "no subject"), ("sub", "", "no subject"),
            ("sub", String(repeating: "x", count: 1025), "no subject"), ("aud", nil, "for whom"),
            ("aud", 7, "for whom"),
            ("aud", ["a": "cellar"], "for whom"), ("aud", "somebody-else", "somebody else"),
            ("aud", "Cellar", "somebody"),
            ("aud", [String](), "somebody else"), ("aud", ["a", "b"], "somebody else"),
            ("aud", [String](repeating: "cellar", count: 17), "for whom"), ("aud", ["cellar", 7] as [Any], "for whom"),
            ("iat", nil, "when it was issued"), ("iat", "\(TestIssuer.seconds)", "when it was issued"),
            ("iat", TestIssuer.seconds + 31, "in the future"), ("iat", -5, "when it was issued"),
            ("exp", nil, "when it expires"), ("exp", "\(TestIssuer.seconds + 300)", "when it expires"),
            ("exp", TestIssuer.seconds - 30, "has expired"), ("exp", 1e300, "when it expires"),
            ("nbf", TestIssuer.seconds + 31, "not valid yet"), ("nbf", "0", "from when on"), ("jti", 7, "its name"),
            ("jti", "", "its name"), ("jti", String(repeating: "x", count: 1025), "its name"),
            ("iat", TestIssuer.seconds - 24 * 3600 - 30, "has expired"),
        ]
    }

    @Test("A claim that is missing, of another kind or wrong is told", arguments: 0..<mistakes.count)
    func claims(_ number: Int) async throws {
        let (name, value, reason) = Self.mistakes[number]
        await expectRefusal(try issuer.token(TestIssuer.claims([name: value])), reason)
    }

    @Test(
        "Clocks may differ by half a minute",
        arguments: [("exp", -29), ("nbf", 30), ("iat", 30), ("iat", -24 * 3600 - 29)])
    func leeway(_ claim: String, _ offset: Int) async throws {
        let claims = TestIssuer.claims([claim: TestIssuer.seconds + offset])
        let identity = try await issuer.verifier().identity(in: issuer.token(claims))
        #expect(identity.deadAt > TestIssuer.now)
    }

    @Test("A token that would live for years lives for a day")
    func longLife() async throws {
        let claims = TestIssuer.claims(["exp": TestIssuer.seconds * 2, "nbf": nil])
        let identity = try await issuer.verifier().identity(in: issuer.token(claims))
        #expect(identity.deadAt <= TestIssuer.now.adding(microseconds: ClaimCheck.longestLife + ClaimCheck.leeway))
        let audiences = TestIssuer.claims(["aud": ["a", "cellar"]])
        #expect(try await issuer.verifier().identity(in: issuer.token(audiences)).text("sub") == "job")
    }
}
