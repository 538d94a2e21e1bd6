import FileStorage
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import Registry

/// A registry with one upstream, whose files are fetched past resolution.
final class FetchFixture: Sendable {
    /// Where the installation lies, and how its parts fail.
    struct Settings: Sendable {
        var spoolCapacity: Int64 = 64 << 20
        var spoolCalls = SystemCalls.system
        var storageCalls = SystemCalls.system
        var limits = FetchLimits()
        var observer = PublishObserver.none
        var clock = WallClock.system
        var cacheQuota: Int64?
        /// What stands between the registry and its storage.
        var wrapStorage: @Sendable (any Storage) -> any Storage = { $0 }
    }

    let upstream: InMemoryUpstream
    let registry: RegistryServices
    let database: SQLDatabase
    let storage: FileStorage
    let log = RecordingLog()
    private let place: TestInstallation.Place

    init(
        _ place: TestInstallation.Place, upstream: InMemoryUpstream = InMemoryUpstream(),
        _ settings: Settings = Settings()
    ) async throws {
        self.place = place
        self.upstream = upstream
        database = try await SQLDatabase.sqlite(path: place.databaseFolder + "/cellar.db")
        storage = try FileStorage(
            path: place.filesFolder + "/files", threads: .singleton, calls: settings.storageCalls)
        let spool = Spool(
            path: place.filesFolder + "/spool", capacity: settings.spoolCapacity, threads: .singleton,
            calls: settings.spoolCalls)
        try spool.open()
        var index = IndexSettings(name: .main, fallback: .cache, upstreams: [.remote(upstream.id)])
        index.cacheQuota = settings.cacheQuota
        registry = RegistryServices(
            settings: RegistrySettings(
                indexes: [index], upstreams: [UpstreamSettings(id: upstream.id)], fetchLimits: settings.limits),
            database: database, storage: settings.wrapStorage(storage), upstreams: [upstream], spool: spool,
            workers: .singleton,
            clock: settings.clock, observer: settings.observer, logger: log.logger)
    }

    /// Runs a test on a new installation.
    static func run(
        _ settings: Settings = Settings(), _ test: (FetchFixture) async throws -> Void
    ) async throws {
        let fixture = try await FetchFixture(TestInstallation.Place(), settings)
        do {
            try await fixture.registry.start()
            try await test(fixture)
            await fixture.close()
        } catch {
            await fixture.close()
            throw error
        }
    }

    func close() async {
        await registry.fetching.stop()
        registry.spool.close()
        await storage.close()
        await database.close()
    }

    /// An upstream's file as resolution finds it.
    func remote(_ sample: RemoteSample) throws -> RemoteFile {
        let project = try #require(NormalizedName(sample.project))
        return RemoteFile(
            index: .main, project: project,
            followed: FollowedFile(
                file: SimpleFile(
                    filename: sample.filename, url: sample.url, sha256: sample.stated?.description,
                    otherDigests: sample.otherDigests, size: sample.tellsSize ? Int64(sample.bytes.readableBytes) : nil,
                    uploadTime: nil, yanked: sample.yanked),
                name: try #require(DistributionFilename(sample.filename, project: project))),
            upstream: upstream, pin: sample.pin, birth: sample.birth, mayMix: false, maxSize: sample.maxSize)
    }

    /// Opens the file as a download does.
    func entry(_ sample: RemoteSample) async throws -> ServableFile {
        try await registry.downloads.fetchedFile(try remote(sample), at: sample.address, caller: .anonymous)
    }

    /// Returns the file before anything is requested from the upstream. Fails if it is cached already.
    func offered(_ sample: RemoteSample) async throws -> OfferedFile {
        guard case .offered(let offered) = try await entry(sample).contents else {
            Issue.record("\(sample.filename) is kept")
            throw CancellationError()
        }
        return offered
    }

    /// Downloads the whole file.
    func download(_ sample: RemoteSample) async throws -> ByteBuffer {
        try await Self.read(try await offered(sample).whole())
    }

    static func read(_ stream: FileStream) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        try await stream.forEachBlock { bytes.writeImmutableBuffer($0) }
        return bytes
    }

    /// Waits until no fetch runs.
    func waitForFetches() async throws {
        while registry.fetching.count > 0 { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// What storage holds below `files/`.
    func storedKeys() async throws -> [StorageKey] {
        try await storage.objects(StorageKey.filesPrefix).map(\.key)
    }

    /// Nothing of any fetch is left: neither in storage, nor in the database, nor in the spool.
    func expectNothingKept(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await waitForFetches()
        #expect(try await storedKeys() == [], sourceLocation: sourceLocation)
        #expect(try await database.cachedFiles(in: nil).isEmpty, sourceLocation: sourceLocation)
        while registry.spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// The file is cached: it comes from storage, with the right bytes, without asking the upstream.
    func expectKept(_ sample: RemoteSample, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await waitForFetches()
        let entry = try await registry.downloads.file(at: sample.address, caller: .anonymous)
        switch entry.contents {
        case .bytes(let bytes): #expect(bytes == sample.bytes, sourceLocation: sourceLocation)
        case .stored(let file):
            #expect(try await file.bytes() == sample.bytes, sourceLocation: sourceLocation)
        case .offered: Issue.record("not kept", sourceLocation: sourceLocation)
        }
    }
}

extension FileStream {
    /// Hands out one block after the other, of whatever size.
    func forEachBlock(_ take: (ByteBuffer) async throws -> Void) async throws {
        try await forEachBlock(upTo: { .max }, take)
    }
}

/// A file of an upstream, and what its page says of it.
struct RemoteSample: Sendable {
    var project: String
    var filename: String
    var bytes: ByteBuffer
    /// The digest on the page; nil for none.
    var stated: SHA256Digest?
    var otherDigests: [SimpleFile.Digest] = []
    var tellsSize = true
    var yanked = Yanked.no
    var pin: UpstreamPin?
    /// When the file is known to have been uploaded.
    var birth: Timestamp?
    var maxSize: Int64?

    var url: String { "https://files.example/\(filename)" }
    var size: Int64 { Int64(bytes.readableBytes) }

    var address: FileAddress {
        guard let stated else {
            let project = NormalizedName(project).map { FileAddress.Locator.project($0) }
            return FileAddress(index: .main, locator: project ?? .sha256(digest), filename: filename)
        }
        return FileAddress(index: .main, sha256: stated, filename: filename)
    }

    /// The digest of the bytes.
    var digest: SHA256Digest { SHA256Digest(hashing: bytes) }

    /// A wheel whose bytes do not shrink.
    init(_ project: String = "sample", _ version: String = "1.0", size: Int = 1 << 20) throws {
        var wheel = WheelBuilder(name: project, version: version)
        wheel.isStored = true
        wheel.headers = [("Summary", "A sample."), ("Requires-Python", ">=3.9")]
        var generator = SystemRandomNumberGenerator()
        let block = (0..<65_521).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var data: [UInt8] = []
        while data.count < size { data += block }
        wheel.files.append(("\(project)/data.bin", Array(data.prefix(size))))
        self.project = project
        filename = wheel.filename
        bytes = ByteBuffer(bytes: try wheel.build())
        stated = digest
    }

    /// Bytes that no archive reader takes.
    init(broken project: String, size: Int) {
        self.project = project
        filename = "\(project)-1.0-py3-none-any.whl"
        bytes = ByteBuffer(repeating: 7, count: size)
        stated = digest
    }
}
