import Glibc
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import SQLDatabase

/// Searches among as many projects as CELLAR_SEARCH_PROJECTS says, and prints how long they take; 2,000 without it.
@Suite("Searches among many projects")
struct SearchScaleTests {
    private static let count = getenv("CELLAR_SEARCH_PROJECTS").flatMap { Int(String(cString: $0)) } ?? 2_000
    /// The most milliseconds of a search, in a debug build on a busy machine.
    private static let most = 2_000.0

    @Test("take no long time in SQLite")
    func sqlite() async throws {
        try await withDatabase { database, _ in try await Self.measure(database, "SQLite") }
    }

    @Test(
        "take no long time in PostgreSQL",
        .enabled(if: TestPostgreSQL.shared != nil, Comment(rawValue: TestPostgreSQL.isMissing)))
    func postgreSQL() async throws {
        let server = try #require(TestPostgreSQL.shared)
        // It is there as long as this is.
        let place = try await server.makeDatabase()
        let database = try await place.open()
        do {
            try await Self.measure(database, "PostgreSQL")
        } catch {
            await database.close()
            throw error
        }
        await database.close()
        withExtendedLifetime(place) {}
    }

    /// Words of every frequency, from one in three projects to one in all of them.
    private struct Vocabulary {
        private var state: UInt64 = 42
        private let common = [
            "python", "library", "simple", "for", "api", "client", "tools", "data", "http", "django", "async", "test",
        ]

        mutating func number(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }

        mutating func word() -> String {
            if number(below: 3) == 0 { return common[number(below: common.count)] }
            let syllables = ["ka", "ro", "mi", "te", "su", "lo", "ben", "dar", "vel", "qui", "nox", "fy", "ple", "gra"]
            return (0..<(2 + number(below: 2))).map { _ in syllables[number(below: syllables.count)] }.joined()
        }
    }

    private static func measure(_ database: SQLDatabase, _ name: String) async throws {
        try await database.declareIndexes([.main])
        let start = ContinuousClock.now
        var words = Vocabulary()
        for first in stride(from: 0, to: count, by: 500) {
            let projects = (first..<min(first + 500, count)).map { number in
                (
                    name: "\(words.word())-\(words.word())-\(number)",
                    summary: (0..<8).map { _ in words.word() }.joined(separator: " "),
                    keywords: [words.word(), words.word(), words.word()], author: "\(words.word()) \(words.word())"
                )
            }
            try await database.driver.write { try fill($0, from: first + 1, projects) }
        }
        try await database.driver.write { connection in
            for name in ["requests", "numpy", "python"] {
                _ = try connection.setOrigin(
                    .local, of: try StoredValue.name(name), displayName: nil,
                    in: try connection.requiredIndex(named: .main), serial: 1, changedBy: "", at: SampleTime.start)
            }
        }
        if count > 10_000, name == "PostgreSQL" {
            for table in ["projects", "search_words", "search_trigrams", "name_variants", "project_classifiers"] {
                try await database.driver.migrate { connection in try connection.perform("ANALYZE \(table)", []) }
            }
        }
        print("\(name): \(count) projects in \(ContinuousClock.now - start)")
        for (text, classifiers) in [
            ("requests", []), ("reqeusts", []), ("nupmy", []), ("python", []), ("p", []), ("ka", []),
            ("http client", []),
            ("simple python library for api", []), ("karomi", []), ("grafy vel", []), ("api zzzz", []),
            ("no such thing at all", []), ("", []), ("", ["topic :: 1"]), ("data", ["topic :: 2", "topic :: 3"]),
            ("topic", []),
        ] as [(String, [String])] {
            for isRestricted in [false, true] {
                var isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)?
                if isRestricted { isReadable = { _, name in name.description.utf8.count.isMultiple(of: 2) } }
                var times: [Double] = []
                var found = 0
                for _ in 0..<7 {
                    let start = ContinuousClock.now
                    found = try await database.find(
                        ProjectQuery(indexes: [.main], text: text, classifiers: classifiers),
                        isReadable: isReadable
                    ).count
                    let time = ContinuousClock.now - start
                    times.append(Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1e3)
                }
                times.sort()
                print(
                    "\(name) \(isRestricted ? "restricted" : "all") '\(text)' \(classifiers): \(found) found, "
                        + "median \(times[3]) ms, most \(times[6]) ms")
                #expect(times[3] < most, "\(text)")
            }
        }
    }

    private static func fill(
        _ connection: any SQLConnection, from first: Int,
        _ projects: [(name: String, summary: String, keywords: [String], author: String)]
    ) throws {
        var rows: [String: [[SQLValue]]] = [:]
        for (offset, project) in projects.enumerated() {
            let id = SQLValue(first + offset + 1_000)
            rows["projects", default: []].append([
                id, 1, .text(project.name), .text(project.name), "local", "active", .text(project.summary),
                .text(project.summary), "1.0", 0, 1, 0, 0, 1,
            ])
            for (field, text) in [(SearchField.name, project.name), (.summary, project.summary)] {
                for trigram in SearchText.trigrams(of: text) {
                    rows["search_trigrams", default: []].append([1, .integer(field.rawValue), .text(trigram), id])
                }
            }
            for (field, text) in [
                (WordField.name, project.name), (.keywords, project.keywords.joined(separator: ",")),
                (.summary, project.summary), (.authors, project.author),
            ] {
                for word in SearchWords.words(of: text) {
                    rows["search_words", default: []].append([1, .integer(field.rawValue), .text(word), id])
                }
            }
            for variant in NameVariants.digests(of: project.name) {
                rows["name_variants", default: []].append([1, .integer(variant), id])
            }
            for classifier in 1...8 where (first + offset) % classifier == 0 {
                rows["project_classifiers", default: []].append([SQLValue(classifier), id])
            }
        }
        if first == 1 {
            for number in 1...8 {
                rows["classifiers", default: []].append([SQLValue(number), .text("topic :: \(number)")])
            }
        }
        let columns = [
            "classifiers": "id, name",
            "projects": "id, index_id, name, display_name, origin, status, summary, folded_summary, latest_version, "
                + "is_closed, serial, created_at, changed_at, described_serial",
            "search_trigrams": "index_id, field, trigram, project_id", "name_variants": "index_id, variant, project_id",
            "search_words": "index_id, field, word, project_id", "project_classifiers": "classifier_id, project_id",
        ]
        for table in [
            "classifiers", "projects", "search_trigrams", "search_words", "name_variants", "project_classifiers",
        ] {
            var rest = (rows[table] ?? [])[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(rest.count >= 100 ? 100 : 1))
                rest = rest.dropFirst(part.count)
                var number = 0
                let values = part.map { row in
                    "("
                        + row.map { _ in
                            number += 1
                            return "?\(number)"
                        }.joined(separator: ", ") + ")"
                }.joined(separator: ", ")
                try connection.perform(
                    "INSERT INTO \(table) (\(columns[table] ?? "")) VALUES \(values)", part.flatMap(\.self))
            }
        }
    }
}
