package import Logging
package import Registry

extension SQLDatabase: Database {}

extension SQLDatabase {
    /// Opens a SQLite file, or makes it, and brings it to the present schema.
    ///
    /// Several processes may have the file open at once.
    ///
    /// - Parameters:
    ///   - path: The file; its folder must exist, and gets two more files beside it while the database is open.
    ///   - readers: The most connections that read at the same time.
    ///   - patience: How long a call waits for another process's lock before it throws `.unavailable`, in seconds.
    ///   - clock: The time, which ends what the outside said of people.
    /// - Returns: The open database; close it when it is no longer used.
    /// - Throws: `RegistryError` with a text that says what to do: a file that cannot be opened or written, is damaged,
    ///   is no SQLite database, belongs to another program, or has a newer schema than this program knows.
    package static func sqlite(
        path: String, readers: Int = 4, patience: Double = 5, clock: WallClock = .system
    ) async throws -> SQLDatabase {
        let driver = try await SQLiteDriver.open(path: path, readers: max(1, readers), patience: patience)
        do {
            try await Migrator(dialect: driver.dialect).migrate(driver)
        } catch {
            await driver.close()
            throw error
        }
        return SQLDatabase(driver: driver, clock: clock)
    }

    /// Opens a database of PostgreSQL, and brings it to the present schema.
    ///
    /// - Parameters:
    ///   - settings: Where it is.
    ///   - logger: Gets a line when the database cannot be reached any more, and when it can be again.
    ///   - clock: The time, which ends what the outside said of people.
    /// - Returns: The open database; close it when it is no longer used.
    /// - Throws: `RegistryError` with a text that says what to do, and whose cause holds what the server said: libpq is
    ///   missing, the URL cannot be read, the server cannot be reached or is too old, the login is refused, the database
    ///   does not exist, belongs to another program, or has a newer schema than this program knows.
    package static func postgresql(
        _ settings: PostgreSQLSettings, logger: Logger, clock: WallClock = .system
    ) async throws -> SQLDatabase {
        let driver = try await PostgreSQLDriver.open(settings, logger: logger)
        do {
            try await Migrator(dialect: driver.dialect).migrate(driver)
        } catch {
            await driver.close()
            throw error
        }
        return SQLDatabase(driver: driver, clock: clock)
    }
}
