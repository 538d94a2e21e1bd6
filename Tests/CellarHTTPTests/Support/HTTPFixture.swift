import CellarHTTP
import FileStorage
import Glibc
import Hummingbird
import HummingbirdTesting
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import ServiceLifecycle
import Testing

/// The protocols over a real registry, on SQLite and a folder of their own.
///
/// Everyone reads `main`, and whoever signs in publishes to it; `secret` belongs to alice alone. All passwords are
/// `secret`.
final class HTTPFixture: Sendable {
    static let secret = IndexName("secret") ?? .main
    /// Everyone reads it, pages of any site too.
    static let open = IndexName("open") ?? .main

    let registry: RegistryServices
    let service: HTTPService
    let log = RecordingLog()
    private let folder: TemporaryFolder
    private let storage: any Storage

    var databasePath: String { folder.path + "/cellar.db" }

    /// Runs a test on a new fixture.
    ///
    /// With `changes`, the database has no commit mark, and calls that before and after each read of the changes.
    static func run<Value>(
        maxFileSize: Int64 = 8 << 20, settings: HTTPSettings = HTTPSettings(), storage: (any Storage)? = nil,
        changes: (@Sendable (ChangesMoment) async throws -> Void)? = nil,
        _ test: (HTTPFixture) async throws -> Value
    ) async throws -> Value {
        let fixture = try await HTTPFixture(
            maxFileSize: maxFileSize, settings: settings, storage: storage, changes: changes)
        do {
            try await fixture.registry.start()
            let value = try await test(fixture)
            await fixture.close()
            return value
        } catch {
            await fixture.close()
            throw error
        }
    }

    private init(
        maxFileSize: Int64, settings: HTTPSettings, storage other: (any Storage)?,
        changes: (@Sendable (ChangesMoment) async throws -> Void)?
    ) async throws {
        let threads = NIOThreadPool.singleton
        folder = try TemporaryFolder()
        storage = try other ?? FileStorage(path: folder.path + "/files", threads: threads)
        let spool = Spool(path: folder.path + "/spool", capacity: 64 << 20, threads: threads)
        try spool.open()
        let database = try await SQLDatabase.sqlite(path: folder.path + "/cellar.db")
        registry = RegistryServices(
            settings: RegistrySettings(indexes: Self.indexes(maxFileSize: maxFileSize)),
            database: changes.map { database.withoutMark(observer: $0) } ?? database, storage: storage, spool: spool,
            workers: threads, logger: log.logger)
        var settings = settings
        settings.accessLog = LoggedRequests(logger: log.logger)
        service = HTTPService(
            registry: registry, authenticator: KnownPeople(),
            hashNewPassword: { password in
                guard password.utf8.count >= 8 else { throw RegistryError(.invalidRequest, "That is too short.") }
                return "$y$\(password)"
            },
            settings: settings, threads: threads, logger: log.logger)
        service.readiness.setReady()
    }

    private static func indexes(maxFileSize: Int64) -> [IndexSettings] {
        [
            IndexSettings(
                name: .main, access: AccessLists(delete: [.user("alice")]), allowsOverwrite: false,
                maxFileSize: maxFileSize),
            IndexSettings(name: open, isOpenToWebPages: true, maxFileSize: maxFileSize),
            IndexSettings(
                name: secret,
                access: AccessLists(read: [.user("alice")], write: [.user("alice")], delete: [.user("alice")]),
                maxFileSize: maxFileSize),
        ]
    }

    /// The router with all that the protocols answer.
    var router: Router<CellarRequestContext> {
        let router = HTTPService.makeRouter()
        service.addRoutes(to: router)
        return router
    }

    /// Asks the router itself.
    func ask<Value>(_ test: @Sendable (any TestClientProtocol) async throws -> Value) async throws -> Value {
        try await Application(router: router).test(.router, test)
    }

