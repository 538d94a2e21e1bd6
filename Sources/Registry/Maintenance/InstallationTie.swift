import NIOCore

/// The tie between a database and a storage: the id of the installation.
struct InstallationTie: Sendable {
    let database: any InstallationDatabase
    let storage: any Storage

    /// Checks that database and storage have the same installation id; writes it if the storage is new.
    ///
    /// Throws `.conflict` if they differ.
    func hold() async throws {
        let stored = try await storage.get(.installation, limit: 256).map { String(buffer: $0) }
        guard let stored else {
            let id = try await database.installationID()
            try await storage.put(ByteBuffer(string: id), at: .installation)
            return
        }
        let id = try await database.installationID()
        guard stored != id else { return }
        guard try await database.isEmpty() else {
            throw RegistryError(
                .conflict,
                """
                The storage belongs to installation \(stored), and the database to installation \(id). \
                Check [storage] url and [database] url: one of them is another installation's.
                """)
        }
        throw RegistryError(
            .conflict,
            """
            The database is empty, but the storage belongs to installation \(stored) already. \
            If the database was lost, run `cellar rebuild`; otherwise check [database] url.
            """)
    }
}
