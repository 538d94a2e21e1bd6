import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("Several upstreams in order")
struct ChainTests {
    private let first = InMemoryUpstream(id: "first", url: "https://first.example/simple/")
    private let second = InMemoryUpstream(id: "second", url: "https://second.example/simple/")
    private let clock = TestClock()

    private func open(_ indexes: [IndexSettings]) async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: indexes, upstreams: [first, second], clock: clock.clock)
    }

    private let both: [UpstreamReference] = [.remote("first"), .remote("second")]

    @Test("only a definite 404 goes on to the next")
    func order() async throws {
        let installation = try await open([.caching(.main, both)])
        second.serve("six", [try UpstreamSample("six", "2.0")])
        second.serve("other", [try UpstreamSample("other", "2.0")])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == ["six-2.0-py3-none-any.whl"])
        for reason in UpstreamError.Reason.allCases where reason != .notFound && reason != .leadsElsewhere {
            first.fail([.page], reason)
            let error = await #expect(throws: RegistryError.self) {
                try await ReadPage("other", of: installation.registry)
            }
            #expect(error?.code == .unavailable)
        }
        #expect(second.askedPages == [try projectName("six")])
        await installation.close()
    }

    @Test("the first that knew a project owns it for good")
    func ownership() async throws {
        let installation = try await open([.caching(.main, both)])
        let six = try projectName("six")
        second.serve("six", [try UpstreamSample("six", "2.0")])
        _ = try await ReadPage("six", of: installation.registry)
        first.serve("six", [try UpstreamSample("six", "666.0")])
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == ["six-2.0-py3-none-any.whl"])
        second.removePage(of: six)
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry) == nil)
        #expect(first.askedPages == [six])
        await installation.close()
    }

    @Test("an index behind that sends its readers elsewhere sends those of the indexes before it there too")
    func redirectBehind() async throws {
        let (team, hidden) = (try #require(IndexName("team")), try #require(IndexName("hidden")))
        let installation = try await open([
            .caching(.main, [.index(team)]),
            .caching(team, [.remote("first")], fallback: .redirect),
            .caching(hidden, [.remote("first")], fallback: .redirect, access: AccessLists(read: [.user("alice")])),
            .caching(try #require(IndexName("front")), [.index(hidden), .remote("second")], fallback: .redirect),
        ])
        func destination(_ name: String, in index: String, _ caller: Caller = .anonymous) async throws -> String? {
            try await self.destination(of: name, in: try #require(IndexName(index)), caller, installation)
        }
        try await Upload("ours", "1.0").publish(to: installation, index: hidden)
        let there = "https://first.example/simple/six/"
        #expect(try await destination("six", in: "main") == there)
        #expect(try await destination("six", in: "team") == there)
        #expect(try await destination("six", in: "front", TestInstallation.alice) == there)
        // A caller who may not look into a place that comes first is sent nowhere: it may have the project.
        #expect(try await destination("six", in: "front") == "a login")
        #expect(try await destination("ours", in: "main") == nil)
        #expect(first.requests == [])
        await installation.close()
    }

    @Test("from an index with restricted projects only people are sent elsewhere: it would show which are restricted")
    func redirectBesideGrants() async throws {
        let installation = try await open([.caching(.main, [.remote("first")], fallback: .redirect)])
        let there = "https://first.example/simple/six/"
        #expect(try await destination(of: "six", in: .main, .anonymous, installation) == there)
        _ = try await installation.registry.granting.add(
            .write, to: .everyone, on: .projects(.main, .name(try projectName("ours"))), caller: .localOperator)
        for isPublished in [false, true] {
            if isPublished { try await Upload("ours", "1.0").publish(to: installation, caller: .localOperator) }
            for name in ["six", "ours"] {
                #expect(try await destination(of: name, in: .main, .anonymous, installation) == "a login")
            }
            #expect(try await destination(of: "six", in: .main, TestInstallation.alice, installation) == there)
            #expect(try await destination(of: "ours", in: .main, TestInstallation.alice, installation) == nil)
        }
        await installation.close()
    }

    @Test("a page that is rendered while grants change shows what they allow then")
    func grantsDuringRendering() async throws {
        let team = try #require(IndexName("team"))
        let installation = try await open([.caching(.main, [.index(team)]), .caching(team, [.remote("first")])])
        first.serve("six", [try UpstreamSample("six", "1.0")])
        let gate = TestGate()
        first.hold(.page, at: gate)
        async let page = ReadPage("six", of: installation.registry, caller: TestInstallation.alice)
        await gate.waitForArrivals(1)
        _ = try await installation.registry.granting.add(
            .write, to: .everyone, on: .projects(team, .name(try projectName("six"))), caller: .localOperator)
        gate.open()
        let found = try await page
        #expect(found == nil)
        await installation.close()
    }

    /// Returns where the page of a project sends a caller; nil if it is not found.
    private func destination(
        of name: String, in index: IndexName, _ caller: Caller, _ installation: TestInstallation
    ) async throws -> String? {
        do {
            let page = try await installation.registry.pages.project(
                try projectName(name), format: .html, in: index, caller: caller)
            guard case .elsewhere(let address) = page else { return "a page" }
            return address
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        } catch let error as RegistryError where error.code == .authenticationRequired {
            return "a login"
        }
    }

    @Test("another index of this server stands among them: staging on prod on an upstream")
    func staging() async throws {
        let staging = try #require(IndexName("staging"))
        let prod = try #require(IndexName("prod"))
        let installation = try await open([
            .caching(staging, [.index(prod)]), .caching(prod, [.remote("first")]),
        ])
        first.serve("six", [try UpstreamSample("six", "1.0")])
        let old = try Upload("ours", "1.0")
        let new = try Upload("ours", "2.0")
        try await old.publish(to: installation, index: prod)
        try await new.publish(to: installation, index: staging)
        #expect(try await ReadPage("six", of: installation.registry, in: staging)?.filenames.count == 1)
        #expect(
            try await ReadPage("ours", of: installation.registry, in: staging)?.filenames
                == [new.filename, old.filename])
        #expect(try await ReadPage("ours", of: installation.registry, in: prod)?.filenames == [old.filename])
        let reference = FileAddress(index: staging, sha256: SHA256Digest(hashing: old.bytes), filename: old.filename)
        let entry = try await installation.registry.downloads.file(at: reference, caller: .anonymous)
        #expect(entry.size == Int64(old.bytes.count))
        #expect(first.askedPages == [try projectName("six")])
        await installation.close()
    }

    @Test("through a chain a caller needs to read in each index")
    func rights() async throws {
        let staging = try #require(IndexName("staging"))
        let prod = try #require(IndexName("prod"))
        let closed = AccessLists(read: [.authenticated])
        let installation = try await open([
            .caching(staging, [.index(prod)]), .caching(prod, [.remote("first")], access: closed),
        ])
        first.serve("six", [try UpstreamSample("six", "1.0")])
        let upload = try Upload("ours", "1.0")
        try await upload.publish(to: installation, index: prod)
        for name in ["six", "ours"] {
            let known = try await ReadPage(
                name, of: installation.registry, in: staging, caller: TestInstallation.alice)
            #expect(known?.filenames.count == 1)
            #expect(try await asksForLogin(name, of: installation.registry, in: staging))
        }
        #expect(try await asksForLogin("absent", of: installation.registry, in: staging))
        #expect(
            try await ReadPage("absent", of: installation.registry, in: staging, caller: TestInstallation.alice) == nil)
        let address = FileAddress(
            index: staging, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        let error = await #expect(throws: RegistryError.self) {
            try await installation.registry.downloads.file(at: address, caller: .anonymous)
        }
        #expect(error?.code == .authenticationRequired)
        await installation.close()
    }

    /// Whether an anonymous caller is asked to log in for a project's page.
    private func asksForLogin(_ name: String, of registry: RegistryServices, in index: IndexName = .main) async throws
        -> Bool
    {
        do {
            _ = try await ReadPage(name, of: registry, in: index)
            return false
        } catch let error as RegistryError where error.code == .authenticationRequired {
            return true
        }
    }

    @Test("who may not look into the first place never makes a later one the owner")
    func hiddenFirst() async throws {
        let corp = try #require(IndexName("corp"))
        let installation = try await open([
            .caching(.main, [.index(corp), .remote("second")]),
            .caching(corp, [.remote("first")], access: AccessLists(read: [.authenticated])),
        ])
        first.serve("acme-lib", [try UpstreamSample("acme-lib", "1.0")])
        second.serve("acme-lib", [try UpstreamSample("acme-lib", "666.0")])
        second.serve("six", [try UpstreamSample("six", "1.0")])
        for name in ["acme-lib", "six"] { #expect(try await asksForLogin(name, of: installation.registry)) }
        #expect(first.askedPages == [])
        #expect(second.askedPages == [])
        for name in ["acme-lib", "six"] {
            let page = try await ReadPage(name, of: installation.registry, caller: TestInstallation.alice)
            #expect(page?.filenames == [name.replacing("-", with: "_") + "-1.0-py3-none-any.whl"])
        }
        #expect(try await asksForLogin("acme-lib", of: installation.registry))
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        #expect(second.askedPages == [try projectName("six")])
        await installation.close()
    }

    @Test("what one caller had through a closed index is not handed to another")
    func closedBetween() async throws {
        let between = try #require(IndexName("between"))
        let last = try #require(IndexName("last"))
        let installation = try await open([
            .caching(.main, [.index(between)]),
            .caching(between, [.index(last)], access: AccessLists(read: [.authenticated])),
            .caching(last, [.remote("first")]),
        ])
        let upload = try Upload("ours", "1.0")
        try await upload.publish(to: installation, index: last)
        let address = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        for _ in 0..<2 {
            _ = try await installation.registry.downloads.file(at: address, caller: TestInstallation.alice)
            await #expect(throws: RegistryError.self) {
                try await installation.registry.downloads.file(at: address, caller: .anonymous)
            }
        }
        let ours = try #require(NormalizedName("ours"))
        #expect(!installation.registry.permissions.isPublic(ours, in: .main), "so that no shared cache keeps its files")
        #expect(installation.registry.permissions.isPublic(ours, in: last))
        await installation.close()
    }

    @Test("a project that is quarantined here is so whoever else has it")
    func quarantined() async throws {
        let prod = try #require(IndexName("prod"))
        let installation = try await open([.caching(.main, [.index(prod)]), .caching(prod, [.remote("first")])])
        let sample = try UpstreamSample("six", "1.0")
        first.serve("six", [sample])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        try await installation.registry.management.setStatus(
            .quarantined, reason: "stolen", of: try projectName("six"), in: .main,
            caller: TestInstallation.administrator)
        let page = try #require(try await ReadPage("six", of: installation.registry))
        #expect(page.filenames == [])
        #expect(page.page.status == .quarantined)
        let digest = try #require(SHA256Digest(hex: sample.file.sha256 ?? ""))
        for isMetadata in [true, false] {
            let error = await #expect(throws: RegistryError.self) {
                try await installation.registry.downloads.file(
                    at: FileAddress(index: .main, sha256: digest, filename: sample.file.filename),
                    isMetadata: isMetadata, caller: .anonymous)
            }
            #expect(error?.code == .blocked)
        }
        #expect(try await ReadPage("six", of: installation.registry, in: prod)?.filenames.count == 1)
        await installation.close()
    }

    @Test("the size that any index on the way takes is the most, even if the page states none")
    func sizeLimits() async throws {
        let prod = try #require(IndexName("prod"))
        let installation = try await open([
            .caching(.main, [.index(prod)], policy: IndexPolicy(maxSize: 10)), .caching(prod, [.remote("first")]),
        ])
        let sample = try UpstreamSample("six", "1.0")
        first.serve("six", [sample])
        let digest = try #require(SHA256Digest(hex: sample.file.sha256 ?? ""))
        func size(in index: IndexName) async throws -> Int64? {
            let address = FileAddress(index: index, sha256: digest, filename: sample.file.filename)
            let entry = try await installation.registry.downloads.file(at: address, caller: .anonymous)
            guard case .offered(let offered) = entry.contents else { return entry.size }
            return try await offered.whole().size
        }
        let error = await #expect(throws: RegistryError.self) { try await size(in: .main) }
        #expect(error?.code == .blocked)
        #expect(try await size(in: prod) != nil)
        await installation.close()
    }
}
