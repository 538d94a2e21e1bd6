import PackagingStandards
import Registry

/// The registry's database on a SQL server: schema, migrations and queries in the SQL that SQLite and PostgreSQL share.
///
/// Each method of the port is one transaction. Errors are `RegistryError`s, translated by the driver.
package struct SQLDatabase: Database {
    let driver: any SQLDriver
    let freshness = Freshness()
    /// The name under which this opening of the database claims entries of the outbox.
    let claimant = SQLDatabase.randomID()
    private let makeID: @Sendable () -> String

    init(driver: any SQLDriver, makeID: @escaping @Sendable () -> String) {
        self.driver = driver
        self.makeID = makeID
    }

    /// Opens a SQLite file, or makes it, and brings it to the present schema.
    ///
    /// Several processes may have the file open at once.
    ///
    /// - Parameters:
    ///   - path: The file; its folder must exist, and gets two more files beside it while the database is open.
    ///   - readers: The most connections that read at the same time.
    ///   - patience: How long a call waits for another process's lock before it throws `.unavailable`, in seconds.
    ///   - makeID: Makes the installation's id, asked once in a database's life.
    /// - Returns: The open database; close it when it is no longer used.
    /// - Throws: `RegistryError` with a text that says what to do: a file that cannot be opened or written, is damaged,
    ///   is no SQLite database, is another program's, or has a newer schema than this program knows.
    package static func sqlite(
        path: String, readers: Int = 4, patience: Double = 5,
        makeID: @escaping @Sendable () -> String = SQLDatabase.randomID
    ) async throws -> SQLDatabase {
        let driver = try await SQLiteDriver.open(path: path, readers: max(1, readers), patience: patience)
        do {
            try await Migrator(dialect: driver.dialect).migrate(driver)
        } catch {
            await driver.close()
            throw error
        }
        return SQLDatabase(driver: driver, makeID: makeID)
    }

    /// 128 random bits as hex text.
    package static let randomID: @Sendable () -> String = {
        var generator = SystemRandomNumberGenerator()
        let halves = [generator.next(), generator.next()] as [UInt64]
        return halves.map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }.joined()
    }

    package func installationID() async throws -> String {
        let read = "SELECT id FROM installation WHERE only_row = 1"
        let known = try await driver.read { try $0.first(read) { $0.text(0) } }
        if let known, !known.isEmpty { return known }
        let fresh = makeID()
        let chosen = try await driver.write { connection in
            try connection.execute("UPDATE installation SET id = ?1 WHERE only_row = 1 AND id = ''", .text(fresh))
            return try connection.first(read) { $0.text(0) }
        }
        guard let chosen else { throw StoredValue.contradiction("an installation", "none") }
        return chosen
    }

    package func adoptInstallationID(_ id: String) async throws {
        try await driver.write { connection in
            try connection.execute("UPDATE installation SET id = ?1 WHERE only_row = 1", .text(id))
        }
    }

    package func isEmpty() async throws -> Bool {
        try await driver.read { try !$0.exists("SELECT id FROM projects LIMIT 1") }
    }

    package func close() async {
        await driver.close()
    }
}
