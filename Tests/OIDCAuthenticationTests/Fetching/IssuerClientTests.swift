import Foundation
import Registry
import Testing

@testable import OIDCAuthentication

@Suite("Fetching the keys of an issuer")
struct IssuerClientTests {
    private static let discovery = "/.well-known/openid-configuration"
    private let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer()
    }

    private func settings(_ url: String, keyHosts: Set<String> = []) -> IssuerSettings {
        IssuerSettings(
            issuer: IdentityIssuer(name: "ci", url: url, kind: .generic, audience: "cellar"), otherHosts: keyHosts)
    }

    /// Returns the keys that a client of an issuer finds, or why it finds none.
    private func keys(
        _ url: String, keyHosts: Set<String> = []
    ) async throws -> Result<KeySet, IssuerFailure> {
        let client = IssuerClient(try IssuerPlace(settings(url, keyHosts: keyHosts)))
        let found: Result<KeySet, IssuerFailure>
        do throws(IssuerFailure) {
            found = .success(try await client.keys())
        } catch {
            found = .failure(error)
        }
        await client.shutdown()
        return found
    }

    private func reason(_ url: String, keyHosts: Set<String> = []) async throws -> String {
        guard case .failure(let failure) = try await keys(url, keyHosts: keyHosts) else { return "none" }
        return failure.reason
    }

    /// Expects that a client finds no keys, and why.
    private func expect(_ text: String, of url: String, keyHosts: Set<String> = []) async throws {
        let reason = try await reason(url, keyHosts: keyHosts)
        #expect(reason.contains(text), "\(reason)")
    }

    private func describe(_ site: TestSite, issuer: String? = nil, keys: String? = nil) {
        let text = "{\"issuer\": \"\(issuer ?? site.url)\", \"jwks_uri\": \"\(keys ?? "\(site.url)/keys")\"}"
        site.set(Self.discovery, .body(text))
    }

    private var document: String {
        get throws { String(decoding: try issuer.document(issuer.published), as: UTF8.self) }
    }

    @Test("goes to the address that discovery names")
    func found() async throws {
        try await TestSite.run { site in
            describe(site)
            site.set("/keys", .body(try document))
            #expect(try await keys(site.url).get()["rsa"] != nil)
            #expect(site.asked == [Self.discovery, "/keys"])
        }
    }

    @Test("looks below the issuer's own path, with or without a slash at its end")
    func paths() async throws {
        try await TestSite.run { site in
            site.set("/keys", .body(try document))
            for url in ["\(site.url)/a/b", "\(site.url)/a/b/"] {
                site.set("/a/b\(Self.discovery)", .body("{\"issuer\": \"\(url)\", \"jwks_uri\": \"\(site.url)/keys\"}"))
                #expect(try await keys(url).get()["rsa"] != nil)
            }
        }
    }

    @Test("refuses the document of another issuer")
    func otherIssuer() async throws {
        try await TestSite.run { site in
            describe(site, issuer: "\(site.url)/")
            try await expect("says that the issuer is", of: site.url)
            #expect(site.asked == [Self.discovery])
        }
    }

    @Test("asks no host that the configuration does not name, and follows no redirect")
    func elsewhere() async throws {
        try await TestSite.run { site in
            try await TestSite.run { other in
                let address = "http://localhost:\(other.port)/keys"
                describe(site, keys: address)
                other.set("/keys", .body(try document))
                try await expect("write \"localhost\" into key_hosts", of: site.url)
                for text in ["ftp://127.0.0.1/keys", "/keys", "http://user@127.0.0.1@evil/", ""] {
                    describe(site, keys: text)
                    try await expect("no http or https address", of: site.url)
                }
                #expect(other.asked.isEmpty)
                describe(site, keys: address)
                #expect(try await keys(site.url, keyHosts: ["localhost"]).get()["rsa"] != nil)

                let before = other.asked
                site.set("/keys", .status(302, location: address))
                describe(site)
                try await expect("status 302", of: site.url, keyHosts: ["localhost"])
                #expect(other.asked == before)
            }
        }
    }

    @Test("takes bounded documents only")
    func sizes() async throws {
        try await TestSite.run { site in
            site.set(Self.discovery, .body(String(repeating: " ", count: IssuerClient.largestDiscovery + 1)))
            try await expect("larger than", of: site.url)
            describe(site)
            site.set("/keys", .body(String(repeating: " ", count: KeySet.largest + 1)))
            try await expect("larger than", of: site.url)
        }
    }

    @Test("says what is wrong with what it finds")
    func garbage() async throws {
        try await TestSite.run { site in
            try await expect("status 404", of: site.url)
            site.set(Self.discovery, .body("<html></html>"))
            try await expect("no discovery document", of: site.url)
            describe(site)
            try await expect("status 404", of: site.url)
            site.set("/keys", .body("[]"))
            try await expect("no JSON Web Key Set", of: site.url)
        }
        try await expect("cannot be asked", of: "http://127.0.0.1:1")
    }

    @Test("does not wait for ever", arguments: [TestSite.Answer.silence, .drip])
    func time(_ answer: TestSite.Answer) async throws {
        try await TestSite.run { site in
            describe(site)
            site.set("/keys", answer)
            let start = ContinuousClock.now
            _ = try await reason(site.url)
            #expect(start.duration(to: .now) < IssuerClient.timeLimit + .seconds(5))
        }
    }

    @Test("settings that cannot be are told")
    func wrongSettings() {
        let file = IssuerSettings(
            issuer: settings("https://ci.example.com").issuer, authoritiesFile: "/nonexistent.pem")
        #expect(throws: InvalidIssuerSettings.self) { try IssuerPlace(file) }
        #expect(throws: InvalidIssuerSettings.self) { try IssuerPlace(settings("ci.example.com")) }
    }
}
