import Registry

/// Brings a database to the schema that this program knows, or refuses one that it does not know.
struct Migrator: Sendable {
    let dialect: SQLDialect
    let migrations: [Migration]

    init(dialect: SQLDialect, migrations: [Migration] = Migration.all) {
        self.dialect = dialect
        self.migrations = migrations
    }

    /// Takes the steps that are missing, all or none.
    ///
    /// Opens a current database without writing. Else looks at the version once more under the driver's lock, so that
    /// of many processes that start at once one migrates, and the others see that it has.
    func migrate(_ driver: any SQLDriver) async throws {
        guard try await driver.read({ try !missing(in: $0).isEmpty }) else { return }
        try await driver.migrate { connection in
            for migration in try missing(in: connection) { try apply(migration, to: connection) }
        }
    }

    private func missing(in connection: any SQLConnection) throws -> [Migration] {
        let version = try state(of: connection)
        return migrations.filter { $0.version > version }
    }

    /// Returns the version of a database, 0 for an empty one. Throws for one that this program cannot write.
    private func state(of connection: any SQLConnection) throws -> Int64 {
        let tables = try connection.tableNames()
        guard tables.contains("schema") else {
            guard tables.isEmpty else {
                throw RegistryError(
                    .internal, "The configured database belongs to another program; choose another path or name.")
            }
            return 0
        }
        let stored = try connection.first("SELECT version, min_writer FROM schema WHERE only_row = 1") {
            (version: $0.integer(0), minimumWriter: $0.integer(1))
        }
        guard let stored else { throw StoredValue.contradiction("a schema version", "none") }
        let known = migrations.last?.version ?? 0
        guard stored.minimumWriter <= known else {
            throw RegistryError(
                .internal,
                """
                The database has schema \(stored.version), which needs a newer Cellar: this one knows schemas up to \
                \(known). Start the newer version, or restore a backup made before the upgrade.
                """)
        }
        return stored.version
    }

    private func apply(_ migration: Migration, to connection: any SQLConnection) throws {
        if migration.version == 1 {
            try connection.execute(
                dialect.expand(
                    """
                    CREATE TABLE schema (
                        only_row {int} NOT NULL PRIMARY KEY CHECK (only_row = 1),
                        version {int} NOT NULL,
                        min_reader {int} NOT NULL,
                        min_writer {int} NOT NULL
                    ) {table}
                    """))
        }
        for statement in migration.statements {
            try connection.execute(dialect.expand(statement))
        }
        try connection.execute(
            """
            INSERT INTO schema (only_row, version, min_reader, min_writer) VALUES (1, ?1, ?2, ?3)
            ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, min_reader = excluded.min_reader,
                min_writer = excluded.min_writer
            """,
            .integer(migration.version), .integer(migration.minimumReader), .integer(migration.minimumWriter))
    }
}

/// A numbered step of the schema, forward only: what it once did is never changed, later steps are added.
///
/// A step first only adds (old versions of the server go on working: `minimumReader` and `minimumWriter` stay), and a
/// later one takes away what is no longer used (both rise).
struct Migration: Sendable {
    /// Counted from 1.
    let version: Int64
    /// The least version of the schema that a program must know to read after this step.
    let minimumReader: Int64
    /// The least version of the schema that a program must know to write after this step.
    let minimumWriter: Int64
    /// Statements with the dialect's words in braces.
    let statements: [String]

    /// Every step, in order.
    static let all: [Migration] = [
        Migration(
            version: 1, minimumReader: 1, minimumWriter: 1,
            statements: FirstSchema.installation + FirstSchema.projects + FirstSchema.people + FirstSchema.upstreams
                + FirstSchema.records),
        // A program that does not know tasks with bytes cannot carry out the outbox.
        Migration(
            version: 2, minimumReader: 1, minimumWriter: 2,
            statements: ["ALTER TABLE outbox ADD COLUMN bytes {bytes}"]),
        // Older programs know no grants, and would show to everybody what grants restrict.
        Migration(version: 3, minimumReader: 3, minimumWriter: 3, statements: GrantsSchema.statements),
        Migration(version: 4, minimumReader: 3, minimumWriter: 3, statements: ProvenanceSchema.statements),
        Migration(version: 5, minimumReader: 3, minimumWriter: 3, statements: AuditSchema.statements),
        // Older programs would change what only the configuration may change.
        Migration(version: 6, minimumReader: 6, minimumWriter: 6, statements: DeclaredPeopleSchema.statements),
        // Older programs cannot read grants to service accounts, and would leave the tokens of removed people.
        Migration(version: 7, minimumReader: 7, minimumWriter: 7, statements: TokensSchema.statements),
        // Older programs do not know what a token of a publisher may do, nor that one was removed.
        Migration(version: 8, minimumReader: 8, minimumWriter: 8, statements: PublishersSchema.statements),
        // Older programs would let people in who are shut out, or gone outside.
        Migration(version: 9, minimumReader: 9, minimumWriter: 9, statements: LinkedPeopleSchema.statements),
        Migration(version: 10, minimumReader: 9, minimumWriter: 9, statements: LinksSchema.statements),
        // Older programs would revoke what only the configuration may revoke.
        Migration(
            version: 11, minimumReader: 11, minimumWriter: 11,
            statements: DeclaredTokensSchema.statements + TaggedDownloadsSchema.statements),
        Migration(version: 12, minimumReader: 11, minimumWriter: 11, statements: LeasesSchema.statements),
        Migration(version: 13, minimumReader: 11, minimumWriter: 11, statements: SearchSchema.statements),
    ]
}
