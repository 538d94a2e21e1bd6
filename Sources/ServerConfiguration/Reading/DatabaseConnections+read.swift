extension DatabaseConnections {
    /// Reads what `[database]` says besides the place. What only PostgreSQL has is refused with another database.
    init(_ reader: inout SettingsReader, to database: DatabaseLocation) {
        directURL = reader.value(of: DeclaredKeys.databaseDirectURL, orFile: DeclaredKeys.databaseDirectURLFile)
        poolSize = reader.value(of: DeclaredKeys.databasePoolSize) ?? 10
        statementTimeout = reader.value(of: DeclaredKeys.databaseStatementTimeout) ?? .seconds(30)
        guard case .sqlite = database else { return }
        let others: [any DeclaredKey] = [
            DeclaredKeys.databaseDirectURL, DeclaredKeys.databaseDirectURLFile, DeclaredKeys.databasePoolSize,
            DeclaredKeys.databaseStatementTimeout,
        ]
        for key in others where reader.isWritten(key) {
            reader.fail(
                "\(key.displayName) is for PostgreSQL, and database.url is a file of SQLite: leave it out",
                at: reader.place(of: key))
        }
    }
}
