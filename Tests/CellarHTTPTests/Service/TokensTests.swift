import FoundationEssentials
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

/// Tokens of every kind and scope at every address. Alice may read `acme-core`, and reads and writes `secret`.
@Suite("Tokens, at every address")
struct TokensTests {
    private static func scopes() throws -> [(name: String, scope: TokenScope)] {
        let core = try #require(NormalizedName("Acme_Core"))
        let absent = try #require(NormalizedName("not-yet"))
        let secret = HTTPFixture.secret
        return [
            ("everything", .everything),
            ("read", TokenScope(rights: [.read])),
            ("write", TokenScope(rights: [.write, .create])),
            ("read-main", TokenScope(rights: [.read], indexes: [.main])),
            ("all-secret", TokenScope(indexes: [secret])),
            ("read-core", TokenScope(rights: [.read], indexes: [.main], projects: [core])),
            ("all-absent", TokenScope(projects: [absent])),
        ]
    }

    /// Owners, and whether they read `acme-core`, and `secret`.
    private static let owners: [(name: TokenOwnerName, readsCore: Bool, readsSecret: Bool)] = [
        (.user("alice"), true, true), (.user("bob"), false, false), (.user("root"), true, true),
        (.group("dev"), true, false), (.service("ci"), false, false),
    ]

    private static func withProjects(
        _ test: @Sendable (HTTPFixture, PublishedWheel, PublishedWheel, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await HTTPFixture.run { fixture in
            let core = try await fixture.publishWheel("acme_core")
            try await fixture.publishWheel("open")
            let secret = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            try await fixture.restrict("acme-core", to: ["alice"])
            _ = try await fixture.token("first", of: .group("dev"))
            let pattern = try #require(NamePattern("acme-core"))
            _ = try await fixture.registry.granting.add(
                .read, to: .group("dev"), on: .projects(.main, pattern), caller: .localOperator)
            try await fixture.ask { client in try await test(fixture, core, secret, client) }
        }
    }

    private static func addresses(_ wheel: PublishedWheel) -> [String] {
        let (index, name) = (wheel.index, wheel.name.replacing("_", with: "-"))
        return [
            "/\(index)/simple/\(name)/", "/pypi/\(index)/simple/\(name)/", "/\(index)/+simple/\(name)/",
            "/\(index)/pypi/\(name)/json", "/\(index)/pypi/\(name)/1.0/json", wheel.address,
            wheel.address + ".metadata", "/api/v1/indexes/\(index)/projects/\(wheel.name)",
            "/api/v1/indexes/\(index)/projects/\(name.uppercased())/releases/1.0",
            "/api/v1/indexes/\(index)/projects/\(name)/files/\(wheel.filename)",
        ]
    }

    @Test("a token reads what its owner reads, within its scope, at every address and however it is sent")
    func reading() async throws {
        try await Self.withProjects { fixture, core, secret, client in
            for (owner, readsCore, readsSecret) in Self.owners {
                for (name, scope) in try Self.scopes() {
                    let token = try await fixture.token(name, of: owner, scope: scope)
                    let inCore = ["everything", "read", "read-main", "read-core"].contains(name)
                    let inSecret = ["everything", "read", "all-secret"].contains(name)
                    let headers: [HTTPFields] = [
                        .token(token), [.authorization: "Bearer \(token)"],
                        [try #require(HTTPField.Name("PRIVATE-TOKEN")): token],
                    ]
                    for (number, path) in (Self.addresses(core) + Self.addresses(secret)).enumerated() {
                        let isReadable = number < 10 ? readsCore && inCore : readsSecret && inSecret
                        let answer = try await client.execute(
                            uri: path, method: .get, headers: headers[number % headers.count])
                        #expect(
                            answer.status.code == (isReadable ? 200 : 404), "\(owner) \(name) \(path)")
                    }
                    // What everyone reads, whatever the scope.
                    let open = try await client.execute(uri: "/main/simple/open/", method: .get, headers: .token(token))
                    #expect(open.status == .ok)
                    let list = try await client.execute(uri: "/main/simple/", method: .get, headers: .token(token))
                    #expect(
                        String(buffer: list.body).contains("acme-core") == (readsCore && inCore), "\(owner) \(name)")
                    #expect(String(buffer: list.body).contains("open"))
                }
            }
        }
    }

