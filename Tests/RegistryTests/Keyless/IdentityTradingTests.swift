import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("Identities for tokens")
struct IdentityTradingTests {
    private static let issuer = IdentityIssuer(
        name: "github", url: "https://ci.example.com", kind: .gitHub, audience: "cellar")
    private static let closed = IndexSettings(name: .main, access: AccessLists(read: [.user("root")], write: []))

    private let root = TestInstallation.administrator
    private let alice = TestInstallation.alice

    /// Takes a text for an identity token: the repository, and behind a `#` what tells it from others.
    private static let proofs = IdentityProofs(issuers: [issuer], audience: "cellar") { text in
        guard text.contains("#") else {
            throw RegistryError(.wrongCredentials, "The identity token is refused: \(text).")
        }
        let repository = String(text.prefix { $0 != "#" })
        let claims = [
            "sub": "repo:\(repository)", "repository": repository,
            "repository_owner": String(repository.prefix { $0 != "/" }), "repository_owner_id": "1001",
            "job_workflow_ref": "\(repository)/.github/workflows/release.yml@refs/heads/main", "ref": "refs/heads/main",
        ]
        return ProvenIdentity(
            issuer: issuer, claims: claims.mapValues { .single($0) }, id: SHA256Digest(hashing: Array(text.utf8)),
            deadAt: Timestamp.now().adding(microseconds: 300_000_000))
    }

