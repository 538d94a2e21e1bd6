import FileStorage
import LocalFiles
import Logging
import NIOCore
import NIOPosix
import PackagingStandards
import Provenance
import Registry
import RegistryTestSupport
import SQLDatabase

/// An installation in a folder of its own: SQLite, files, spool and registry, which can be left as a crash leaves them
/// and opened again.
final class TestInstallation: Sendable {
    /// Where the installation lies: what outlives a crash.
    struct Place: Sendable {
        let folder: TemporaryFolder
        var databaseFolder: String { folder.path + "/database" }
        var filesFolder: String { folder.path + "/disk" }

        init() throws {
            folder = try TemporaryFolder()
            for path in [databaseFolder, filesFolder] { _ = try SystemCalls.system.makeFolders(path, mode: 0o700) }
        }
    }

    static let administrator = Caller.person(Person(id: 1, name: "root", isAdministrator: true, groups: []))
    static let alice = Caller.person(Person(id: 2, name: "alice", isAdministrator: false, groups: []))

    let registry: RegistryServices
    let database: SQLDatabase
    let storage: FileStorage
    let place: Place

    private init(_ place: Place, registry: RegistryServices, database: SQLDatabase, storage: FileStorage) {
        self.place = place
        self.registry = registry
        self.database = database
        self.storage = storage
    }

    /// Opens an installation, and makes it if there is none.
    static func open(
        _ place: Place, indexes: [IndexSettings]? = nil, upstreams: [any Upstream] = [],
        calls: SystemCalls = .system, observer: PublishObserver = .none, clock: WallClock = .system,
        starts: Bool = true,
        workers: NIOThreadPool = .singleton, compressors: NIOThreadPool? = nil,
        uploadThreads: BlockingThreads? = .forTests, syncDelay: Duration = Outbox.usualDelay,
        trustRoots: [TrustRoot] = [], baseURL: String? = nil, identities: IdentityProofs = .none,
        providers: [SignOnProvider] = []
    ) async throws -> TestInstallation {
        let database = try await SQLDatabase.sqlite(path: place.databaseFolder + "/cellar.db")
        let storage = try FileStorage(path: place.filesFolder + "/files", threads: .singleton, calls: calls)
        let spool = Spool(path: place.filesFolder + "/spool", capacity: 64 << 20, threads: .singleton, calls: calls)
        try spool.open()
        var settings = RegistrySettings(
            indexes: indexes ?? [IndexSettings(name: .main)], upstreams: upstreams.map { UpstreamSettings(id: $0.id) },
            baseURL: baseURL)
        settings.trustRoots = trustRoots
        let registry = RegistryServices(
            settings: settings, database: database, storage: storage, upstreams: upstreams, spool: spool,
            workers: workers, compressors: compressors, uploadThreads: uploadThreads, syncDelay: syncDelay,
            identities: identities, providers: providers, clock: clock, observer: observer,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        if starts { try await registry.start() }
        return TestInstallation(place, registry: registry, database: database, storage: storage)
    }

    /// Closes the connections, as the end of a process does.
    func close() async {
        await database.close()
    }
}

/// A small wheel, and its way through the upload API.
struct Upload: Sendable {
    let filename: String
    let bytes: [UInt8]
    let fields: [(name: String, value: String)]

    init(_ name: String, _ version: String, note: String = "") throws {
        try self.init(
            name, version, headers: [("Summary", "A sample \(note)"), ("Requires-Python", ">=3.9")])
    }

    /// A wheel with these lines in its core metadata, and further fields of the form.
    init(
        _ name: String, _ version: String, headers: [(name: String, value: String)],
        fields: [(name: String, value: String)] = []
    ) throws {
        var wheel = WheelBuilder(name: name, version: version)
        wheel.headers = headers
        self.init(name, version, filename: wheel.filename, bytes: try wheel.build(), fields: fields)
    }

    /// A source distribution.
    init(_ sdist: SourceDistributionBuilder) throws {
        self.init(
            sdist.name, sdist.version, filename: sdist.stem + ".tar.gz", bytes: try sdist.buildTarGzip(), fields: [])
    }

    private init(
        _ name: String, _ version: String, filename: String, bytes: [UInt8], fields: [(name: String, value: String)]
    ) {
        self.filename = filename
        self.bytes = bytes
        let given = Set(fields.map(\.name))
        self.fields =
            [(":action", "file_upload"), ("protocol_version", "1"), ("name", name), ("version", version)]
            .filter { !given.contains($0.0) } + fields
    }

    /// Spools and publishes the file.
    @discardableResult
    func publish(
        to installation: TestInstallation, index: IndexName = .main, caller: Caller = TestInstallation.alice,
        with field: (name: String, value: String)? = nil
    ) async throws -> PublishResult {
        let writer = try await installation.registry.publishing.beginUpload(maxSize: 16 << 20)
        try await writer.write(ByteBuffer(bytes: bytes))
        let file = try await writer.finish()
        let form = UploadForm(filename: filename, fields: fields + [field].compactMap(\.self))
        return try await withTaskExecutorPreference(installation.registry.uploadThreads) {
            try await installation.registry.publishing.publish(form, file: file, to: index, caller: caller)
        }
    }
}
