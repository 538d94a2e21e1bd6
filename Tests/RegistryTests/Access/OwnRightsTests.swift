import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("What callers learn about themselves")
struct OwnRightsTests {
    private let alice = TestInstallation.alice
    private let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))

    private func run(_ test: (TestInstallation) async throws -> Void) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        for (name, isAdministrator) in [("root", true), ("alice", false), ("bob", false)] {
            try await installation.database.addUser(
                name, passwordHash: "$y$", isAdministrator: isAdministrator, by: Sample.author())
        }
        do {
            try await test(installation)
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
    }

    private func failure(_ work: () async throws -> Void) async -> RegistryError? {
        do {
            try await work()
            return nil
        } catch {
            return error as? RegistryError
        }
    }

    @Test("names the rule by which somebody holds a right, or does not")
    func reasons() async throws {
        try await run { installation in
            let granting = installation.registry.granting
            let rights = try await granting.ownRights(in: .main, caller: bob)
            #expect(rights.map(\.right) == Right.allCases)
            #expect(rights.first { $0.right == .read }?.reason == .list(.everyone, .main))
            #expect(rights.first { $0.right == .administer }?.reason == .nothing)
            let root = try await granting.ownRights(in: .main, caller: TestInstallation.administrator)
            #expect(root.allSatisfy { $0.isHeld && $0.reason == .administrator })
            #expect(await failure { _ = try await granting.ownRights(in: .main, caller: .anonymous) } != nil)
        }
    }

    @Test("says of a project that somebody may not read what it says of one that does not exist")
    func hidden() async throws {
        try await run { installation in
            let granting = installation.registry.granting
            let (hidden, absent) = (try Sample.name("hidden"), try Sample.name("absent"))
            for principal in [Principal.user("alice"), .user("root")] {
                _ = try await granting.add(
                    .read, to: principal, on: .projects(.main, .name(hidden)), caller: .localOperator)
            }
            var texts: Set<String> = []
            for name in [hidden, absent] {
                let error = await failure { _ = try await granting.ownRights(on: name, in: .main, caller: bob) }
                #expect(error?.code == .notFound)
                texts.insert((error?.message ?? "").replacing(name.description, with: "NAME"))
            }
            #expect(texts.count == 1)
            let rights = try await granting.ownRights(on: hidden, in: .main, caller: alice)
            #expect(rights.first { $0.right == .read }?.isHeld == true)
            #expect(rights.first { $0.right == .write }?.reason == .ownGrants)
            #expect(try await granting.ownGrants(caller: bob).isEmpty)
            #expect(try await granting.ownGrants(caller: alice).map(\.principal) == ["user:alice"])
        }
    }

    @Test("shows the history of an account to nobody else, and none of an earlier one of the name")
    func history() async throws {
        try await run { installation in
            let management = installation.registry.management
            let user = try #require(try await installation.database.user(named: "bob"))
            let caller = Caller.person(user.person)
            try await installation.registry.people.setBlocked(true, ofUser: "bob", caller: .localOperator)
            let actions = try await management.ownHistory(limit: 10, caller: caller).map(\.action)
            #expect(actions == ["user.block", "user.add"])
            let limited = TokenHolder(
                id: 9, name: "t", owner: .person(user.person), scope: TokenScope(rights: [.read]), expiresAt: nil)
            #expect(
                await failure { _ = try await management.ownHistory(limit: 9, caller: .token(limited)) }?.code
                    == .forbidden)
            #expect(
                await failure { _ = try await management.ownHistory(limit: 9, caller: .anonymous) }?.code
                    == .authenticationRequired)
        }
    }

    @Test("shows what a person has to administrators alone")
    func holdings() async throws {
        try await run { installation in
            let granting = installation.registry.granting
            _ = try await granting.add(.read, to: .user("bob"), on: .server, caller: .localOperator)
            let holdings = try await granting.holdings(ofUser: "BOB", caller: TestInstallation.administrator)
            #expect(holdings.grants.count == 1 && holdings.projects.isEmpty && holdings.tokens.isEmpty)
            #expect(await failure { _ = try await granting.holdings(ofUser: "bob", caller: alice) }?.code == .forbidden)
        }
    }
}
