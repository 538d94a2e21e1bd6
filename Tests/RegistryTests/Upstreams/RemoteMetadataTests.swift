import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("The core metadata of an upstream's file")
struct RemoteMetadataTests {
    private let upstream = InMemoryUpstream()

    private let clock = TestClock()

    private func open(policy: IndexPolicy = IndexPolicy()) async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(policy: policy)], upstreams: [upstream],
            clock: clock.clock)
    }

    private func metadata(of sample: UpstreamSample, in installation: TestInstallation) async throws -> String {
        let digest = try #require(SHA256Digest(hex: sample.file.sha256 ?? ""))
        let entry = try await installation.registry.downloads.file(
            at: FileAddress(index: .main, sha256: digest, filename: sample.file.filename), isMetadata: true,
            caller: .anonymous)
        guard case .bytes(let bytes) = entry.contents else { return "" }
        return String(buffer: bytes)
    }

    @Test("is read out of the wheel by ranges where the upstream offers none, once, and has its digest on pages then")
    func ranges() async throws {
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        let installation = try await open()
        for _ in 0..<2 { #expect(try await metadata(of: sample, in: installation).contains("Name: six")) }
        let opened = upstream.requests.filter { $0.call == .open }
        #expect(opened.count == 1)
        #expect(!upstream.requests.contains(.open(sample.file.url, range: nil)))
        let page = try #require(try await ReadPage("six", of: installation.registry))
        let expected = SHA256Digest(hashing: ByteBuffer(string: try await metadata(of: sample, in: installation)))
        #expect(page.page.files.first?.coreMetadata == .sha256(expected.description))
        let pins = try await installation.database.pins(of: projectName("six"), from: upstream.id)
        #expect(pins[sample.file.filename]?.firstSeenAt == sample.file.uploadTime, "not the moment of this look")
        await installation.close()
    }

    private static let text = "Metadata-Version: 2.1\nName: six\nVersion: 1.0\n"
    private static let stated = SimpleFile.CoreMetadata.sha256(
        SHA256Digest(hashing: ByteBuffer(string: text)).description)

    @Test("is the upstream's if it offers one; pages state no digest before it is here")
    func offered() async throws {
        let sample = try UpstreamSample("six", "1.0", coreMetadata: Self.stated)
        upstream.serve("six", [sample])
        upstream.set(ByteBuffer(string: Self.text), at: sample.file.url + ".metadata")
        let installation = try await open()
        let page = try #require(try await ReadPage("six", of: installation.registry))
        #expect(page.page.files.map(\.coreMetadata) == [.unhashed])
        #expect(try await metadata(of: sample, in: installation) == Self.text)
        #expect(!upstream.requests.contains(.open(sample.file.url, range: nil)))
        await installation.close()
    }

    /// What can be wrong with metadata that a page advertises: other bytes, or an error in their place.
    static let failures: [(bytes: String?, reason: UpstreamError.Reason?)] = [
        (text + "Requires-Dist: evil\n", nil), ("<!DOCTYPE html><title>Sign in</title>", nil),
        (nil, .refused), (nil, .notFound), (nil, .failed), (nil, .malformed), (nil, .truncated),
    ]

    @Test(
        "comes from the wheel if the advertised one fails, and pages state the digest of what is served",
        arguments: 0..<failures.count, [true, false])
    func failing(number: Int, servesRanges: Bool) async throws {
        let (bytes, reason) = Self.failures[number]
        let sample = try UpstreamSample("six", "1.0", coreMetadata: Self.stated)
        upstream.serve("six", [sample])
        upstream.set(InMemoryUpstream.File(sample.bytes, servesRanges: servesRanges), at: sample.file.url)
        if let bytes { upstream.set(ByteBuffer(string: bytes), at: sample.file.url + ".metadata") }
        if let reason { upstream.failNext(.open, reason) }
        let installation = try await open()
        _ = try await ReadPage("six", of: installation.registry)
        let served = try await metadata(of: sample, in: installation)
        #expect(served.contains("Name: six") && !served.contains("evil"))
        let digest = SHA256Digest(hashing: ByteBuffer(string: served)).description
        let page = try #require(try await ReadPage("six", of: installation.registry))
        #expect(page.page.files.map(\.coreMetadata) == [.sha256(digest)])
        await installation.close()
    }

    @Test("comes from the whole wheel if its parts are refused too")
    func refusedParts() async throws {
        let sample = try UpstreamSample("six", "1.0", coreMetadata: Self.stated)
        upstream.serve("six", [sample])
        for _ in 0..<2 { upstream.failNext(.open, .refused) }
        let installation = try await open()
        #expect(try await metadata(of: sample, in: installation).contains("Name: six"))
        await installation.close()
    }

    @Test(
        "is unavailable while the upstream is, without a second try",
        arguments: [.unreachable, .busy, .resting] as [UpstreamError.Reason])
    func unavailable(reason: UpstreamError.Reason) async throws {
        let sample = try UpstreamSample("six", "1.0", coreMetadata: Self.stated)
        upstream.serve("six", [sample])
        upstream.fail([.open], reason)
        let installation = try await open()
        let error = await #expect(throws: RegistryError.self) { try await metadata(of: sample, in: installation) }
        #expect(error?.code == .unavailable)
        #expect(upstream.requests.filter { $0.call == .open }.count == 1)
        await installation.close()
    }

    @Test("is listed for every wheel of a page that names none, and else for those that the page names it of")
    func namedForSome() async throws {
        let unnamed = try UpstreamSample("six", "1.0")
        upstream.serve("six", [unnamed, try UpstreamSample("six", "2.0", coreMetadata: .unhashed)])
        upstream.serve("seven", [try UpstreamSample("seven", "1.0"), try UpstreamSample("seven", "2.0")])
        let installation = try await open()
        let mixed = try #require(try await ReadPage("six", of: installation.registry))
        #expect(mixed.page.files.map(\.coreMetadata) == [.none, .unhashed])
        let plain = try #require(try await ReadPage("seven", of: installation.registry))
        #expect(plain.page.files.map(\.coreMetadata) == [.unhashed, .unhashed])
        _ = try await metadata(of: unnamed, in: installation)
        let later = try #require(try await ReadPage("six", of: installation.registry))
        #expect(later.page.files[0].coreMetadata != .none, "they were read out of the wheel, and are here")
        await installation.close()
    }

    @Test("lies beside the path of an address, before its query")
    func query() async throws {
        let plain = try UpstreamSample("six", "1.0")
        let text = "Metadata-Version: 2.1\nName: six\nVersion: 1.0\n"
        var file = plain.file
        file.url += "?sig=a%2Fb"
        file.coreMetadata = .unhashed
        let sample = UpstreamSample(file: file, bytes: plain.bytes)
        upstream.serve("six", [sample])
        upstream.set(ByteBuffer(string: text), at: plain.file.url + ".metadata?sig=a%2Fb")
        upstream.set(plain.bytes, at: file.url + ".metadata")
        let installation = try await open()
        #expect(try await metadata(of: sample, in: installation) == text)
        await installation.close()
    }

    static let impostors = [
        "<!DOCTYPE html><title>Sign in</title>", "", "Metadata-Version: 2.1\nName: seven\nVersion: 1.0\n",
        "Metadata-Version: 2.1\nName: six\nVersion: 1.1\n",
    ]

    @Test("is taken from the wheel if the upstream gives something else", arguments: impostors)
    func impostor(text: String) async throws {
        let sample = try UpstreamSample("six", "1.0", coreMetadata: .unhashed)
        upstream.serve("six", [sample])
        upstream.set(ByteBuffer(string: text), at: sample.file.url + ".metadata")
        let installation = try await open()
        for _ in 0..<2 {
            #expect(try await metadata(of: sample, in: installation).hasPrefix("Metadata-Version: 2.1\nName: six\n"))
        }
        await installation.close()
    }

    @Test("is served if installers can use it, though a required field is missing")
    func incomplete() async throws {
        let text = "Name: six\nVersion: 1.0\nRequires-Dist: other\n\n"
        var wheel = WheelBuilder(name: "six", version: "1.0")
        wheel.metadata = Array(text.utf8)
        let sample = try UpstreamSample(wheel: wheel.filename, ByteBuffer(bytes: try wheel.build()))
        upstream.serve("six", [sample])
        let installation = try await open()
        for _ in 0..<2 { #expect(try await metadata(of: sample, in: installation) == text) }
        let address = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: sample.bytes), filename: sample.file.filename)
        #expect(try await installation.bytes(at: address) == sample.bytes)
        while try await installation.database.cachedFiles(in: nil).isEmpty {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await metadata(of: sample, in: installation) == text)
        await installation.close()
    }

    @Test("is not the wheel's own bytes, which some servers give under any name")
    func wheelsOwnBytes() async throws {
        let sample = try UpstreamSample("six", "1.0", coreMetadata: .unhashed)
        upstream.serve("six", [sample])
        upstream.set(sample.bytes, at: sample.file.url + ".metadata")
        let installation = try await open()
        #expect(try await metadata(of: sample, in: installation).contains("Name: six"))
        await installation.close()
    }

    /// A wheel as installers take it and our publishing does not.
    static let peculiar: [@Sendable (inout ZipBuilder) -> Void] = [
        { $0.entries[0].externalAttributes = 0o120777 << 16 },
        { $0.entries.insert(.init("other-3.0.dist-info/METADATA", text: "Name: other"), at: 0) },
        { $0.entries.append($0.entries[0]) },
        { $0.comment = Array("a comment".utf8) },
    ]

    @Test(
        "is read out of a wheel that installers take, the first time and every time",
        arguments: 0..<peculiar.count, [true, false])
    func lenient(number: Int, servesRanges: Bool) async throws {
        var zip = WheelBuilder(name: "six", version: "1.0").zip()
        Self.peculiar[number](&zip)
        let sample = try UpstreamSample(wheel: "six-1.0-py3-none-any.whl", ByteBuffer(bytes: try zip.build()))
        upstream.serve("six", [sample])
        upstream.set(InMemoryUpstream.File(sample.bytes, servesRanges: servesRanges), at: sample.file.url)
        let installation = try await open()
        for _ in 0..<2 { #expect(try await metadata(of: sample, in: installation).contains("Name: six")) }
        let page = try #require(try await ReadPage("six", of: installation.registry))
        #expect(page.page.files.first?.coreMetadata != SimpleFile.CoreMetadata.none)
        await installation.close()
    }

    @Test("is not advertised any more once it has been looked for in vain, also when the wheel has been pruned")
    func truelyUnreadable() async throws {
        var wheel = WheelBuilder(name: "six", version: "1.0")
        wheel.distInfoName = "seven-1.0"
        let sample = try UpstreamSample(wheel: "six-1.0-py3-none-any.whl", ByteBuffer(bytes: try wheel.build()))
        upstream.serve("six", [sample])
        let installation = try await open()
        let error = await #expect(throws: RegistryError.self) { try await metadata(of: sample, in: installation) }
        #expect(error?.code == .notFound)
        func advertised() async throws -> SimpleFile.CoreMetadata? {
            try await ReadPage("six", of: installation.registry)?.page.files.first?.coreMetadata
        }
        #expect(try await advertised() == SimpleFile.CoreMetadata.none)
        let cached = try await installation.database.cachedFiles(in: .main)
        #expect(cached.count == 1)
        _ = try await installation.database.prune(
            cached, by: ChangeAuthor(name: "root", userID: nil, at: clock.now))
        let again = try await TestInstallation.open(
            installation.place, indexes: [.caching()], upstreams: [upstream], clock: clock.clock)
        let page = try await ReadPage("six", of: again.registry)
        #expect(page?.page.files.map(\.coreMetadata) == [SimpleFile.CoreMetadata.none])
        await again.close()
        await installation.close()
    }

    @Test(
        "of a source distribution is advertised only once it is known to hold for its wheels", arguments: [true, false])
    func sourceDistribution(isStatic: Bool) async throws {
        var builder = SourceDistributionBuilder(name: "six", version: "1.0")
        builder.metadataVersion = isStatic ? "2.2" : "2.1"
        let bytes = ByteBuffer(bytes: try builder.buildTarGzip())
        let stated = SHA256Digest(hashing: builder.metadataBytes).description
        let sample = UpstreamSample(
            file: SimpleFile(
                filename: "six-1.0.tar.gz", url: "https://files.example/six-1.0.tar.gz",
                sha256: SHA256Digest(hashing: bytes).description, size: nil, uploadTime: nil,
                coreMetadata: .sha256(stated)),
            bytes: bytes)
        upstream.serve("six", [sample])
        upstream.set(ByteBuffer(bytes: builder.metadataBytes), at: sample.file.url + ".metadata")
        let installation = try await open()
        func advertised() async throws -> SimpleFile.CoreMetadata? {
            try await ReadPage("six", of: installation.registry)?.page.files.first?.coreMetadata
        }
        #expect(try await advertised() == SimpleFile.CoreMetadata.none)
        do {
            let served = try await metadata(of: sample, in: installation)
            #expect(isStatic && Array(served.utf8) == builder.metadataBytes)
        } catch let error as RegistryError {
            #expect(!isStatic && error.code == .notFound)
        }
        #expect(try await advertised() == (isStatic ? .sha256(stated) : SimpleFile.CoreMetadata.none))
        // Kept, it is advertised or not as before.
        let address = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: bytes), filename: sample.file.filename)
        _ = try await installation.bytes(at: address)
        while try await installation.database.cachedFiles(in: nil).isEmpty {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await advertised() == (isStatic ? .sha256(stated) : SimpleFile.CoreMetadata.none))
        let json = try await installation.registry.pages.projectJSON(
            try projectName("six"), version: nil, in: .main, indexURL: "http://h/", caller: .anonymous)
        #expect(String(buffer: json.identity.bytes).contains("\"version\":\"1.0\""))
        await installation.close()
    }

    @Test("is the wheel's own, as the page says, once the wheel is kept, though the upstream had offered another")
    func wheelDiffers() async throws {
        let text = "Metadata-Version: 2.1\nName: six\nVersion: 1.0\nSummary: other\n"
        let sample = try UpstreamSample(
            "six", "1.0", coreMetadata: .sha256(SHA256Digest(hashing: ByteBuffer(string: text)).description))
        upstream.serve("six", [sample])
        upstream.set(ByteBuffer(string: text), at: sample.file.url + ".metadata")
        let installation = try await open()
        #expect(try await metadata(of: sample, in: installation) == text)
        let digest = try #require(SHA256Digest(hex: sample.file.sha256 ?? ""))
        _ = try await installation.bytes(
            at: FileAddress(index: .main, sha256: digest, filename: sample.file.filename))
        while try await installation.database.cachedFiles(in: nil).isEmpty {
            try await Task.sleep(for: .milliseconds(2))
        }
        // The caches are dropped after the commit.
        try await installation.registry.outbox.flush()
        let page = try #require(try await ReadPage("six", of: installation.registry))
        let served = SHA256Digest(hashing: ByteBuffer(string: try await metadata(of: sample, in: installation)))
        #expect(page.page.files.first?.coreMetadata == .sha256(served.description))
        await installation.close()
    }

    @Test("comes with the whole wheel where the upstream serves no ranges")
    func wholeWheel() async throws {
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        upstream.set(InMemoryUpstream.File(sample.bytes, servesRanges: false), at: sample.file.url)
        let installation = try await open()
        #expect(try await metadata(of: sample, in: installation).contains("Name: six"))
        await installation.close()
    }

    @Test("is not available any more from the moment that an exception ends, or is removed")
    func endedException() async throws {
        let sample = try UpstreamSample("six", "1.0", uploadTime: clock.now)
        upstream.serve("six", [sample], freshFor: 86_400)
        let installation = try await open(policy: IndexPolicy(minAge: 7 * 86_400 * 1_000_000))
        func allow(for seconds: Int64) async throws -> PolicyException {
            try await installation.registry.policies.add(
                ExceptionRequest(
                    index: .main, project: try projectName("six"), version: nil, reason: "needed",
                    expiresAt: clock.now.adding(microseconds: seconds * 1_000_000)),
                caller: TestInstallation.administrator)
        }
        func isBlocked() async throws -> Bool {
            do {
                return try await !metadata(of: sample, in: installation).contains("Name: six")
            } catch let error as RegistryError where error.code == .blocked {
                return true
            }
        }
        #expect(try await isBlocked())
        _ = try await allow(for: 60)
        for _ in 0..<2 { #expect(try await !isBlocked()) }
        clock.advance(seconds: 61)
        #expect(try await isBlocked())
        let second = try await allow(for: 60)
        #expect(try await !isBlocked())
        try await installation.registry.policies.remove(
            second.id, in: .main, caller: TestInstallation.administrator)
        #expect(try await isBlocked())
        await installation.close()
    }

    @Test("is not available any more when the upstream has lost the file")
    func lostFile() async throws {
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        let installation = try await open()
        for _ in 0..<2 { #expect(try await metadata(of: sample, in: installation).contains("Name: six")) }
        upstream.serve("six", [try UpstreamSample("six", "2.0")])
        clock.advance(seconds: 601)
        let error = await #expect(throws: RegistryError.self) { try await metadata(of: sample, in: installation) }
        #expect(error?.code == .notFound)
        await installation.close()
    }
}
