import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("A page of an upstream")
struct FollowingTests {
    private let upstream = InMemoryUpstream()
    private let clock = TestClock()

    private func open(_ indexes: [IndexSettings] = [.caching()]) async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: indexes, upstreams: [upstream], clock: clock.clock)
    }

    @Test("is asked for once while it is fresh, and revalidated after that")
    func freshness() async throws {
        let installation = try await open()
        upstream.serve("six", [try UpstreamSample("six", "1.0")], entityTag: "\"a\"")
        for _ in 0..<3 { #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1) }
        #expect(upstream.count(of: .page) == 1)
        clock.advance(seconds: 599)
        _ = try await ReadPage("six", of: installation.registry)
        #expect(upstream.count(of: .page) == 1)
        clock.advance(seconds: 2)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        #expect(
            upstream.requests.last == .page(try projectName("six"), known: .init(entityTag: "\"a\"", lastModified: nil))
        )
        await installation.close()
    }

    @Test("is fetched once however many ask for it")
    func coalesced() async throws {
        let installation = try await open()
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        let gate = TestGate()
        upstream.hold(.page, at: gate)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<20 {
                group.addTask {
                    let format: PageKey.Format = caller.isMultiple(of: 2) ? .json : .html
                    _ = try await installation.registry.pages.project(
                        try projectName("six"), format: format, in: .main, caller: .anonymous)
                }
            }
            await gate.waitForArrivals(1)
            gate.open()
            try await group.waitForAll()
        }
        #expect(upstream.count(of: .page) == 1)
        await installation.close()
    }

    @Test("follows the upstream: new files, yanks and lost ones")
    func follows() async throws {
        let installation = try await open()
        upstream.serve("six", [try UpstreamSample("six", "1.0"), try UpstreamSample("six", "2.0")])
        _ = try await ReadPage("six", of: installation.registry)
        upstream.serve(
            "six", [try UpstreamSample("six", "2.0", yanked: .yes(reason: "broken")), try UpstreamSample("six", "3.0")])
        clock.advance(seconds: 700)
        let page = try #require(try await ReadPage("six", of: installation.registry))
        #expect(page.filenames == ["six-2.0-py3-none-any.whl", "six-3.0-py3-none-any.whl"])
        #expect(page.page.files.first?.yanked == .yes(reason: "broken"))
        await installation.close()
    }

    @Test("shows every change that the upstream makes")
    func changes() async throws {
        let installation = try await open()
        let plain = try UpstreamSample("six", "1.0").file
        var yanked = plain
        yanked.yanked = .yes(reason: nil)
        var bound = plain
        bound.requiresPython = ">=3.9"
        var sized = plain
        sized.size = 7
        let strange = try strange(plain)
        let page = SimpleProjectPage(name: "six", files: [plain], versions: [], lastSerial: 0)
        var archived = page
        archived.status = .archived
        for files in [[plain], [plain, strange], [strange, plain], [yanked], [bound], [sized], [sized, strange], []] {
            var changed = page
            changed.files = files
            upstream.set(changed)
            clock.advance(seconds: 700)
            let read = try #require(try await ReadPage("six", of: installation.registry)).page
            #expect(read.status == .active)
            let listed = files.filter { $0.filename == plain.filename }
            #expect(read.files.map(\.filename) == listed.map(\.filename))
            #expect(read.files.map(\.yanked) == listed.map(\.yanked))
            #expect(read.files.map(\.requiresPython) == listed.map(\.requiresPython))
            #expect(read.files.map(\.size) == listed.map(\.size))
        }
        upstream.set(page)
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.page.status == .active)
        upstream.set(archived)
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.page.status == .archived)
        await installation.close()
    }

    /// A file that no index lists, since it is neither a wheel nor a source distribution.
    private func strange(_ file: SimpleFile) throws -> SimpleFile {
        var strange = file
        strange.filename = "six-1.0.txt"
        return strange
    }

    @Test("that says the same of what can be listed is not stored again, in this process or after a restart")
    func saidAgain() async throws {
        let place = try TestInstallation.Place()
        let plain = try UpstreamSample("six", "1.0", hashes: false, uploadTime: nil, yanked: .yes(reason: "why")).file
        var first: String?
        for restart in 0..<2 {
            let installation = try await TestInstallation.open(
                place, indexes: [.caching()], upstreams: [upstream], clock: clock.clock)
            for files in [[plain], [try strange(plain), plain], [plain, try strange(plain)]] {
                clock.advance(seconds: 700)
                upstream.set(SimpleProjectPage(name: "six", files: files, versions: ["1.0"], lastSerial: 0))
                #expect(try await ReadPage("six", of: installation.registry)?.filenames == [plain.filename])
                let name = try projectName("six")
                let kept = try #require(try await installation.database.upstreamPage(of: name, from: upstream.id))
                first = first ?? kept.body
                #expect(kept.body == first, "restart \(restart)")
                #expect(kept.state.fetchedAt == clock.now)
            }
            await installation.close()
        }
    }

    @Test("that can't be read any more is fetched again")
    func unreadable() async throws {
        let installation = try await open()
        let name = try projectName("six")
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        let state = UpstreamPageState(
            validators: PageValidators(entityTag: "\"a\"", lastModified: nil), fetchedAt: clock.now,
            freshUntil: clock.now.adding(microseconds: 1_000_000))
        try await installation.database.keepUpstreamPage(
            StoredUpstreamPage(upstream: upstream.id, project: name, state: state, body: "nonsense"), pins: [])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        #expect(upstream.requests == [.page(name, known: nil)])
        await installation.close()
    }

    @Test("is served while the upstream fails, for thirty days; a 404 is none of its failures")
    func stale() async throws {
        let installation = try await open()
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        _ = try await ReadPage("six", of: installation.registry)
        upstream.fail([.page], .unreachable)
        clock.advance(seconds: 29 * 86400)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        #expect(installation.registry.metrics.upstreamPages.count(of: .stale) == 1)
        clock.advance(seconds: 2 * 86400)
        let error = await #expect(throws: RegistryError.self) { try await ReadPage("six", of: installation.registry) }
        #expect(error?.code == .unavailable)
        upstream.heal()
        upstream.removePage(of: try projectName("six"))
        clock.advance(seconds: 60)
        #expect(try await ReadPage("six", of: installation.registry) == nil)
        await installation.close()
    }

    @Test("that is unknown is remembered as such for a minute")
    func unknown() async throws {
        let installation = try await open()
        for _ in 0..<3 { #expect(try await ReadPage("nope", of: installation.registry) == nil) }
        #expect(upstream.count(of: .page) == 1)
        upstream.serve("nope", [try UpstreamSample("nope", "1.0")])
        clock.advance(seconds: 61)
        #expect(try await ReadPage("nope", of: installation.registry)?.filenames.count == 1)
        await installation.close()
    }

    @Test("lists under our own addresses: by digest, or by project if the upstream states no digest")
    func addresses() async throws {
        let installation = try await open()
        let hashed = try UpstreamSample("six", "1.0")
        let unhashed = try UpstreamSample("six", "2.0", hashes: false)
        upstream.serve("six", [hashed, unhashed])
        let page = try #require(try await ReadPage("six", of: installation.registry))
        let digest = try #require(hashed.file.sha256)
        #expect(
            page.page.files.map(\.url) == [
                "http://cellar.test/main/files/\(digest)/six-1.0-py3-none-any.whl",
                "http://cellar.test/main/files/u/six/six-2.0-py3-none-any.whl",
            ])
        #expect(page.page.files.map(\.coreMetadata) == [.unhashed, .unhashed])
        await installation.close()
    }

    @Test("shows people without cache_update only what is kept, and asks nothing for them")
    func cacheUpdate() async throws {
        let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))
        let installation = try await open([.caching(access: AccessLists(cacheUpdate: [.user("alice")]))])
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        #expect(try await ReadPage("six", of: installation.registry, caller: bob) == nil)
        #expect(upstream.requests == [])
        let page = try await ReadPage("six", of: installation.registry, caller: TestInstallation.alice)
        #expect(page?.filenames.count == 1)
        #expect(try await ReadPage("six", of: installation.registry, caller: bob) == nil)
        await installation.close()
    }

    @Test("is where an index in redirect mode sends its readers, for names that are not here")
    func redirect() async throws {
        let installation = try await open([.caching(fallback: .redirect)])
        try await Upload("ours", "1.0").publish(to: installation)
        let answer = try await installation.registry.pages.project(
            try projectName("six"), format: .html, in: .main, caller: .anonymous)
        guard case .elsewhere(let address) = answer else {
            Issue.record("not sent elsewhere")
            return
        }
        #expect(address == upstream.pageURL(of: try projectName("six")))
        #expect(try await ReadPage("ours", of: installation.registry)?.filenames.count == 1)
        #expect(upstream.requests == [])
        await installation.close()
    }
}
