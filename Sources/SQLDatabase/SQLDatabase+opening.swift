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
}
