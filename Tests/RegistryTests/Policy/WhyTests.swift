import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("Why")
struct WhyTests {
    private let upstream = InMemoryUpstream()
    private let clock = TestClock()
    private static let day: Int64 = 86400 * 1_000_000

    private func open(_ indexes: [IndexSettings]) async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: indexes, upstreams: [upstream], clock: clock.clock)
    }

    private func explain(
        _ name: String, _ installation: TestInstallation, _ version: String? = nil, in index: IndexName = .main,
        caller: Caller = .anonymous
    ) async throws -> Explanation {
        try await installation.registry.explaining.why(
            projectName(name), version: try version.map { try #require(Version($0)) }, in: index, caller: caller)
    }

    @Test("says of an upstream's files which rule holds each back until when, and where they come from")
    func heldBack() async throws {
        let young = try UpstreamSample("six", "2.0", uploadTime: clock.now)
        let old = try UpstreamSample("six", "1.0", yanked: .yes(reason: "broken"))
        upstream.serve("six", [old, young])
        let installation = try await open([.caching(policy: IndexPolicy(minAge: 7 * Self.day))])
        let explanation = try await explain("six", installation, caller: TestInstallation.alice)
        #expect(explanation.origin == .upstream("pypi"))
        #expect(explanation.privacy.isEmpty)
        #expect(explanation.failure == nil)
        #expect(explanation.releases.map(\.version.description) == ["2.0", "1.0"])
        #expect(explanation.releases.map(\.isListed) == [false, true])

        let held = try #require(explanation.releases.first?.files.first)
        let end = clock.now.adding(microseconds: 7 * Self.day)
        #expect(held.verdict.reasons == [.tooYoung(until: end)])
        #expect(held.verdict.changesAt == end)
        #expect(held.place == .remote("pypi"))
        let source = try #require(explanation.sources.first)
        #expect(source.use == .owner)
        #expect(source.url == "https://upstream.example/simple/six/")
        #expect(source.fetchedAt == clock.now)
        #expect(explanation.lines.contains { $0.contains("held back: too young until") })
        #expect(explanation.lines.contains { $0.contains("yanked (broken)") })
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [old.file.filename])

        let one = try await explain("six", installation, "2")
        #expect(one.releases.map(\.version.description) == ["2.0"])
        let none = try await explain("six", installation, "3")
        #expect(none.releases.isEmpty)
        #expect(none.lines.contains("nothing is known here of version 3"))
        await installation.close()
    }

    @Test("lists of a project with many releases what there is to say, and of one release every file")
    func manyReleases() async throws {
        var samples = try (1...50).map { try UpstreamSample("six", "1.\($0)", uploadTime: clock.now) }
        samples[19] = try UpstreamSample("six", "1.20", uploadTime: clock.now, yanked: .yes(reason: "broken "))
        upstream.serve("six", samples)
        let installation = try await open([.caching()])
        let lines = try await explain("six", installation).lines
        #expect(lines.contains("1.50 to 1.21: 30 releases, listed"))
        #expect(lines.contains { $0.hasSuffix("yanked (broken)") })
        #expect(lines.contains("1.19 to 1.1: 19 releases, listed"))
        #expect(lines.last == "for the files of a release, ask for it: six==1.50")
        #expect(lines.count < 10)
        let release = try await explain("six", installation, "1.7").lines
        #expect(release.contains { $0.contains(samples[6].file.filename) })
        await installation.close()
    }

    @Test("says by which exception a file is let through")
    func exception() async throws {
        upstream.serve("six", [try UpstreamSample("six", "2.0", uploadTime: clock.now)])
        let installation = try await open([.caching(policy: IndexPolicy(minAge: 7 * Self.day))])
        _ = try await installation.registry.policies.add(
            ExceptionRequest(
                index: .main, project: try projectName("six"), version: nil, reason: "a hole is fixed",
                expiresAt: clock.now.adding(microseconds: Self.day)),
            caller: TestInstallation.administrator)
        let explanation = try await explain("six", installation)
        #expect(explanation.releases.first?.isListed == true)
        #expect(explanation.releases.first?.files.first?.verdict.exception?.reason == "a hole is fixed")
        #expect(explanation.lines.contains { $0.contains("an exception of root until") && $0.hasSuffix("is fixed") })
        await installation.close()
    }

    @Test("asks nobody for a private name, and says what makes it private", arguments: Fallback.allCases)
    func privateNames(fallback: Fallback) async throws {
        upstream.serve("acme-tools", [try UpstreamSample("acme-tools", "9.0")])
        upstream.serve("ours", [try UpstreamSample("ours", "9.0")])
        let team = try #require(IndexName("team"))
        let pattern = try #require(NamePattern("acme-*"))
        let installation = try await open([
            .caching(fallback: fallback, privateNames: [pattern]), .caching(team, fallback: fallback),
        ])
        try await Upload("ours", "1.0").publish(to: installation, index: team)
        for index in [IndexName.main, team] {
            let reserved = try await explain("Acme_Tools", installation, in: index)
            #expect(reserved.privacy == [.reserved(by: pattern, of: .main)])
            #expect(reserved.releases.isEmpty)
            let published = try await explain("ours", installation, in: index)
            #expect(published.privacy == [.published(in: team)])
            #expect(published.releases.count == (index == team ? 1 : 0))
            for explanation in [reserved, published] {
                #expect(explanation.sources.allSatisfy { $0.use == .notForPrivateNames && $0.url == nil })
                #expect(explanation.sources.count == (fallback == .none ? 0 : 1))
                #expect(!explanation.lines.filter { $0.hasPrefix("private: ") }.isEmpty)
            }
        }
        #expect(upstream.requests == [])
        await installation.close()
    }

    @Test("names no index that the caller may not read")
    func hiddenIndexes() async throws {
        let team = try #require(IndexName("team"))
        let access = AccessLists(read: [.user("alice")], write: [.user("alice")])
        let installation = try await open([
            .caching(.main, [.index(team), .remote("pypi")]),
            .caching(team, access: access, privateNames: [try #require(NamePattern("acme-*"))]),
        ])
        try await Upload("ours", "1.0").publish(to: installation, index: team)
        let reserved = try await explain("acme-x", installation)
        let published = try await explain("ours", installation)
        let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))
        for caller in [Caller.anonymous, bob] {
            // A name that nobody has here looks the same.
            let unknown = try await explain("nobodys", installation, caller: caller)
            for name in ["acme-x", "ours"] {
                let hidden = try await explain(name, installation, caller: caller)
                func unnamed(_ lines: [String]) -> [String] { lines.map { $0.replacing(name, with: "nobodys") } }
                #expect(unnamed(hidden.lines) == unknown.lines)
                #expect(hidden.privacy == [])
                #expect(hidden.sources.map(\.use) == [.askedUnlessPrivate])
            }
        }
        for explanation in [reserved, published] {
            #expect(explanation.sources.map(\.reference) == [.remote("pypi")])
            #expect(explanation.sources.allSatisfy { $0.url == nil }, "no address for anonymous callers")
            #expect(explanation.releases.isEmpty)
            #expect(!explanation.lines.contains { $0.contains("team") })
        }
        let forAlice = try await explain("ours", installation, caller: TestInstallation.alice)
        #expect(forAlice.privacy == [.published(in: team)])
        #expect(forAlice.releases.first?.files.first?.place == .published(in: team))
        let error = await #expect(throws: RegistryError.self) { try await explain("ours", installation, in: team) }
        #expect(error?.code == .authenticationRequired)
        await installation.close()
    }

    @Test("says what is known here while the upstream fails")
    func failing() async throws {
        upstream.fail([.page], .unreachable)
        let installation = try await open([.caching()])
        let explanation = try await explain("six", installation)
        #expect(explanation.failure != nil)
        #expect(explanation.sources.map(\.use) == [.asked])
        #expect(explanation.lines.contains { $0.hasPrefix("not all is known: ") })

        upstream.heal()
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        #expect(try await explain("six", installation).releases.count == 1)
        upstream.fail([.page], .unreachable)
        clock.advance(seconds: 3600)
        let stale = try await explain("six", installation)
        #expect(stale.isStale)
        #expect(stale.failure == nil)
        #expect(stale.releases.map(\.isListed) == [true])
        await installation.close()
    }

    @Test("says where clients are sent, who is not asked, and for whom")
    func otherUses() async throws {
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        let second = try #require(IndexName("second"))
        let third = try #require(IndexName("third"))
        let installation = try await open([
            .caching(fallback: .redirect), .caching(second, access: AccessLists(cacheUpdate: [.user("alice")])),
            .caching(third, fallback: .none),
        ])
        #expect(try await explain("six", installation).sources.map(\.use) == [.redirect])
        let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))
        #expect(try await explain("six", installation, in: second, caller: bob).sources.map(\.use) == [.mayNotUpdate])
        #expect(upstream.requests == [])
        let none = try await explain("six", installation, in: third)
        #expect(none.sources.isEmpty)
        #expect(none.lines.contains { $0.contains("fallback = \"none\"") })
        await installation.close()
    }
}
