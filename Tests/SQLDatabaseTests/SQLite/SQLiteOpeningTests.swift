import FoundationEssentials
import GRDB
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("Opening a SQLite file")
struct SQLiteOpeningTests {
    private func openingError(_ path: String) async -> RegistryError? {
        await #expect(throws: RegistryError.self) {
            await (try SQLDatabase.sqlite(path: path, patience: 0.1)).close()
        }
    }

    @Test("a mark of the commits is read off the WAL index, which no descriptor but SQLite's own has open")
    func commitMark() async throws {
        let file = try TemporaryDatabase()
        let database = try await file.open()
        let mark = try #require(database.commitMark())
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)) == file.path + "-shm"
        }
        #expect(open == 1)
        try await database.declareIndexes([.main])
        #expect(database.commitMark() != mark)
        await database.close()
        #expect(database.commitMark() == nil)
    }

    @Test("keeps what was committed when it is opened again")
    func reopens() async throws {
        let file = try TemporaryDatabase()
        let first = try await file.open()
        try await first.declareIndexes([.main])
        try await first.publish(SampleFile())
        await first.close()
        let second = try await file.open()
        #expect(try await second.filenames("sample") == ["sample-1.0.tar.gz"])
        await second.close()
    }

    @Test("is durable, in WAL mode, with foreign keys")
    func pragmas() async throws {
        try await withDatabase { database, _ in
            for (name, expected) in [
                ("synchronous", "2"), ("journal_mode", "wal"), ("foreign_keys", "1"), ("page_size", "4096"),
            ] {
                let value = try await database.pragma(name)
                #expect(value == expected, "\(name)")
            }
        }
    }

    @Test("says what to do about a file that is no database")
    func notADatabase() async throws {
        let file = try TemporaryDatabase()
        try Data(repeating: 0x41, count: 20_000).write(to: URL(filePath: file.path))
        let error = await openingError(file.path)
        #expect(error?.code == .internal)
        #expect(error?.message.contains("not a SQLite database") == true)
    }

    @Test("says what to do about a damaged file, at the latest when it is read", arguments: [100, 8192, 24_576])
    func damaged(from offset: Int) async throws {
        let file = try TemporaryDatabase()
        let database = try await file.open()
        try await database.declareIndexes([.main])
        for number in 0..<50 { try await database.publish(SampleFile("project-\(number)")) }
        await database.close()
        var bytes = try Data(contentsOf: URL(filePath: file.path))
        for index in offset..<min(bytes.count, offset + 16_384) { bytes[index] = 0xA5 }
        try bytes.write(to: URL(filePath: file.path))

        let error = await #expect(throws: RegistryError.self) {
            let damaged = try await file.open()
            let health: DatabaseHealth
            do {
                health = try await damaged.check()
                _ = try await damaged.projects(in: .main)
            } catch {
                await damaged.close()
                throw error
            }
            await damaged.close()
            guard health.isHealthy else { throw RegistryError(.internal, "is damaged") }
        }
        #expect(error?.code == .internal)
        #expect(error?.message.contains("damaged") == true || error?.message.contains("not a SQLite") == true)
    }

    @Test("says what to do about a folder that is not there")
    func noFolder() async throws {
        let file = try TemporaryDatabase()
        let error = await openingError(file.folder + "/none/cellar.db")
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("folder exists") == true)
        #expect(error?.message.contains(file.folder) == false)
    }

    @Test("refuses another program's database")
    func foreign() async throws {
        let file = try TemporaryDatabase()
        let queue = try DatabaseQueue(path: file.path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE bookmarks (url TEXT)") }
        try queue.close()
        let error = await openingError(file.path)
        #expect(error?.message.contains("another program") == true)
    }

    @Test("refuses a newer schema, but not one that old programs may write")
    func newer() async throws {
        let file = try TemporaryDatabase()
        await (try await file.open()).close()
        func setSchema(_ version: Int, minimumWriter: Int) async throws {
            let queue = try DatabaseQueue(path: file.path)
            try await queue.write {
                try $0.execute(sql: "UPDATE schema SET version = \(version), min_writer = \(minimumWriter)")
            }
            try queue.close()
        }
        try await setSchema(99, minimumWriter: 99)
        let error = await openingError(file.path)
        #expect(error?.message.contains("schema 99") == true)
        try await setSchema(99, minimumWriter: 1)
        await (try await file.open()).close()
    }

    @Test("opens for many at once, and makes the schema once")
    func together() async throws {
        let file = try TemporaryDatabase()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let database = try await file.open()
                    let id = try await database.installationID()
                    await database.close()
                    return id
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test("answers that it is busy while another process holds the lock, and goes on after")
    func busy() async throws {
        let file = try TemporaryDatabase()
        let database = try await file.open(patience: 0.1)
        try await database.declareIndexes([.main])
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: file.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = await #expect(throws: RegistryError.self) { try await database.publish(SampleFile()) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("try again") == true)
        #expect(try await database.isEmpty())
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try other.close()
        #expect(try await database.publish(SampleFile()) == .published(serial: 1))
        await database.close()
    }

    @Test("throws, and does not crash, after it was closed")
    func closed() async throws {
        let file = try TemporaryDatabase()
        let database = try await file.open()
        await database.close()
        await #expect(throws: RegistryError.self) { try await database.isEmpty() }
        await database.close()
    }
}
