import Foundation
import PackagingStandards
import Registry
import Synchronization
import Testing

@testable import OIDCAuthentication

@Suite("Signing in with a provider")
struct LoginTests {
    private static let address = "https://login.example.com"

    private func settings(
        name: String = "preferred_username", groups: String? = "groups", admin: String? = nil,
        required: [RequiredClaim] = []
    ) -> LoginSettings {
        LoginSettings(
            issuer: IssuerSettings(
                issuer: IdentityIssuer(name: "corp", url: Self.address, kind: .generic, audience: "cellar"),
                section: "sso", hostsKey: "hosts"),
            secret: nil, scopes: ["openid"], nameClaim: name, groupsClaim: groups, adminGroup: admin,
            required: required)
    }

    private func identity(_ changes: [String: ClaimValue?] = [:]) -> ProvenIdentity {
        var claims: [String: ClaimValue] = [
            "sub": .single("248289761001"), "preferred_username": .single("ada"), "groups": .several(["dev", "ops"]),
            "email": .single("ada@example.com"), "email_verified": .single("true"), "hd": .single("example.com"),
        ]
        for (name, value) in changes { claims[name] = value }
        return ProvenIdentity(
            issuer: IdentityIssuer(name: "corp", url: Self.address, kind: .generic, audience: "cellar"), claims: claims,
            id: SHA256Digest(hashing: []), deadAt: Timestamp(microseconds: 0))
    }

    @Test("The challenge is that of RFC 7636, appendix B")
    func challenge() {
        let attempt = SignOnAttempt(
            state: "s", nonce: "n", verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(attempt.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("No two attempts are alike, and their texts fit where they are written")
    func drawing() {
        var generator = SystemRandomNumberGenerator()
        let attempts = (0..<100).map { _ in SignOnAttempt(using: &generator) }
        #expect(Set(attempts.flatMap { [$0.state, $0.nonce, $0.verifier] }).count == 300)
        for attempt in attempts {
            // RFC 7636 §4.1.
            #expect((43...128).contains(attempt.verifier.utf8.count))
            #expect(attempt.verifier.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-._~".utf8.contains($0) })
        }
    }

    @Test("Texts in queries and forms are escaped")
    func escaping() {
        #expect(FormText.encode("a-._~Z9 é&=+%") == "a-._~Z9%20%C3%A9%26%3D%2B%25")
    }

    @Test("A person is known by provider and subject, and called by a claim")
    func person() throws {
        let person = try ProvenPerson(identity(), settings())
        #expect(person.identity.description == "sso:corp https://login.example.com#248289761001")
        #expect(person.name == "ada")
        #expect(person.groups == ["dev", "ops"])
        #expect(person.isAdministrator == nil)
        #expect(try ProvenPerson(identity(), settings(groups: nil)).groups == [])
        #expect(try ProvenPerson(identity(["groups": .single("dev")]), settings()).groups == ["dev"])
        #expect(try ProvenPerson(identity(), settings(admin: "ops")).isAdministrator == true)
        #expect(try ProvenPerson(identity(["groups": nil]), settings(admin: "ops")).isAdministrator == false)
        #expect(try ProvenPerson(identity(), settings(name: "email")).name == "ada@example.com")
    }

    @Test("Somebody of whom a claim does not hold, or whose name nobody vouches for, is refused")
    func refusals() throws {
        let domain = try #require(RequiredClaim("hd=example.com"))
        let group = try #require(RequiredClaim("groups=de*"))
        _ = try ProvenPerson(identity(), settings(required: [domain, group]))
        let refused: [(ProvenIdentity, LoginSettings, String)] = [
            (identity(["hd": nil]), settings(required: [domain]), "hd must be 'example.com'"),
            (identity(["hd": .single("evil.example")]), settings(required: [domain]), "hd must be"),
            (identity(["groups": .several([])]), settings(required: [group]), "groups must be"),
            (identity(["preferred_username": nil]), settings(), "no claim preferred_username"),
            (identity(["preferred_username": .several(["ada"])]), settings(), "no claim preferred_username"),
            (identity(["email_verified": nil]), settings(name: "email"), "not verified"),
            (identity(["email_verified": .single("false")]), settings(name: "email"), "not verified"),
            (identity(["sub": .single(String(repeating: "x", count: 600))]), settings(), "too long"),
        ]
        for (identity, settings, reason) in refused {
            let error = #expect(throws: RegistryError.self) { try ProvenPerson(identity, settings) }
            #expect(error?.code == .forbidden)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
    }

    @Test("A claim that must hold is a name and a value")
    func requiredClaims() throws {
        #expect(RequiredClaim("a=b=c")?.value.matches("b=c") == true)
        for text in ["", "a", "=b", "a=", "a b=c", "a=\n"] { #expect(RequiredClaim(text) == nil, "\(text)") }
    }

    @Test("The discovery document is asked for once, again when it is old, and seldom while that fails")
    func discoveryMemory() async throws {
        let clock = Mutex(ContinuousClock.now)
        let state = Mutex((asked: 0, isDown: false))
        let memory = DiscoveryMemory(now: { clock.withLock { $0 } }) { () async throws(IssuerFailure) -> Discovery in
            let isDown = state.withLock { state in
                state.asked += 1
                return state.isDown
            }
            if isDown { throw IssuerFailure("down") }
            return Discovery(
                issuer: Self.address, keys: "", authorization: nil, token: nil, userInfo: nil,
                clientAuthentication: nil,
                namesItself: nil)
        }
        func wait(_ duration: Duration) { clock.withLock { $0 += duration } }
        for _ in 0..<3 { #expect(try await memory.document().issuer == Self.address) }
        #expect(state.withLock { $0.asked } == 1)
        wait(.seconds(601))
        state.withLock { $0.isDown = true }
        for _ in 0..<3 { #expect(try await memory.document().issuer == Self.address) }
        #expect(state.withLock { $0.asked } == 2)
        wait(.seconds(3600))
        for _ in 0..<3 { await #expect(throws: IssuerFailure("down")) { try await memory.document() } }
        #expect(state.withLock { $0.asked } == 3)
        state.withLock { $0.isDown = false }
        wait(.seconds(11))
        #expect(try await memory.document().issuer == Self.address)
    }
}