    private func run(
        indexes: [IndexSettings] = [closed], _ test: (TestInstallation) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: indexes, identities: Self.proofs)
        for (name, isAdministrator) in [("root", true), ("alice", false)] {
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

    private func order(
        _ project: String?, _ right: PublisherRight = .write, repository: String = "acme/widget",
        in index: IndexName = .main
    ) -> PublisherOrder {
        PublisherOrder(
            issuer: "github", place: PublisherPlace(right, in: index, project.flatMap { NamePattern($0) }),
            fields: [.repository: repository, .workflow: "release.yml"])
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

    /// Trades an identity, and returns who holds the token.
    private func caller(_ identity: String, _ installation: TestInstallation) async throws -> Caller {
        let issued = try await installation.registry.identityTrading.trade(identity)
        return .token(
            try await installation.registry.tokens.verifier.holder(of: Array(issued.text.reveal().utf8)))
    }

    private func reads(_ project: String, _ caller: Caller, _ installation: TestInstallation) async throws -> Bool {
        let name = try Sample.name(project)
        return await failure {
            _ = try await installation.registry.pages.project(name, format: .json, in: .main, caller: caller)
        } == nil
    }

    @Test("A job creates the project that waits for it, publishes it, and nothing else")
    func publishing() async throws {
        try await run { installation in
            let publishers = installation.registry.publishers
            let added = try await publishers.add(order("widget"), caller: root)
            #expect(added.record.isPending)
            let job = try await caller("acme/widget#1", installation)
            #expect(job.name == "publisher:acme/widget/release.yml")
            try await Upload("widget", "1.0").publish(to: installation, caller: job)
            for project in ["widgets", "gadget"] {
                let refusal = await failure { try await Upload(project, "1.0").publish(to: installation, caller: job) }
                #expect(refusal == .forbidden)
            }
            // To write is not to read, and a publisher is no person.
            #expect(try await !reads("widget", job, installation))
            #expect(await failure { _ = try await publishers.publishers(caller: job) } == .forbidden)
            #expect(await failure { _ = try await installation.registry.tokens.openSession(caller: job) } == .forbidden)
            let later = try await caller("acme/widget#2", installation)
            try await Upload("widget", "2.0").publish(to: installation, caller: later)
            #expect(try await publishers.publishers(caller: root).first?.isPending == false)
            #expect(try await publishers.publishers(caller: root).first?.ownerID == "1001")
        }
    }

    @Test("A job of several publishers has what each of them holds, in its place")
    func several() async throws {
        let other = try Sample.index("other")
        let closed = IndexSettings(name: other, access: AccessLists(read: [], write: []))
        try await run(indexes: [Self.closed, closed]) { installation in
            let publishers = installation.registry.publishers
            for wanted in [
                order("one"), order("two", in: other), order(nil, .read), order("hid*", .read),
            ] { _ = try await publishers.add(wanted, caller: root) }
            for project in ["open", "hidden", "secret"] {
                try await Upload(project, "1.0").publish(to: installation, caller: root)
            }
            for project in ["hidden", "secret"] {
                _ = try await installation.registry.granting.add(
                    .read, to: .user("root"), on: .projects(.main, .name(Sample.name(project))), caller: root)
            }
            let job = try await caller("acme/widget#1", installation)
            try await Upload("one", "1.0").publish(to: installation, caller: job)
            try await Upload("two", "1.0").publish(to: installation, index: other, caller: job)
            for (project, index) in [("one", other), ("two", .main)] {
                let refusal = await failure {
                    try await Upload(project, "1.0").publish(to: installation, index: index, caller: job)
                }
                #expect(refusal == .forbidden || refusal == .notFound)
            }
            #expect(try await reads("open", job, installation))
            #expect(try await reads("hidden", job, installation))
            #expect(try await !reads("secret", job, installation))
            let list = try await installation.registry.pages.projectList(format: .json, in: .main, caller: job)
            let text = String(buffer: list.identity.bytes)
            #expect(text.contains("hidden"))
            #expect(text.contains("open"))
            #expect(!text.contains("secret"))
        }
    }

    @Test("What is meant for people is not for jobs")
    func notAuthenticated() async throws {
        let open = IndexSettings(
            name: .main, access: AccessLists(read: [.authenticated], write: [.authenticated], create: [.authenticated]))
        try await run(indexes: [open]) { installation in
            _ = try await installation.registry.publishers.add(order("widget"), caller: root)
            try await Upload("other", "1.0").publish(to: installation, caller: root)
            let job = try await caller("acme/widget#1", installation)
            #expect(try await !reads("other", job, installation))
            #expect(await failure { try await Upload("other", "2.0").publish(to: installation, caller: job) } != nil)
            try await Upload("widget", "1.0").publish(to: installation, caller: job)
        }
    }

    @Test("An identity is traded once, and only for a publisher")
    func once() async throws {
        try await run { installation in
            let trading = installation.registry.identityTrading
            _ = try await installation.registry.publishers.add(order("widget"), caller: root)
            #expect(await failure { _ = try await trading.trade("acme/gadget#1") } == .forbidden)
            #expect(await failure { _ = try await trading.trade("bad") } == .wrongCredentials)
            _ = try await trading.trade("acme/widget#1")
            #expect(await failure { _ = try await trading.trade("acme/widget#1") } == .alreadyExists)
            _ = try await trading.trade("acme/widget#2")
        }
    }

    @Test("A token ends when it is burnt or its publisher is removed, and no other is burnt")
    func ends() async throws {
        try await run { installation in
            let (trading, publishers) = (installation.registry.identityTrading, installation.registry.publishers)
            let verifier = installation.registry.tokens.verifier
            let added = try await publishers.add(order("widget"), caller: root)
            let texts = try await [trading.trade("acme/widget#1"), trading.trade("acme/widget#2")].map {
                $0.text.reveal()
            }
            for text in texts { _ = try await verifier.holder(of: Array(text.utf8)) }
            try await trading.burn(texts[0])
            #expect(await failure { _ = try await verifier.holder(of: Array(texts[0].utf8)) } == .wrongCredentials)
            #expect(await failure { try await trading.burn(texts[0]) } == .notFound)
            _ = try await verifier.holder(of: Array(texts[1].utf8))
            _ = try await publishers.remove(added.record.id, caller: root)
            #expect(await failure { _ = try await verifier.holder(of: Array(texts[1].utf8)) } == .wrongCredentials)
            let own = try await installation.registry.tokens.issue(
                TokenOrder(name: "own", owner: .user("root")), caller: root)
            #expect(await failure { try await trading.burn(own.text.reveal()) } == .notFound)
            #expect(await failure { try await trading.burn("cellar_x") } == .notFound)
            _ = try await verifier.holder(of: Array(own.text.reveal().utf8))
        }
    }

    @Test("Publishers are added by who administers the place, and by the owner of a project")
    func adding() async throws {
        let open = IndexSettings(
            name: .main, access: AccessLists(read: [.everyone], write: [.authenticated], create: [.authenticated]))
        try await run(indexes: [open]) { installation in
            let publishers = installation.registry.publishers
            try await Upload("owned", "1.0").publish(to: installation, caller: alice)
            let own = try await publishers.add(order("owned"), caller: alice)
            #expect(!own.record.isPending)
            #expect(own.record.addedBy == "alice")
            #expect(try await publishers.publishers(in: .main, of: Sample.name("owned"), caller: alice) == [own.record])
            for wanted in [order("foreign"), order("own*"), order(nil, .read)] {
                #expect(await failure { _ = try await publishers.add(wanted, caller: alice) } == .forbidden)
            }
            #expect(await failure { _ = try await publishers.add(order("owned"), caller: .anonymous) } != nil)
            let foreign = try await publishers.add(order("foreign"), caller: root)
            #expect(await failure { try await publishers.remove(foreign.record.id, caller: alice) } == .notFound)
            #expect(await failure { _ = try await publishers.publishers(in: .main, caller: alice) } == .forbidden)
            _ = try await publishers.remove(own.record.id, caller: alice)
            #expect(await failure { _ = try await publishers.add(order(nil), caller: root) } == .invalidRequest)
            var other = order("owned")
            other.issuer = "gitlab"
            let unknownIssuer = await failure { [other] in _ = try await publishers.add(other, caller: root) }
            #expect(unknownIssuer == .notFound)
            var long = order("owned")
            long.ownerID = "a b"
            let badOwner = await failure { [long] in _ = try await publishers.add(long, caller: root) }
            #expect(badOwner == .invalidRequest)
        }
    }

    @Test("Without issuers nothing is traded")
    func none() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        #expect(await failure { _ = try await installation.registry.identityTrading.trade("a/b#1") } == .notFound)
        await installation.close()
    }
}
