import GRDBSQLite

extension SQLDatabase {
    /// The version of SQLite that the program runs with.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
