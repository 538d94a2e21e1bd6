import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import WebPages

/// Who is answered at which address: the addresses are those that the router has, so that a new one is looked at, too.
@Suite("The pages of duties")
struct DutyAccessTests {
    /// Something that stands for each part of a path.
    private static let parts = [
        "id": "7", "name": "ada", "user": "ada", "index": "main", "project": "acme", "version": "1.0",
        "filename": "acme-1.0.tar.gz", "provider": "none", "secret": "none", "token": "none",
    ]

    private static func filled(_ path: String) -> String {
        path.split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return String(part) }
            return parts[String(part.dropFirst().dropLast())] ?? "x"
        }.reduce("") { $0 + "/" + $1 }
    }

    private static func paths(
        _ parts: WebPagesFixture.Parts, _ method: HTTPRequest.Method, where isMeant: (String) -> Bool
    ) -> [String] {
        parts.addresses.filter { $0.method == method && isMeant($0.path) }.map { filled($0.path) }
    }

    private static func isAdministrators(_ path: String) -> Bool { path.hasPrefix("/admin") }

    private static func isManaging(_ path: String) -> Bool { path.contains("/manage") }

    @Test("lead strangers to sign in, and refuse who is no administrator")
    func administrators() async throws {
        try await WebPagesFixture().run { parts in
            let user = try await parts.add("bob")
            let root = try await parts.add("root", isAdministrator: true)
            let paths = Self.paths(parts, .get, where: Self.isAdministrators)
            #expect(paths.count > 25)
            for path in paths {
                let stranger = try await parts.get(path)
                #expect(stranger.status == .seeOther, "\(path)")
                #expect(stranger.headers[.location]?.hasSuffix("login?next=\(path)") == true, "\(path)")
                #expect(try await parts.get(path, session: user).status == .forbidden, "\(path)")
                let status = try await parts.get(path, session: root).status
                // What there is no example of, and the way to a name.
                #expect([.ok, .notFound, .badRequest, .unprocessableContent].contains(status), "\(path) \(status)")
            }
        }
    }

    @Test("change nothing for who is no administrator, and without the form's own token")
    func forms() async throws {
        try await WebPagesFixture().run { parts in
            let user = try await parts.add("bob")
            let root = try await parts.add("root", isAdministrator: true)
            let paths = Self.paths(parts, .post) { Self.isAdministrators($0) || Self.isManaging($0) }
            #expect(paths.count > 25)
            let before = try await parts.registry.database.audit(limit: 100, before: nil)
            for path in paths {
                // A form without a token, with that of another session, and from another person.
                let bare = try await parts.client.execute(
                    uri: path, method: .post,
                    headers: [
                        .contentType: "application/x-www-form-urlencoded", .cookie: "session=\(root)",
                    ])
                #expect(bare.status == .forbidden, "\(path)")
                #expect(
                    try await parts.post(path, "typed=ada", session: nil, besides: root).status == .forbidden, "\(path)"
                )
                let refused = try await parts.post(path, "typed=ada&name=x", session: user)
                #expect([.forbidden, .notFound].contains(refused.status), "\(path) \(refused.status)")
            }
            #expect(try await parts.registry.database.audit(limit: 100, before: nil) == before)
        }
    }

    @Test("of a project lead strangers to sign in, and are not there for who may not know of it")
    func projects() async throws {
        var index = IndexSettings(name: .main)
        index.access = AccessLists(read: [.user("ada")], write: [.user("ada")])
        let fixture = with(WebPagesFixture()) { $0.indexes = [index] }
        try await fixture.run { parts in
            let user = try await parts.add("bob")
            for path in Self.paths(parts, .get, where: Self.isManaging) {
                let stranger = try await parts.get(path)
                #expect(stranger.headers[.location]?.hasSuffix("login?next=\(path)") == true, "\(path)")
                #expect(try await parts.get(path, session: user).status == .notFound, "\(path)")
            }
        }
    }

    @Test("of one's own account are for who is signed in")
    func account() async throws {
        try await WebPagesFixture().run { parts in
            let user = try await parts.add("bob")
            for path in ["/account/tokens", "/account/sessions", "/account/history", "/account/rights"] {
                #expect(try await parts.get(path).headers[.location]?.hasSuffix("login?next=\(path)") == true)
                #expect(try await parts.get(path, session: user).status == .ok)
            }
            // Tokens of others are not there.
            let ada = try await parts.add("ada")
            let tokens = try await parts.registry.tokens.tokens(of: .user("ada"), caller: .localOperator)
            let id = try #require(tokens.first).id
            #expect(try await parts.get("/account/tokens/\(id)/revoke", session: user).status == .notFound)
            #expect(try await parts.post("/account/tokens/\(id)/revoke", "", session: user).status == .notFound)
            #expect(try await parts.isGood(ada))
        }
    }

    private func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var value = value
        change(&value)
        return value
    }
}
