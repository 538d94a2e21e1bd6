import PackagingStandards
import Registry
import Testing

extension DeclarationDatabaseContract {
    private static func token(
        _ name: String = "ci", of owner: TokenOwnerName = .service("ci"), text: String = "one",
        scope: TokenScope = .everything, expiresAt: Timestamp? = nil
    ) -> DeclaredToken {
        DeclaredToken(name: name, owner: owner, digest: Sample.digest(text), scope: scope, expiresAt: expiresAt)
    }

    private static func holder(_ text: String, _ database: Subject) async throws -> TokenHolder? {
        try await database.tokenHolders(of: [Sample.digest(text)])[Sample.digest(text)]
    }

    static let tokens: [DatabaseCheck<Subject>] = [
        Check("adds declared tokens with their service accounts, and counts a change only if there is one") {
            database in
            try await database.declareIndexes([.main])
            let scope = TokenScope(rights: [.read], indexes: [.main], projects: [try Sample.name("acme")])
            let declaration = Declaration(
                people: [ada(name: "Ada")], groups: ["dev": ["ada"]],
                grants: [DeclaredGrant(.read, to: .service("ci"), on: .server)],
                tokens: [
                    token("a", of: .user("ADA"), text: "a", scope: scope, expiresAt: SampleTime.nextDay),
                    token("b", of: .group("dev"), text: "b"), token("c", of: .service("CI"), text: "c"),
                ])
            try await database.declare(declaration, by: Sample.author("configuration"))
            let records = try await database.tokens(of: nil)
            #expect(records.map { "\($0.name) \($0.owner)" } == ["b group:dev", "c service:CI", "a user:Ada"])
            #expect(records.allSatisfy { $0.isDeclared && $0.createdBy == "configuration" && !$0.isSession })
            #expect(records[2].scope == scope && records[2].expiresAt == SampleTime.nextDay)
            #expect(records[0].scope == .everything && records[0].expiresAt == nil)
            #expect(try await holder("a", database)?.owner.person?.name == "Ada")
            #expect(try await holder("b", database)?.owner.name == "group:dev")
            #expect(try await holder("c", database)?.owner.name == "service:CI")
            #expect(try await database.grants().map(\.principal) == ["service:CI"])
            let before = try await epoch(database)
            try await database.recordTokenUses([records[0].id: SampleTime.after(5)])
            #expect(try await !database.declare(declaration, by: Sample.author()).isChange)
            #expect(try await epoch(database) == before)
            #expect(try await database.tokens(of: .group("dev")).map(\.lastUsedAt) == [SampleTime.after(5)])
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.count { $0.action == "token.create" } == 3 && lines.count { $0.action == "service.add" } == 1)
        },
        Check("ends a token that is declared no more, with what was made with it; the service account stays") {
            database in
            let author = Sample.author()
            try await database.declare(Declaration(tokens: [token(), token("x", text: "x")]), by: author)
            let parent = try #require(try await database.tokens(of: nil).first { $0.name == "ci" })
            _ = try await database.addToken(
                NewToken(
                    digest: Sample.digest("child"), name: "child", owner: .service("ci"),
                    expiresAt: SampleTime.nextDay, parentID: parent.id), by: author)
            let before = try await epoch(database)
            try await database.declare(Declaration(tokens: [token("x", text: "x")]), by: author)
            #expect(try await epoch(database) > before)
            #expect(try await database.tokens(of: nil).map(\.name) == ["x"])
            #expect(try await holder("one", database) == nil)
            #expect(try await holder("child", database) == nil)
            try await database.declare(Declaration(), by: author)
            #expect(try await database.tokens(of: nil).isEmpty)
            #expect(try await database.serviceAccounts().map(\.name) == ["ci"])
        },
        Check("makes a changed token another one") { database in
            let author = Sample.author()
            for (number, changed) in [
                token(), token(text: "two"), token(text: "two", scope: TokenScope(rights: [.read])),
                token(text: "two", expiresAt: SampleTime.nextDay), token(of: .service("cd"), text: "two"),
                token("renamed", of: .service("cd"), text: "two"),
            ].enumerated() {
                try await database.declare(Declaration(tokens: [changed]), by: author)
                let records = try await database.tokens(of: nil)
                #expect(records.map(\.name) == [changed.name], "\(number)")
                #expect(records.map(\.owner) == [changed.owner])
                #expect(records.map(\.scope) == [changed.scope])
                #expect(records.map(\.expiresAt) == [changed.expiresAt])
                #expect(try await holder("one", database) == nil || number == 0)
            }
        },
        Check("takes the place of a token with its name or its digest, and of what was made with that") { database in
            let author = Sample.author()
            try await database.addServiceAccount("ci", by: author)
            try await database.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: author)
            let others: [(String, TokenOwnerName, String)] = [
                ("ci", .service("ci"), "same name"), ("other", .user("eve"), "one"), ("kept", .user("eve"), "kept"),
                ("ci", .user("eve"), "same name of another"),
            ]
            for (name, owner, text) in others {
                _ = try await database.addToken(
                    NewToken(
                        digest: Sample.digest(text), name: name, owner: owner, expiresAt: SampleTime.nextDay),
                    by: author)
            }
            try await database.declare(Declaration(tokens: [token()]), by: author)
            let records = try await database.tokens(of: nil)
            #expect(records.map { "\($0.name) \($0.owner)" } == ["ci service:ci", "ci user:eve", "kept user:eve"])
            #expect(records.map(\.isDeclared) == [true, false, false])
            #expect(try await holder("same name", database) == nil)
            #expect(try await holder("one", database)?.owner.name == "service:ci")
        },
        Check("refuses to end a declared token by other means, and keeps it in the list after its end") { database in
            let author = Sample.author()
            let declaration = Declaration(tokens: [token(expiresAt: SampleTime.after(1))])
            try await database.declare(declaration, by: author)
            let id = try #require(try await database.tokens(of: nil).first?.id)
            #expect(await code { _ = try await database.removeToken(id, by: author) } == .conflict)
            #expect(await code { try await database.removeServiceAccount("CI", by: author) } == .conflict)
            #expect(
                await code {
                    _ = try await database.addToken(
                        NewToken(digest: Sample.digest("two"), name: "ci", owner: .service("ci"), expiresAt: nil),
                        by: author)
                } == .alreadyExists)
            // Whoever makes a token forgets those that ended long ago.
            _ = try await database.addToken(
                NewToken(digest: Sample.digest("late"), name: "late", owner: .service("ci"), expiresAt: nil),
                by: Sample.author("root", after: 100 * 86_400))
            #expect(try await database.tokens(of: nil).map(\.name) == ["ci", "late"])
            #expect(try await !database.declare(declaration, by: author).isChange)
        },
        Check("ends the token of a person who is taken out with it") { database in
            let author = Sample.author()
            let declaration = Declaration(people: [ada()], tokens: [token(of: .user("ada"))])
            try await database.declare(declaration, by: author)
            try await database.declare(Declaration(), by: author)
            #expect(try await database.tokens(of: nil).isEmpty)
            try await database.declare(declaration, by: author)
            #expect(try await holder("one", database)?.owner.person?.name == "ada")
        },
    ]
}
