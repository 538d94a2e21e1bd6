import PackagingStandards
import Registry
import Testing

extension DatabaseContract {
    private static func publishCatalogue(_ database: any Database) async throws {
        try await database.declareIndexes([.main, Sample.index("other")])
        for (project, summary) in [
            ("http", "Requests for people"), ("http-client", "A client"), ("my.HTTP_server", "Serves"),
            ("zeta", "Speaks HTTP and Größe"),
        ] {
            try await database.publish(SampleFile(project).with { $0.summary = summary })
        }
    }

    private static func names(
        _ database: any Database, _ text: String, limit: Int = 10, offset: Int = 0
    ) async throws -> [String] {
        try await database.search(ProjectSearch(index: .main, text: text, limit: limit, offset: offset))
            .map(\.name.description)
    }

    /// The version that a search tells of the only project.
    private static func latestVersion(_ database: any Database) async throws -> String? {
        let found = try await database.search(ProjectSearch(index: .main, text: "", limit: 1, offset: 0))
        return found.first?.latestVersion
    }

    static let searchingChecks: [Check] = [
        Check("finds the exact name, names that begin, names that contain, then summaries") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "HTTP") == ["http", "http-client", "my-http-server", "zeta"])
            #expect(try await names(database, "http", limit: 2, offset: 1) == ["http-client", "my-http-server"])
        },
        Check("finds names however their separators are written") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "my_http.server") == ["my-http-server"])
        },
        Check("finds summaries in any script, without case") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "GRÖSSE").isEmpty)
            #expect(try await names(database, "gröẞe") == ["zeta"])
            #expect(try await names(database, "for people") == ["http"])
        },
        Check("finds names by their beginning with one or two characters") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "h") == ["http", "http-client"])
            #expect(try await names(database, "z") == ["zeta"])
            #expect(try await names(database, "é").isEmpty)
        },
        Check("lists every project for an empty text, a page at a time") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "", limit: 3) == ["http", "http-client", "my-http-server"])
            #expect(try await names(database, "", limit: 3, offset: 3) == ["zeta"])
            #expect(try await names(database, "", limit: 0).isEmpty)
        },
        Check("takes every character for itself") { database in
            try await publishCatalogue(database)
            for text in ["%", "_%_", "' OR 1=1 --", "http%", "\\", "\u{0}", "ht\u{0}tp", "\u{10FFFF}"] {
                #expect(try await names(database, text).isEmpty, "\(text.debugDescription)")
            }
        },
        Check("tells the last final version that is not yanked, as the JSON API does, else the last") { database in
            try await database.declareIndexes([.main])
            for (version, expected) in [("2.0rc1", "2.0rc1"), ("1.0", "1.0"), ("3.0.dev1", "1.0"), ("1.10", "1.10")] {
                try await database.publish(SampleFile("sample", version))
                #expect(try await latestVersion(database) == expected)
            }
            let name = try Sample.name("sample")
            func yank(_ version: String) async throws {
                let target = FileTarget(
                    index: .main, project: name, selection: .release(try Sample.version(version)))
                _ = try await database.setYanked(.yes(reason: nil), target, by: Sample.author())
            }
            for (version, expected) in [
                ("1.10", "1.0"), ("1.0", "3.0.dev1"), ("3.0.dev1", "2.0rc1"), ("2.0rc1", "3.0.dev1"),
            ] {
                try await yank(version)
                #expect(try await latestVersion(database) == expected)
            }
        },
        Check("tells the last version and its summary, as they are after every change") { database in
            try await publishCatalogue(database)
            try await database.publish(SampleFile("http", "2.0").with { $0.summary = "Brand new words" })
            let found = try await database.search(ProjectSearch(index: .main, text: "brand", limit: 5, offset: 0))
            let http = try #require(found.first)
            #expect(http.latestVersion == "2.0")
            #expect(http.summary == "Brand new words")
            #expect(http.serial == 5)
            #expect(try await names(database, "requests for").isEmpty)

            let name = try Sample.name("http")
            _ = try await database.delete(
                FileTarget(index: .main, project: name, selection: .release(Sample.version("2"))),
                by: Sample.author())
            #expect(try await names(database, "requests for") == ["http"])
            #expect(try await names(database, "brand").isEmpty)
            _ = try await database.delete(
                FileTarget(index: .main, project: name, selection: .release(Sample.version("1"))),
                by: Sample.author())
            let empty = try await database.search(ProjectSearch(index: .main, text: "http", limit: 1, offset: 0))
            #expect(empty.first?.latestVersion == nil)
            #expect(empty.first?.summary == nil)
        },
        Check("finds nothing of another index") { database in
            try await publishCatalogue(database)
            let other = ProjectSearch(index: try Sample.index("other"), text: "http", limit: 5, offset: 0)
            #expect(try await database.search(other).isEmpty)
        },
    ]
}
