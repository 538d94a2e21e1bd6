import FoundationEssentials
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("Grants and owners")
struct GrantingTests {
    private let root = TestInstallation.administrator
    private let alice = TestInstallation.alice
    private let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))
    private let acme = "acme-core"

    /// Runs a test on a new installation, whose people are in the database with the ids of the callers.
    private func run(
        indexes: [IndexSettings]? = nil, _ test: (TestInstallation) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place(), indexes: indexes)
        let author = Sample.author()
        for (name, isAdministrator) in [("root", true), ("alice", false), ("bob", false)] {
            try await installation.database.addUser(
                name, passwordHash: "$y$", isAdministrator: isAdministrator, by: author)
        }
        do {
            try await test(installation)
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
    }

    private func grant(
        _ right: Right, to principal: Principal, on project: String, in index: IndexName = .main, by caller: Caller,
        _ installation: TestInstallation
    ) async throws {
        let pattern = try #require(NamePattern(project))
        _ = try await installation.registry.granting.add(
            right, to: principal, on: .projects(index, pattern), caller: caller)
    }

    /// Returns the code with which something fails, or nil if it does not.
    private func failure(_ work: () async throws -> Void) async -> RegistryError.Code? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? RegistryError)?.code ?? .internal
        }
    }

    private func page(
        of project: String, in index: IndexName = .main, for caller: Caller, _ installation: TestInstallation
    ) async throws -> RegistryError.Code? {
        let name = try Sample.name(project)
        return await failure {
            _ = try await installation.registry.pages.project(name, format: .json, in: index, caller: caller)
        }
    }

    private func list(
        in index: IndexName = .main, for caller: Caller, _ installation: TestInstallation
    ) async throws -> (names: [String], serial: Int64, text: String) {
        let page = try await installation.registry.pages.projectList(format: .json, in: index, caller: caller)
        let text = String(buffer: page.identity.bytes)
        let names = text.split(separator: #""name":""#).dropFirst().compactMap { $0.split(separator: "\"").first }
        return (names.map(String.init), page.serial, text)
    }

    @Test("a project's own grants replace the lists, for every right, until the last is taken back")
    func replacing() async throws {
        try await run { installation in
            try await Upload(acme, "1.0").publish(to: installation, caller: root)
            #expect(try await page(of: acme, for: bob, installation) == nil)
            try await grant(.write, to: .user("alice"), on: acme, by: root, installation)
            // Write does not imply read.
            for (caller, code) in [
                (bob, RegistryError.Code.notFound), (alice, .notFound), (.anonymous, .authenticationRequired),
            ] {
                #expect(try await page(of: acme, for: caller, installation) == code)
            }
            #expect(try await page(of: acme, for: root, installation) == nil)
            try await Upload(acme, "2.0").publish(to: installation, caller: alice)
            let refused = await failure { try await Upload(acme, "3.0").publish(to: installation, caller: bob) }
            #expect(refused == .forbidden)

            try await grant(.read, to: .user("bob"), on: "acme-*", by: root, installation)
            #expect(try await page(of: acme, for: bob, installation) == nil)
            let granting = installation.registry.granting
            for record in try await granting.grants(caller: root) {
                try await granting.remove(record.id, caller: root)
            }
            #expect(try await page(of: acme, for: .anonymous, installation) == nil)
        }
    }

    @Test("the owner of a project writes it and grants on it, reads and deletes by the lists, and replaces nothing")
    func owning() async throws {
        let lists = AccessLists(read: [.user("bob")], write: [], create: [])
        try await run(indexes: [IndexSettings(name: .main, access: lists)]) { installation in
            let index = GrantScope.index(.main)
            let granting = installation.registry.granting
            for right in [Right.write, .create] {
                _ = try await granting.add(right, to: .user("alice"), on: index, caller: root)
            }
            try await Upload(acme, "1.0").publish(to: installation, caller: alice)
            for right in ["write", "create"] {
                try await granting.remove(
                    try #require(Right(rawValue: right)), from: "user:ALICE", on: index, caller: root)
            }
            // The project is as readable as before, and still hers.
            #expect(try await page(of: acme, for: bob, installation) == nil)
            #expect(try await page(of: acme, for: alice, installation) == .notFound)
            try await Upload(acme, "2.0").publish(to: installation, caller: alice)
            let refused = await failure { try await Upload("new", "1.0").publish(to: installation, caller: alice) }
            #expect(refused == .notFound)
            let settings = try await installation.registry.publishing.prepareUpload(to: .main, caller: alice)
            #expect(settings.name == .main)
            #expect(
                await failure {
                    _ = try await installation.registry.publishing.prepareUpload(to: .main, caller: bob)
                } == .forbidden)
            let target = FileTarget(
                index: .main, project: try Sample.name(acme), selection: .release(try Sample.version("1.0")))
            try await installation.registry.management.setYanked(.yes(reason: nil), target, caller: alice)
            #expect(
                await failure {
                    try await installation.registry.management.delete(target, caller: alice)
                } != nil)

            try await grant(.read, to: .user("alice"), on: acme, by: alice, installation)
            #expect(try await page(of: acme, for: alice, installation) == nil)
            #expect(try await page(of: acme, for: bob, installation) == .notFound)
            for right in [Right.delete, .overwrite, .claim, .create, .administer] {
                #expect(
                    await failure {
                        try await grant(right, to: .user("alice"), on: acme, by: alice, installation)
                    } == .forbidden)
            }
            #expect(try await granting.grants(in: .main, of: Sample.name(acme), caller: alice).count == 1)
            for caller in [alice, bob] {
                #expect(await failure { _ = try await granting.grants(caller: caller) } == .forbidden)
            }
        }
    }

    @Test("admin on an index holds all of it, projects with grants of their own too, and nothing elsewhere")
    func administering() async throws {
        let other = try Sample.index("other")
        let closed = AccessLists(read: [], write: [], create: [])
        try await run(
            indexes: [IndexSettings(name: .main, access: closed), IndexSettings(name: other, access: closed)]
        ) { installation in
            let granting = installation.registry.granting
            try await Upload(acme, "1.0").publish(to: installation, caller: root)
            try await grant(.read, to: .user("bob"), on: acme, by: root, installation)
            _ = try await granting.add(.administer, to: .user("alice"), on: .index(.main), caller: root)
            #expect(try await page(of: acme, for: alice, installation) == nil)
            try await installation.registry.management.setStatus(
                .archived, reason: nil, of: Sample.name(acme), in: .main, caller: alice)
            try await grant(.delete, to: .user("bob"), on: acme, by: alice, installation)
            #expect(try await granting.grants(in: .main, caller: alice).count == 3)
            let refused = await failure {
                try await grant(.read, to: .everyone, on: acme, in: other, by: alice, installation)
            }
            #expect(refused == .notFound)
            #expect(
                await failure {
                    _ = try await granting.add(.read, to: .everyone, on: .server, caller: alice)
                } == .forbidden)
            #expect(
                await failure {
                    _ = try await granting.add(.administer, to: .authenticated, on: .index(.main), caller: alice)
                } == .invalidRequest)
        }
    }

    @Test("the list leaves out what the caller may not read, and its serial tells nothing of that")
    func lists() async throws {
        try await run { installation in
            try await Upload("open", "1.0").publish(to: installation)
            try await Upload(acme, "1.0").publish(to: installation)
            try await grant(.read, to: .user("alice"), on: "acme-*", by: root, installation)
            #expect(try await list(for: alice, installation).names == [acme, "open"])
            #expect(try await list(for: root, installation).names == [acme, "open"])
            for caller in [bob, .anonymous] {
                let before = try await list(for: caller, installation)
                #expect(before.names == ["open"])
                #expect(before.serial == 1)
                try await Upload(acme, "\(before.text.utf8.count).\(caller.name.count)").publish(
                    to: installation, caller: root)
                #expect(try await list(for: caller, installation).text == before.text)
            }
            try await grant(.read, to: .user("bob"), on: acme, by: root, installation)
            #expect(try await list(for: bob, installation).names == [acme, "open"])
            #expect(try await list(for: .anonymous, installation).names == ["open"])
        }
    }

    @Test("a search counts only what the caller may read")
    func searching() async throws {
        try await run { installation in
            for name in ["acme-a", "acme-b", "acme-c", "acme-d"] {
                try await Upload(name, "1.0").publish(to: installation)
            }
            for name in ["acme-a", "acme-c"] {
                try await grant(.read, to: .user("alice"), on: name, by: root, installation)
            }
            func found(_ limit: Int, _ offset: Int, _ caller: Caller) async throws -> [String] {
                try await installation.registry.management.search(
                    ProjectSearch(index: .main, text: "acme", limit: limit, offset: offset), caller: caller
                ).map(\.name.description)
            }
            #expect(try await found(10, 0, alice) == ["acme-a", "acme-b", "acme-c", "acme-d"])
            #expect(try await found(10, 0, bob) == ["acme-b", "acme-d"])
            #expect(try await found(1, 1, bob) == ["acme-d"])
            #expect(try await found(1, 2, bob).isEmpty)
        }
    }

    @Test("through a chain of indexes a caller needs read on each, for pages, lists and files that are in memory")
    func chains() async throws {
        let behind = try Sample.index("behind")
        try await run(
            indexes: [.caching(.main, [.index(behind)]), IndexSettings(name: behind)]
        ) { installation in
            let registry = installation.registry
            let upload = try Upload(acme, "1.0")
            try await upload.publish(to: installation, index: behind)
            let address = FileAddress(
                index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
            for caller in [alice, bob, .anonymous] {
                #expect(try await page(of: acme, for: caller, installation) == nil)
                _ = try await registry.downloads.file(at: address, caller: caller)
                #expect(try await list(for: caller, installation).names == [acme])
            }
            try await grant(.read, to: .user("alice"), on: acme, in: behind, by: root, installation)
            #expect(try await page(of: acme, for: alice, installation) == nil)
            _ = try await registry.downloads.file(at: address, caller: alice)
            for caller in [bob, .anonymous] {
                let code: RegistryError.Code = caller.isKnown ? .notFound : .authenticationRequired
                #expect(try await page(of: acme, for: caller, installation) == code)
                #expect(
                    await failure { _ = try await registry.downloads.file(at: address, caller: caller) } == code)
                #expect(try await list(for: caller, installation).names == [])
            }
            #expect(!registry.permissions.isPublic(try Sample.name(acme), in: .main))
        }
    }

    @Test("what somebody was granted comes from memory without a query, to them and to nobody else")
    func warm() async throws {
        try await run { installation in
            let registry = installation.registry
            let upload = try Upload(acme, "1.0")
            try await upload.publish(to: installation, caller: root)
            try await grant(.read, to: .user("alice"), on: acme, by: root, installation)
            let address = FileAddress(
                index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
            let name = try Sample.name(acme)
            func isInMemory(_ caller: Caller) -> [Bool] {
                let pages = [PageKey.Subject.project(name), .projectList].map { subject in
                    let key = PageKey(index: .main, subject: subject, format: .json)
                    return registry.pages.inMemory(key, encoding: .identity, caller: caller) != nil
                }
                let file = FileCache.Key(address: address, isMetadata: false)
                return pages + [registry.downloads.inMemory(file, caller: caller) != nil]
            }
            #expect(try await page(of: acme, for: alice, installation) == nil)
            _ = try await list(for: alice, installation)
            _ = try await registry.downloads.file(at: address, caller: alice)
            #expect(isInMemory(alice) == [true, true, true])
            #expect(isInMemory(bob) == [false, false, false])
            #expect(isInMemory(.anonymous) == [false, false, false])
            _ = try await list(for: bob, installation)
            #expect(isInMemory(bob) == [false, true, false])
            try await grant(.read, to: .user("bob"), on: acme, by: root, installation)
            #expect(isInMemory(bob) == [true, false, false], "what he reads now is not found on an event loop")
            _ = try await list(for: bob, installation)
            #expect(isInMemory(bob) == [true, true, false])
        }
    }

    @Test("a grant that another process takes back is out of force at the next request")
    func otherProcess() async throws {
        try await run { installation in
            let other = try await TestInstallation.open(installation.place)
            try await Upload(acme, "1.0").publish(to: installation)
            try await grant(.read, to: .user("alice"), on: acme, by: root, other)
            try await installation.registry.freshness.ensureCurrent()
            #expect(try await page(of: acme, for: alice, installation) == nil)
            #expect(try await page(of: acme, for: bob, installation) == .notFound)
            for record in try await other.registry.granting.grants(caller: root) {
                try await other.registry.granting.remove(record.id, caller: root)
            }
            #expect(!installation.registry.freshness.isCurrent)
            try await installation.registry.freshness.ensureCurrent()
            #expect(try await page(of: acme, for: bob, installation) == nil)
            await other.close()
        }
    }

    @Test("members of a group lose with the membership what the group was granted")
    func groups() async throws {
        try await run { installation in
            let granting = installation.registry.granting
            try await granting.addGroup("team", caller: root)
            try await granting.addMember("alice", to: "team", caller: root)
            try await Upload(acme, "1.0").publish(to: installation, caller: root)
            try await grant(.read, to: .group("team"), on: acme, by: root, installation)
            func reader() async throws -> Caller {
                .person(try #require(try await installation.database.user(named: "alice")).person)
            }
            #expect(try await page(of: acme, for: try await reader(), installation) == nil)
            try await granting.removeMember("alice", from: "team", caller: root)
            #expect(try await page(of: acme, for: try await reader(), installation) == .notFound)
            #expect(await failure { try await granting.addGroup("other", caller: alice) } == .forbidden)
            #expect(await failure { try await granting.addGroup("a group", caller: root) } == .invalidRequest)
        }
    }

    @Test("a new database made from storage closes what had grants of its own, until it is granted again")
    func rebuilt() async throws {
        let place = try TestInstallation.Place()
        let first = try await TestInstallation.open(place)
        try await Upload(acme, "1.0").publish(to: first)
        try await Upload("open", "1.0").publish(to: first)
        try await grant(.read, to: .everyone, on: acme, by: root, first)
        await first.close()
        try FileManager.default.removeItem(atPath: place.databaseFolder)
        try FileManager.default.createDirectory(atPath: place.databaseFolder, withIntermediateDirectories: true)
        let second = try await TestInstallation.open(place, starts: false)
        try await second.registry.rebuilding.rebuild()
        try await second.registry.start()
        #expect(try await page(of: "open", for: .anonymous, second) == nil)
        #expect(try await page(of: acme, for: alice, second) == .notFound)
        #expect(try await page(of: acme, for: root, second) == nil)
        try await grant(.read, to: .authenticated, on: acme, by: root, second)
        #expect(try await page(of: acme, for: alice, second) == nil)
        #expect(try await page(of: acme, for: .anonymous, second) == .authenticationRequired)
        await second.close()
    }

    @Test("an explanation names the rule that decides on each right")
    func explaining() async throws {
        try await run { installation in
            let granting = installation.registry.granting
            try await Upload(acme, "1.0").publish(to: installation, caller: alice)
            func rule(_ right: Right, _ user: String) async throws -> ExplainedRight? {
                try await granting.explain(user, project: Sample.name(acme), in: .main, caller: root)
                    .first { $0.right == right }
            }
            #expect(try await rule(.read, "bob")?.rule == "the list read of the index main names everyone")
            #expect(try await rule(.write, "alice")?.rule == "owners may write")
            #expect(try await rule(.delete, "alice")?.isHeld == false)
            #expect(try await rule(.administer, "root")?.rule == "administrators hold every right")
            try await grant(.read, to: .user("bob"), on: "acme-*", by: root, installation)
            #expect(
                try await rule(.read, "bob")?.rule == "user:bob has a grant of read on acme-* in the index main")
            #expect(
                try await rule(.read, "alice")?.rule
                    == "the project has grants of its own, which replace the lists, and none gives it")
            #expect(await failure { _ = try await rule(.read, "nobody") } == .notFound)
            #expect(
                await failure {
                    _ = try await granting.explain(
                        "bob", project: Sample.name(acme), in: .main, caller: alice)
                } == .forbidden)
        }
    }

    @Test("an explanation knows groups, service accounts, and the scopes of tokens")
    func explainingTokens() async throws {
        try await run { installation in
            let (granting, tokens) = (installation.registry.granting, installation.registry.tokens)
            try await granting.addGroup("dev", caller: root)
            try await tokens.addServiceAccount("CI", caller: root)
            try await grant(.read, to: .group("dev"), on: acme, by: root, installation)
            try await grant(.write, to: .service("ci"), on: acme, by: root, installation)
            _ = try await tokens.issue(
                TokenOrder(name: "reader", owner: .user("alice"), scope: TokenScope(rights: [.read])), caller: alice)
            func rule(_ right: Right, _ who: String, _ token: String? = nil) async throws -> ExplainedRight? {
                try await granting.explain(who, token: token, project: Sample.name(acme), in: .main, caller: root)
                    .first { $0.right == right }
            }
            #expect(try await rule(.read, "group:dev")?.isHeld == true)
            #expect(try await rule(.write, "group:dev")?.isHeld == false)
            #expect(
                try await rule(.write, "service:ci")?.rule
                    == "service:CI has a grant of write on acme-core in the index main")
            #expect(try await rule(.write, "alice", "reader")?.rule == "the scope of the token is read")
            #expect(try await rule(.write, "user:alice")?.isHeld == false)
            for (who, token) in [("group:ops", nil), ("service:cd", nil), ("alice", "writer"), ("bob", "reader")] {
                #expect(await failure { _ = try await rule(.read, who, token) } == .notFound, "\(who)")
            }
        }
    }
}
