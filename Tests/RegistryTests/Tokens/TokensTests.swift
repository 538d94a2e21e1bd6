import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import Registry

@Suite("Making and revoking tokens")
struct TokensTests {
    private let root = TestInstallation.administrator
    private let alice = TestInstallation.alice
    private let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))

    private func run(_ test: (TestInstallation) async throws -> Void) async throws {
        let hidden = IndexSettings(name: try Sample.index("hidden"), access: AccessLists(read: [], write: []))
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [IndexSettings(name: .main), hidden],
            clock: WallClock { SampleTime.start })
        for (name, isAdministrator) in [("root", true), ("alice", false), ("bob", false)] {
            try await installation.database.addUser(
                name, passwordHash: "$y$", isAdministrator: isAdministrator, by: Sample.author())
        }
        do {
            try await installation.registry.freshness.ensureCurrent()
            try await test(installation)
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
    }

    private func failure(_ work: () async throws -> Void) async -> RegistryError.Code? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? RegistryError)?.code ?? .internal
        }
    }

    /// Returns the caller that sends a token.
    private func caller(_ issued: IssuedToken, _ installation: TestInstallation) async throws -> Caller {
        .token(try await installation.registry.tokens.verifier.holder(of: Array(issued.text.reveal().utf8)))
    }

    private func isGood(_ issued: IssuedToken, _ installation: TestInstallation) async -> Bool {
        (try? await caller(issued, installation)) != nil
    }

    @Test("people make tokens of their own, and administrators those of everybody; others do not")
    func owners() async throws {
        try await run { installation in
            let tokens = installation.registry.tokens
            try await installation.registry.granting.addGroup("dev", caller: root)
            try await tokens.addServiceAccount("ci", caller: root)
            let owners: [TokenOwnerName] = [
                .user("alice"), .user("ALICE"), .user("bob"), .group("dev"), .service("ci"),
            ]
            for (number, owner) in owners.enumerated() {
                let order = TokenOrder(name: "t\(number)", owner: owner)
                #expect(
                    await failure { _ = try await tokens.issue(order, caller: .anonymous) } == .authenticationRequired)
                let isOwn = number < 2
                #expect(
                    await failure { _ = try await tokens.issue(order, caller: alice) } == (isOwn ? nil : .forbidden))
                let again = TokenOrder(name: "r\(number)", owner: owner)
                let issued = try await tokens.issue(again, caller: number.isMultiple(of: 2) ? root : .localOperator)
                let caller = try await caller(issued, installation)
                #expect(caller.name.lowercased() == owner.description.replacing("user:", with: "").lowercased())
                #expect(issued.record.expiresAt == SampleTime.after(90 * 86_400))
            }
            #expect(try await tokens.tokens(of: .user("alice"), caller: alice).count == 4)
            #expect(await failure { _ = try await tokens.tokens(of: .user("bob"), caller: alice) } == .forbidden)
            #expect(await failure { _ = try await tokens.tokens(caller: alice) } == .forbidden)
            #expect(try await tokens.tokens(caller: root).count == 7)
            let unknown = TokenOrder(name: "x", owner: .user("nobody"))
            #expect(await failure { _ = try await tokens.issue(unknown, caller: root) } == .notFound)
        }
    }

    @Test("an order that cannot be is refused")
    func orders() async throws {
        try await run { installation in
            let tokens = installation.registry.tokens
            func code(
                name: String = "t", scope: TokenScope = .everything, lifetime: TokenLifetime? = nil
            ) async -> RegistryError.Code? {
                await failure {
                    _ = try await tokens.issue(
                        TokenOrder(name: name, owner: .user("alice"), scope: scope, lifetime: lifetime), caller: alice)
                }
            }
            for name in ["", "a b", "ä", String(repeating: "x", count: 65), "-x", "#1"] {
                #expect(await code(name: name) == .invalidRequest, "\(name)")
            }
            let scopes = [TokenScope(rights: []), TokenScope(indexes: []), TokenScope(projects: [])]
            for scope in scopes { #expect(await code(scope: scope) == .invalidRequest) }
            let many = Set(try (0...100).map { try Sample.name("p\($0)") })
            #expect(await code(scope: TokenScope(projects: many)) == .invalidRequest)
            for name in ["hidden", "absent"] {
                #expect(await code(scope: TokenScope(indexes: [try Sample.index(name)])) == .notFound, "\(name)")
            }
            for seconds in [0, 899, 31_536_001, -900] as [Int64] {
                #expect(await code(lifetime: .seconds(seconds)) == .invalidRequest, "\(seconds)")
            }
            for (number, lifetime) in [TokenLifetime.seconds(900), .seconds(31_536_000), .unlimited].enumerated() {
                #expect(await code(name: "good\(number)", lifetime: lifetime) == nil)
            }
            #expect(await code(name: "good0") == .alreadyExists)
            let ends = try await tokens.tokens(of: .user("alice"), caller: alice).map(\.expiresAt)
            #expect(ends == [SampleTime.after(900), SampleTime.after(31_536_000), nil])
        }
    }

    @Test("a token makes none that outgrows or outlives it, and those that it made end with it")
    func offspring() async throws {
        try await run { installation in
            let tokens = installation.registry.tokens
            let acme = try Sample.name("acme")
            let scope = TokenScope(rights: [.read, .write], indexes: [.main], projects: [acme])
            let first = try await tokens.issue(
                TokenOrder(name: "first", owner: .user("alice"), scope: scope, lifetime: .seconds(7200)), caller: alice)
            let holder = try await caller(first, installation)
            let wider: [TokenScope] = [
                .everything, TokenScope(rights: [.read, .write], indexes: [.main]),
                TokenScope(rights: [.read, .delete], indexes: [.main], projects: [acme]),
                TokenScope(indexes: [.main], projects: [acme]), TokenScope(rights: [.read], projects: [acme]),
                TokenScope(rights: [.administer], indexes: [.main], projects: [acme]),
            ]
            for scope in wider {
                let order = TokenOrder(name: "x", owner: .user("alice"), scope: scope)
                #expect(await failure { _ = try await tokens.issue(order, caller: holder) } == .forbidden, "\(scope)")
            }
            let narrow = TokenScope(rights: [.read], indexes: [.main], projects: [acme])
            for lifetime in [TokenLifetime.seconds(7201), .unlimited] {
                let order = TokenOrder(name: "x", owner: .user("alice"), scope: narrow, lifetime: lifetime)
                #expect(await failure { _ = try await tokens.issue(order, caller: holder) } == .forbidden)
            }
            let foreign = TokenOrder(name: "x", owner: .user("bob"), scope: narrow)
            #expect(await failure { _ = try await tokens.issue(foreign, caller: holder) } == .forbidden)
            let second = try await tokens.issue(
                TokenOrder(name: "second", owner: .user("alice"), scope: narrow), caller: holder)
            #expect(second.record.expiresAt == SampleTime.after(7200))
            let third = try await tokens.openSession(caller: try await caller(second, installation))
            #expect(third.record.scope == narrow)
            #expect(third.record.expiresAt == SampleTime.after(3600))
            let other = try await tokens.issue(TokenOrder(name: "other", owner: .user("alice")), caller: alice)

            // A limited token sees and revokes nothing but itself.
            #expect(await failure { _ = try await tokens.tokens(of: .user("alice"), caller: holder) } == .forbidden)
            #expect(await failure { try await tokens.revoke(other.record.id, caller: holder) } == .notFound)
            try await tokens.revoke(first.record.id, caller: holder)
            for issued in [first, second, third] { #expect(await !isGood(issued, installation)) }
            #expect(await isGood(other, installation))
        }
    }

    @Test("a token is revoked by its owner and administrators, and is refused from then on")
    func revoking() async throws {
        try await run { installation in
            let tokens = installation.registry.tokens
            for revoker in [alice, root, .localOperator] {
                let issued = try await tokens.issue(TokenOrder(name: "t", owner: .user("alice")), caller: alice)
                #expect(await isGood(issued, installation))
                for stranger in [bob, .anonymous] {
                    let code: RegistryError.Code = stranger == bob ? .notFound : .authenticationRequired
                    #expect(await failure { try await tokens.revoke(issued.record.id, caller: stranger) } == code)
                }
                #expect(try await tokens.revoke(issued.record.id, caller: revoker) == issued.record)
                #expect(await !isGood(issued, installation))
                #expect(await failure { try await tokens.revoke(issued.record.id, caller: revoker) } == .notFound)
            }
        }
    }

    @Test("a token ends with its owner, and a session with the password that it was traded for")
    func owningEnds() async throws {
        try await run { installation in
            let (tokens, people, granting) = (
                installation.registry.tokens, installation.registry.people, installation.registry.granting
            )
            try await granting.addGroup("dev", caller: root)
            try await tokens.addServiceAccount("ci", caller: root)
            let record = try #require(try await installation.database.user(named: "alice"))
            let withPassword = Caller.person(record.person)
            let session = try await tokens.openSession(caller: withPassword)
            let child = try await tokens.issue(
                TokenOrder(name: "child", owner: .user("alice")), caller: try await caller(session, installation))
            var issued: [IssuedToken] = []
            for owner in [.user("alice"), .group("dev"), .service("ci")] as [TokenOwnerName] {
                issued.append(try await tokens.issue(TokenOrder(name: "t", owner: owner), caller: root))
            }
            for good in issued + [session, child] { #expect(await isGood(good, installation)) }

            try await people.setPasswordHash("$y$2", ofUser: "alice", caller: root)
            try await installation.registry.freshness.ensureCurrent()
            #expect(await isGood(issued[0], installation))
            #expect(await !isGood(session, installation))
            #expect(await !isGood(child, installation))
            #expect(await failure { _ = try await tokens.openSession(caller: withPassword) } == .wrongCredentials)

            try await people.remove("alice", caller: root)
            try await granting.removeGroup("dev", caller: root)
            try await tokens.removeServiceAccount("ci", caller: root)
            for gone in issued { #expect(await !isGood(gone, installation)) }
            // Whoever gets the names later gets no tokens with them.
            try await installation.database.addUser(
                "alice", passwordHash: "$y$", isAdministrator: false, by: Sample.author())
            try await granting.addGroup("dev", caller: root)
            try await tokens.addServiceAccount("ci", caller: root)
            #expect(try await tokens.tokens(caller: root).isEmpty)
            for gone in issued { #expect(await !isGood(gone, installation)) }
        }
    }

    @Test("a token of an administrator administers only without limits, and no longer than its owner")
    func administrators() async throws {
        try await run { installation in
            let (tokens, permissions) = (installation.registry.tokens, installation.registry.permissions)
            let scopes: [(TokenScope, Bool)] = [
                (.everything, true), (TokenScope(rights: [.administer]), true), (TokenScope(rights: [.read]), false),
                (TokenScope(indexes: [.main]), false), (TokenScope(projects: [try Sample.name("acme")]), false),
            ]
            for (number, (scope, administers)) in scopes.enumerated() {
                let issued = try await tokens.issue(
                    TokenOrder(name: "t\(number)", owner: .user("root"), scope: scope), caller: root)
                let holder = try await caller(issued, installation)
                #expect(permissions.administersServer(holder) == administers, "\(scope)")
                #expect(
                    await failure { _ = try await tokens.tokens(caller: holder) } == (administers ? nil : .forbidden))
            }
        }
    }

    @Test("a session lives for 15 minutes to 12 hours, and is nobody's without a login")
    func sessions() async throws {
        try await run { installation in
            let tokens = installation.registry.tokens
            #expect(await failure { _ = try await tokens.openSession(caller: .anonymous) } == .authenticationRequired)
            for seconds in [899, 43_201, -1] as [Int64] {
                #expect(
                    await failure { _ = try await tokens.openSession(lasting: seconds, caller: alice) }
                        == .invalidRequest)
            }
            for seconds in [900, 43_200] as [Int64] {
                let issued = try await tokens.openSession(lasting: seconds, caller: alice)
                #expect(issued.record.expiresAt == SampleTime.after(seconds))
                #expect(issued.record.isSession)
            }
        }
    }

    @Test("a publisher's token has what the publisher holds and nothing else")
    func publishers() async throws {
        try await run { installation in
            let (tokens, permissions) = (installation.registry.tokens, installation.registry.permissions)
            let (acme, other) = (try Sample.name("acme"), try Sample.name("other"))
            let description = try PublisherDescription(
                issuer: "https://ci.example.com", kind: .gitHub,
                fields: [.repository: "acme/widget", .workflow: "a.yml"], claims: [:], for: .write)
            let added = try await installation.database.addPublisher(
                NewPublisher(description: description, place: PublisherPlace(.write, in: .main, .name(acme))),
                by: Sample.author()
            ).record
            let issued = try await tokens.mint(
                for: PublisherOwner(
                    id: added.id, name: added.name, publishers: [added.id], holdings: [PublisherHolding(added)]),
                name: "run-7", lasting: 900)
            let holder = try await caller(issued, installation)
            #expect(holder.name == "publisher:acme/widget/a.yml")
            let index = try #require(permissions.indexes[.main])
            #expect(permissions.may(.write, acme, in: index, holder))
            #expect(permissions.may(.create, acme, in: index, holder))
            #expect(!permissions.may(.write, other, in: index, holder))
            #expect(!permissions.may(.delete, acme, in: index, holder))
            #expect(permissions.may(.read, other, in: index, holder))
            let hidden = try #require(permissions.indexes[try Sample.index("hidden")])
            #expect(!permissions.may(.read, acme, in: hidden, holder))
        }
    }
}