    @Test("a token publishes, yanks and deletes what its owner may, within its scope")
    func writing() async throws {
        try await Self.withProjects { fixture, _, _, client in
            for (number, (name, scope)) in try Self.scopes().enumerated() {
                let token = try await fixture.token(name, of: .user("alice"), scope: scope)
                for (path, project, isAllowed) in [
                    ("/main/", "new_\(number)", ["everything", "write"].contains(name)),
                    ("/secret/", "new_\(number)", ["everything", "write", "all-secret"].contains(name)),
                    ("/main/", "not_yet", ["everything", "write", "all-absent"].contains(name)),
                ] {
                    let wheel = try TestWheel.make(project, "1.\(number)")
                    var headers = HTTPFields.token(token)
                    headers[.contentType] = "multipart/form-data; boundary=\(UploadBody.boundary)"
                    let answer = try await client.execute(
                        uri: path, method: .post, headers: headers, body: UploadBody(wheel: wheel).buffer)
                    #expect(
                        answer.status == .ok || !isAllowed, "\(name) \(path) \(project) \(String(buffer: answer.body))")
                    #expect([403, 404].contains(answer.status.code) || isAllowed, "\(name) \(path) \(answer.status)")
                }
                let file = "/api/v1/indexes/main/projects/open/releases/1.0"
                let yank = try await client.execute(uri: file + "/yank", method: .put, headers: .token(token))
                #expect(yank.status == (["everything", "write"].contains(name) ? .ok : .forbidden), "\(name)")
            }
            let reader = try await fixture.token("r", of: .user("alice"), scope: TokenScope(rights: [.read, .write]))
            let all = try await fixture.token("a", of: .user("alice"))
            for (token, status) in [(reader, 403), (all, 200)] {
                let path = "/api/v1/indexes/main/projects/open/releases/1.0"
                let answer = try await client.execute(uri: path, method: .delete, headers: .token(token))
                #expect(answer.status.code == status)
            }
        }
    }

    @Test("a token is refused in words: mistyped, unknown, expired, or beside another credential")
    func refused() async throws {
        try await Self.withProjects { fixture, _, _, client in
            let token = try await fixture.token("t", of: .user("alice"))
            let header = try #require(HTTPField.Name("PRIVATE-TOKEN"))
            var random = SystemRandomNumberGenerator()
            let unknown = TokenText(using: &random).reveal()
            let cases: [(HTTPFields, String)] = [
                (.token(String(token.dropLast())), "mistyped"), (.token(token + "0"), "mistyped"),
                ([.authorization: "Bearer \(token.dropLast())!"], "mistyped"), (.token("cellar_secret"), "mistyped"),
                (.token(unknown), "no such token"), ([header: unknown], "no such token"),
                ([.authorization: "Bearer abc"], "begin with cellar_"), ([header: "glpat-abc"], "begin with cellar_"),
                (HTTPFields.basic("alice").with(header, token), "different credentials"),
                (HTTPFields.token(unknown).with(header, token), "different credentials"),
            ]
            for (headers, word) in cases {
                let answer = try await client.execute(uri: "/secret/simple/", method: .get, headers: headers)
                #expect(answer.status == .unauthorized)
                #expect(String(buffer: answer.body).contains(word), "\(String(buffer: answer.body))")
                // They count as none on what everyone reads.
                let open = try await client.execute(uri: "/main/simple/open/", method: .get, headers: headers)
                #expect(open.status == .ok)
            }
        }
    }

    @Test("a tag behind the user name is in the access log, and the name of the owner")
    func tags() async throws {
        try await Self.withProjects { fixture, _, _, client in
            let token = try await fixture.token("t", of: .user("alice"))
            for (user, logged) in [
                ("__token__", "alice"), ("ci+billing", "alice+billing"), ("alice", "alice"), ("bob", "alice"),
                ("alice+x", "alice+x"), ("", "alice"), ("+nightly", "alice+nightly"), ("a+b c", "alice"),
            ] {
                _ = try await client.execute(
                    uri: "/main/simple/open/", method: .get, headers: .token(token, user: user))
                #expect(fixture.log.lines.last { $0.contains("user=") }?.contains("user=\(logged)") == true, "\(user)")
            }
        }
    }
}