    /// Runs a server with the real handlers on a port of its own.
    func serve<Value>(
        hasFastLane: Bool = true, idleTimeout: TimeAmount = .seconds(30),
        _ test: @escaping @Sendable (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = service.server(
            router,
            WebServer.Settings(host: "127.0.0.1", port: 0, idleTimeout: idleTimeout, hasFastLane: hasFastLane),
            on: MultiThreadedEventLoopGroup.singleton
        ) { listening.yield($0) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: server)], logger: log.logger))
        async let run: Void = group.run()
        var values: [Value] = []
        for await port in ports.prefix(1) { values.append(try await test(port)) }
        await group.triggerGracefulShutdown()
        try await run
        return try #require(values.first)
    }

    /// Publishes a file without HTTP, and returns its digest.
    @discardableResult
    func publish(_ filename: String, _ bytes: [UInt8], to index: IndexName = .main) async throws -> SHA256Digest {
        let writer = try await registry.spool.begin(maxSize: 1 << 30)
        try await writer.write(ByteBuffer(bytes: bytes))
        let file = try await writer.finish()
        let parts = filename.split(separator: "-")
        let form = UploadForm(
            filename: filename, fields: [("name", String(parts[0])), ("version", String(parts[1]))])
        _ = try await registry.publishing.publish(form, file: file, to: index, caller: .localOperator)
        return file.digests.sha256
    }

    /// Publishes a small wheel.
    @discardableResult
    func publishWheel(
        _ name: String, _ version: String = "1.0", padding: Int = 0, to index: IndexName = .main
    ) async throws -> PublishedWheel {
        let wheel = try TestWheel.make(name, version, padding: padding)
        let digest = try await publish(wheel.filename, wheel.bytes, to: index)
        return PublishedWheel(index: index, name: name, filename: wheel.filename, bytes: wheel.bytes, digest: digest)
    }

    /// Grants some of the `KnownPeople` to read a project, or all whose names begin alike, and so nobody else.
    func restrict(_ project: String, to people: [String]) async throws {
        for name in people { try await grant([.read], on: project, to: name) }
    }

    /// Grants some rights on a project, or on all whose names begin alike, to one of the `KnownPeople`.
    func grant(_ rights: [Right], on project: String, to name: String) async throws {
        try await addPeople()
        let pattern = try #require(NamePattern(project))
        for right in rights {
            _ = try await registry.granting.add(
                right, to: .user(name), on: .projects(.main, pattern), caller: .localOperator)
        }
    }

    /// Adds the `KnownPeople` to the database, with the ids that they have, unless they are there.
    func addPeople() async throws {
        guard try await registry.database.users().isEmpty else { return }
        for person in [KnownPeople.alice, KnownPeople.bob, KnownPeople.root] {
            try await registry.people.add(
                person.name, passwordHash: "$y$", isAdministrator: person.isAdministrator, caller: .localOperator)
        }
    }

    /// Makes a token, and returns its text. Adds the `KnownPeople`, and the group or the service account that owns it.
    func token(
        _ name: String, of owner: TokenOwnerName, scope: TokenScope = .everything, lifetime: TokenLifetime? = nil
    ) async throws -> String {
        try await addPeople()
        let (granting, tokens) = (registry.granting, registry.tokens)
        switch owner {
        case .group(let group):
            if try await !registry.database.groups().contains(where: { $0.name == group }) {
                try await granting.addGroup(group, caller: .localOperator)
            }
        case .service(let service):
            if try await !registry.database.serviceAccounts().contains(where: { $0.name == service }) {
                try await tokens.addServiceAccount(service, caller: .localOperator)
            }
        case .user, .publisher: break
        }
        let order = TokenOrder(name: name, owner: owner, scope: scope, lifetime: lifetime)
        return try await tokens.issue(order, caller: .localOperator).text.reveal()
    }

    /// Makes a file in storage shorter, as a failing disk might.
    func truncate(_ wheel: PublishedWheel, to size: Int) throws {
        let path = folder.path + "/files/" + StorageKey.file(wheel.digest, wheel.filename).description
        try #require(Glibc.truncate(path, size) == 0, "\(path)")
    }

    private func close() async {
        registry.spool.close()
        await storage.close()
        await registry.database.close()
    }
}

/// A wheel that is in an index.
struct PublishedWheel: Sendable {
    let index: IndexName
    let name: String
    let filename: String
    let bytes: [UInt8]
    let digest: SHA256Digest

    var address: String { "/\(index)/files/\(digest)/\(filename)" }
    var page: String { "/\(index)/simple/\(name)/" }
}

/// Makes wheels whose bytes do not shrink.
enum TestWheel {
    static func make(
        _ name: String, _ version: String = "1.0", padding: Int = 0
    ) throws -> (filename: String, bytes: [UInt8]) {
        var builder = WheelBuilder(name: name, version: version)
        builder.isStored = true
        builder.headers = [("Summary", "A wheel called \(name)."), ("Requires-Python", ">=3.9")]
        if padding > 0 {
            var noise = SplitMix(state: 1)
            // A prime number of bytes, repeated: no two blocks of a file begin alike.
            let block = (0..<65_521).map { _ in UInt8.random(in: 0...255, using: &noise) }
            var data: [UInt8] = []
            while data.count < padding { data += block }
            builder.files.append(("\(name)/data.bin", Array(data.prefix(padding))))
        }
        return (builder.filename, try builder.build())
    }
}
