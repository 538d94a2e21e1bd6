import FoundationEssentials
import Registry
import RegistryTestSupport
import SQLDatabase

/// A database file in a folder of its own, removed when nobody holds the value any more.
final class TemporaryDatabase: Sendable {
    let folder: String
    var path: String { folder + "/cellar.db" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cellar-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func open(patience: Double = 5) async throws -> SQLDatabase {
        try await SQLDatabase.sqlite(path: path, patience: patience)
    }

    /// The contract's fixture: the file stays as long as the fixture does.
    static func fixture() throws -> DatabaseFixture<any Database> {
        let file = try TemporaryDatabase()
        return DatabaseFixture(open: { try await file.open() }, close: { await $0.close() })
    }
}

/// Runs a body on a new database, and closes it.
func withDatabase(_ body: (SQLDatabase, TemporaryDatabase) async throws -> Void) async throws {
    let file = try TemporaryDatabase()
    let database = try await file.open()
    do {
        try await body(database, file)
    } catch {
        await database.close()
        throw error
    }
    await database.close()
}
