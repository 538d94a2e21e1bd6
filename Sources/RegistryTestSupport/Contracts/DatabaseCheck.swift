/// One thing that must hold of a database in some of its roles.
public struct DatabaseCheck<Subject: Sendable>: Sendable, CustomStringConvertible {
    /// What holds, in words.
    public let description: String
    private let body: @Sendable (DatabaseFixture<Subject>) async throws -> Void

    private init(
        description: String, body: @escaping @Sendable (DatabaseFixture<Subject>) async throws -> Void
    ) {
        self.description = description
        self.body = body
    }

    /// Returns a check that opens the database as often as it wants.
    static func reopening(
        _ description: String, _ body: @escaping @Sendable (DatabaseFixture<Subject>) async throws -> Void
    ) -> DatabaseCheck {
        DatabaseCheck(description: description, body: body)
    }

    /// Makes a check on a database that is open once.
    init(_ description: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
        self.init(description: description, body: { try await $0.withDatabase(body) })
    }

    /// Makes a check on a database that is open twice at once, as in two processes.
    init(_ description: String, twice body: @escaping @Sendable (Subject, Subject) async throws -> Void) {
        self.init(
            description: description,
            body: { fixture in
                try await fixture.withDatabase { first in
                    try await fixture.withDatabase { second in try await body(first, second) }
                }
            })
    }

    /// Checks a new, empty database.
    public func run(on fixture: DatabaseFixture<Subject>) async throws {
        try await body(fixture)
    }

    /// Returns the same check for a type that plays more roles.
    public func through<Whole>(_ view: @escaping @Sendable (Whole) -> Subject) -> DatabaseCheck<Whole> {
        DatabaseCheck<Whole>.reopening(description) { fixture in
            try await body(
                DatabaseFixture<Subject>(open: {
                    let (whole, close) = try await fixture.open()
                    return (view(whole), close)
                }))
        }
    }
}

/// A new, empty database of the implementation under test, which can be opened many times.
public struct DatabaseFixture<Subject: Sendable>: Sendable {
    let open: @Sendable () async throws -> (Subject, close: @Sendable () async -> Void)

    init(open: @escaping @Sendable () async throws -> (Subject, close: @Sendable () async -> Void)) {
        self.open = open
    }

    /// Makes a fixture.
    ///
    /// - Parameters:
    ///   - open: Opens the database, the same one with each call, as another process would.
    ///   - close: Closes what was opened.
    public init(
        open: @escaping @Sendable () async throws -> Subject, close: @escaping @Sendable (Subject) async -> Void
    ) {
        self.init(open: {
            let database = try await open()
            return (database, { await close(database) })
        })
    }

    /// Opens the database, runs a body with it, and closes it.
    func withDatabase(_ body: (Subject) async throws -> Void) async throws {
        let (database, close) = try await open()
        do {
            try await body(database)
        } catch {
            await close()
            throw error
        }
        await close()
    }
}
