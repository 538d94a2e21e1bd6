import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

/// What exists or is reserved here is never mixed with, replaced by, or requested from an upstream.
@Suite("A private name")
struct PrivateNamesTests {
    @Test("is never asked of an upstream, in any mode", arguments: Fallback.allCases)
    func reserved(fallback: Fallback) async throws {
        let upstream = InMemoryUpstream()
        upstream.serve("acme-tools", [try UpstreamSample("acme-tools", "99.0")])
        let patterns = try ["acme-*", "internal.tools"].map { try #require(NamePattern($0)) }
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(fallback: fallback, privateNames: patterns)],
            upstreams: [upstream])
        for name in ["acme-tools", "Acme_Tools", "acme.x", "internal-tools", "INTERNAL__tools"] {
            #expect(try await ReadPage(name, of: installation.registry) == nil, "\(name)")
        }
        let wheel = try UpstreamSample("acme-tools", "99.0")
        for locator in [
            FileAddress.Locator.project(try projectName("acme-tools")),
            .sha256(SHA256Digest(hashing: wheel.bytes)),
        ] {
            let address = FileAddress(index: .main, locator: locator, filename: wheel.file.filename)
            for isMetadata in [false, true] {
                await #expect(throws: RegistryError.self) {
                    _ = try await installation.registry.downloads.file(
                        at: address, isMetadata: isMetadata, caller: .anonymous)
                }
            }
        }
        #expect(upstream.requests == [])
        await installation.close()
    }

    @Test("stays private after its files are deleted, and in the other indexes of the server")
    func publishedOnce() async throws {
        let upstream = InMemoryUpstream()
        upstream.serve("secret", [try UpstreamSample("secret", "99.0")])
        let team = try #require(IndexName("team"))
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(), .caching(team)], upstreams: [upstream])
        let upload = try Upload("secret", "1.0")
        try await upload.publish(to: installation, index: team, caller: TestInstallation.administrator)
        #expect(try await ReadPage("secret", of: installation.registry, in: team)?.filenames == [upload.filename])
        #expect(try await ReadPage("secret", of: installation.registry) == nil)
        let target = FileTarget(index: team, project: try projectName("secret"), selection: .file(upload.filename))
        try await installation.registry.management.delete(target, caller: TestInstallation.administrator)
        #expect(try await ReadPage("secret", of: installation.registry, in: team)?.filenames == [])
        #expect(try await ReadPage("secret", of: installation.registry) == nil)
        #expect(upstream.requests == [])
        await installation.close()
    }

    @Test("can be made of a name that somebody has only looked at")
    func lookedAt() async throws {
        let upstream = InMemoryUpstream()
        upstream.serve("left", [try UpstreamSample("left", "1.0")])
        let team = try #require(IndexName("team"))
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(), .caching(team)], upstreams: [upstream])
        for index in [IndexName.main, team] {
            #expect(try await ReadPage("left", of: installation.registry, in: index)?.filenames.count == 1)
        }
        let own = try Upload("left", "2.0")
        try await own.publish(to: installation)
        #expect(try await ReadPage("left", of: installation.registry)?.filenames == [own.filename])
        #expect(try await ReadPage("left", of: installation.registry, in: team) == nil)
        await installation.close()
    }

    @Test("goes back to the upstreams when its files are deleted and it is released")
    func released() async throws {
        let upstream = InMemoryUpstream()
        let foreign = try UpstreamSample("flask", "3.0")
        upstream.serve("flask", [foreign])
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching()], upstreams: [upstream])
        let registry = installation.registry
        let (name, own) = (try projectName("flask"), try Upload("flask", "0.0.1"))
        try await own.publish(to: installation)
        let administrator = TestInstallation.administrator
        let early = await #expect(throws: RegistryError.self) {
            try await registry.management.release(name, in: .main, caller: administrator)
        }
        #expect(early?.code == .conflict)
        try await registry.management.delete(
            FileTarget(index: .main, project: name, selection: .file(own.filename)), caller: administrator)
        #expect(try await ReadPage("flask", of: registry)?.filenames == [])
        let lines = try await registry.explaining.why(name, in: .main, caller: administrator).lines
        #expect(lines.contains { $0.contains("cellar project release flask --index main") })
        let refused = await #expect(throws: RegistryError.self) {
            try await registry.management.release(name, in: .main, caller: TestInstallation.alice)
        }
        #expect(refused?.code == .forbidden)
        #expect(try await !registry.management.release(name, in: .main, caller: administrator).isPrivate)
        #expect(try await ReadPage("flask", of: registry)?.filenames == [foreign.file.filename])
        await installation.close()
    }

    @Test("is not given back while the configuration reserves it")
    func releasedButReserved() async throws {
        let patterns = [try #require(NamePattern("acme-*"))]
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(privateNames: patterns)], upstreams: [InMemoryUpstream()])
        let name = try projectName("acme-x")
        try await installation.registry.management.claim(name, in: .main, caller: TestInstallation.administrator)
        let error = await #expect(throws: RegistryError.self) {
            try await installation.registry.management.release(name, in: .main, caller: TestInstallation.administrator)
        }
        #expect(error?.code == .conflict && error?.message.contains("private") == true)
        await installation.close()
    }

    @Test("cannot be made of a name of which an upstream's files are kept, but with the right to claim it")
    func claimed() async throws {
        let upstream = InMemoryUpstream()
        upstream.serve("left", [try UpstreamSample("left", "1.0")])
        let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))
        let team = try #require(IndexName("team"))
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(),
            indexes: [
                .caching(),
                IndexSettings(name: team, access: AccessLists(write: [.authenticated], claim: [.user("alice")])),
            ], upstreams: [upstream])
        #expect(try await ReadPage("left", of: installation.registry)?.filenames.count == 1)
        try await installation.database.cache(SampleFile("left", "0.9"))
        for (index, caller) in [(IndexName.main, TestInstallation.alice), (team, bob)] {
            let error = await #expect(throws: RegistryError.self) {
                try await Upload("left", "2.0").publish(to: installation, index: index, caller: caller)
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("the right \"claim\" in the index \(index)") == true)
        }
        try await Upload("left", "2.0").publish(to: installation, index: team, caller: TestInstallation.alice)
        #expect(try await ReadPage("left", of: installation.registry, in: team)?.filenames.count == 1)
        #expect(try await ReadPage("left", of: installation.registry) == nil)
        #expect(try await installation.registry.database.cachedFiles(in: nil).isEmpty)
        await installation.close()
    }

    @Test("with an upstream's files beside it is possible only for projects that the index lists")
    func mirrored() async throws {
        let upstream = InMemoryUpstream()
        let foreign = try UpstreamSample("both", "1.0")
        let clashing = try UpstreamSample("both", "2.0")
        upstream.serve("both", [foreign, clashing])
        upstream.serve("ours", [try UpstreamSample("ours", "9.0")])
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(),
            indexes: [.caching(fallback: .mirror, mirrored: [try projectName("both")])], upstreams: [upstream])
        let own = try Upload("both", "2.0", note: "of our own")
        try await own.publish(to: installation)
        try await Upload("ours", "1.0").publish(to: installation)
        let page = try #require(try await ReadPage("both", of: installation.registry))
        #expect(page.filenames == [own.filename, foreign.file.filename])
        #expect(page.page.files.first?.sha256 == SHA256Digest(hashing: own.bytes).description)
        #expect(try await ReadPage("ours", of: installation.registry)?.filenames.count == 1)
        #expect(upstream.askedPages == [try projectName("both")])
        await installation.close()
    }

    @Test("a mirrored name is public for indexes that do not mirror it, too")
    func mirroredElsewhere() async throws {
        let other = try #require(IndexName("other"))
        let upstream = InMemoryUpstream()
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(),
            indexes: [.caching(fallback: .mirror, mirrored: [try projectName("both")]), .caching(other)],
            upstreams: [upstream])
        upstream.serve("both", [try UpstreamSample("both", "2.0")])
        try await Upload("both", "1.0").publish(to: installation)
        #expect(try await ReadPage("both", of: installation.registry)?.filenames.count == 2)
        for _ in 0..<2 {
            #expect(
                try await ReadPage("both", of: installation.registry, in: other)?.filenames
                    == ["both-2.0-py3-none-any.whl"])
        }
        await installation.close()
    }

    @Test("cached files are not served once the name is private, page or not")
    func noLongerMirrored() async throws {
        let upstream = InMemoryUpstream()
        let foreign = try UpstreamSample("both", "1.0")
        upstream.serve("both", [foreign])
        let place = try TestInstallation.Place()
        let digest = try #require(SHA256Digest(hex: foreign.file.sha256 ?? ""))
        let address = FileAddress(index: .main, sha256: digest, filename: foreign.file.filename)
        let mirroring = try await TestInstallation.open(
            place, indexes: [.caching(fallback: .mirror, mirrored: [try projectName("both")])], upstreams: [upstream])
        try await Upload("both", "2.0").publish(to: mirroring)
        let entry = try await mirroring.registry.downloads.file(at: address, caller: .anonymous)
        guard case .offered(let offered) = entry.contents else { throw CancellationError() }
        try await offered.keep()
        _ = try await mirroring.registry.downloads.file(at: address, caller: .anonymous)
        await mirroring.close()

        let installation = try await TestInstallation.open(place, indexes: [.caching()], upstreams: [upstream])
        #expect(try await ReadPage("both", of: installation.registry)?.filenames.count == 1)
        for isMetadata in [true, false] {
            let error = await #expect(throws: RegistryError.self) {
                try await installation.registry.downloads.file(at: address, isMetadata: isMetadata, caller: .anonymous)
            }
            #expect(error?.code == .blocked)
        }
        await installation.close()
    }
}
