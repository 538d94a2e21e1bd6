package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func find(
        _ query: ProjectQuery, isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)?
    ) async throws -> FoundProjects {
        // No stored text holds a NUL, and no statement takes one.
        guard !query.text.utf8.contains(0), !query.classifiers.contains(where: { $0.utf8.contains(0) }) else {
            return FoundProjects(projects: [], count: 0, isCut: false)
        }
        return try await driver.read { connection in
            guard var finding = try ProjectFinding(query, isReadable, connection) else {
                return FoundProjects(projects: [], count: 0, isCut: false)
            }
            return try finding.run()
        }
    }
}

/// One search: its steps, from the best kind of match to the worst, until enough is found.
///
/// Each step looks at so many projects at most in each index, and together they are one trip to the database.
private struct ProjectFinding {
    private struct Found {
        let id: Int64
        let index: IndexName
        let name: String
        let origin: ProjectOrigin
        let match: FoundProject.Match
    }

    private let query: ProjectQuery
    private let isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)?
    private let connection: any SQLConnection
    private let indexes: [IndexRow]
    private let classifiers: [Int64]
    private let folded: String
    private let asName: String
    private let words: [String]
    /// Whether most of what a step finds may be left out afterwards.
    private var isSelective: Bool { isReadable != nil || query.kind != nil || !classifiers.isEmpty }

    private var found: [Found] = []
    private var ids: Set<Int64> = []
    private var isCut = false

    /// Prepares a search; nil if it can find nothing.
    init?(
        _ query: ProjectQuery, _ isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)?,
        _ connection: any SQLConnection
    ) throws {
        self.query = query
        self.isReadable = isReadable
        self.connection = connection
        folded = SearchText.folded(query.text)
        words = SearchWords.words(of: query.text, atMost: ProjectQuery.mostWords)
        // Words with spaces between them may be the name with hyphens.
        asName = SearchText.asName(folded.split(separator: " ").joined(separator: "-"))
        indexes = try query.indexes.compactMap { try connection.index(named: $0) }
        var ids: [Int64] = []
        for classifier in query.classifiers.prefix(ProjectQuery.mostClassifiers) {
            let id = try connection.first(
                FindingStatements.classifier, .text(SearchText.folded(classifier))
            ) { $0.integer(0) }
            guard let id else { return nil }
            ids.append(id)
        }
        classifiers = ids
        if indexes.isEmpty { return nil }
    }

    mutating func run() throws -> FoundProjects {
        if folded.allSatisfy({ $0 == " " }) {
            try classifiers.isEmpty ? everything() : withClassifiers()
        } else {
            try byName()
            if !isFull { try byWords() }
            if !isFull { try byClassifier() }
            if !isFull { try bySimilarName() }
        }
        let page = found.prefix(ProjectQuery.mostFound).dropFirst(max(0, query.offset))
            .prefix(max(0, min(query.limit, ProjectQuery.longestPage)))
        return FoundProjects(
            projects: try described(Array(page)), count: min(found.count, ProjectQuery.mostFound),
            isCut: isCut || found.count > ProjectQuery.mostFound)
    }

    private var isFull: Bool { found.count >= ProjectQuery.mostFound }

    // MARK: Steps

    private mutating func everything() throws {
        try step(.all, FindingStatements.all(limit: limit), [])
    }

    private mutating func withClassifiers() throws {
        try step(.classifier, FindingStatements.ofClassifier(limit: limit), [.integer(classifiers[0])])
    }

    private mutating func byName() throws {
        if NormalizedName(asName) != nil {
            try step(.exactName, FindingStatements.exact, [.text(asName)])
        }
        // Names are ASCII: the last character of Unicode comes after every one that begins with the text.
        try step(
            .nameBeginning, FindingStatements.beginning(limit: limit), [.text(asName), .text(asName + Self.end)])
        if !isFull, !words.isEmpty {
            try step(
                .nameWords, FindingStatements.words(words.count, othersInName: true, limit: limit),
                [.integer(WordField.name.rawValue)] + wordRanges(first: words[0]))
        }
        if !isFull, let trigram = try rarestTrigram(of: asName, .name) {
            try step(
                .namePart, FindingStatements.namesContaining(limit: limit), [.text(trigram), .text(asName)])
        }
    }

    private mutating func byWords() throws {
        guard !words.isEmpty else { return }
        let first = try rarestWord()
        for (field, match) in [
            (WordField.keywords, FoundProject.Match.keywords), (.summary, .summary), (.authors, .author),
        ] where !isFull {
            try step(
                match, FindingStatements.words(words.count, othersInName: false, limit: limit),
                [.integer(field.rawValue)] + wordRanges(first: first))
            if field == .summary, !isFull, let trigram = try rarestTrigram(of: folded, .summary) {
                try step(
                    .summary, FindingStatements.summariesContaining(limit: limit), [.text(trigram), .text(folded)])
            }
        }
    }

    /// Words of two letters are in too many classifiers.
    private mutating func byClassifier() throws {
        guard !words.isEmpty, words.allSatisfy({ $0.unicodeScalars.count >= 3 }) else { return }
        var matching: [Int64] = []
        try connection.run(
            FindingStatements.classifiers(words.count), words.map(SQLValue.text)
        ) { matching.append($0.integer(0)) }
        for id in matching where !isFull {
            try step(.classifier, FindingStatements.ofClassifier(limit: limit), [.integer(id)])
        }
    }

    private mutating func bySimilarName() throws {
        let variants = NameVariants.digests(of: asName)
        guard !variants.isEmpty else { return }
        let (asName, limit) = (asName, asName.utf8.count < 6 ? 1 : 2)
        // As many as the longest name has, so that there is one statement.
        let padded = variants + [Int64](repeating: variants[0], count: NameVariants.longestName + 1 - variants.count)
        try step(.similarName, FindingStatements.variants, padded.map(SQLValue.integer)) { name in
            NameVariants.distance(asName, name, limit: limit) != nil
        }
    }

    // MARK: Parts

    private static let end = "\u{10FFFF}"

    /// How many projects a step looks at in an index: more if it may leave most of them out.
    private var limit: Int { isSelective ? 20_000 : 2_000 }

    /// Returns the bounds of the words, with that of one first: what begins with it is found through the index.
    private func wordRanges(first: String) -> [SQLValue] {
        ([first] + words.filter { $0 != first }).flatMap { [.text($0), .text($0 + Self.end)] }
    }

    /// Returns the word that the fewest projects have.
    private func rarestWord() throws -> String {
        guard words.count > 1 else { return words[0] }
        var counts = [Int](repeating: 0, count: words.count)
        var samples: [SQLQuery] = []
        for place in words.indices {
            for index in indexes {
                for field in [WordField.keywords, .summary, .authors] {
                    samples.append(
                        SQLQuery(
                            FindingStatements.wordSample,
                            [
                                .integer(index.id), .integer(field.rawValue), .text(words[place]),
                                .text(words[place] + Self.end),
                            ]
                        ) { counts[place] += Int($0.integer(0)) })
                }
            }
        }
        try connection.runTogether(samples)
        let place = counts.indices.min { counts[$0] < counts[$1] }
        return words[place ?? 0]
    }

    /// Returns the trigram of a text that the fewest projects have, or nil if the text is too short, or one is nowhere.
    private func rarestTrigram(of text: String, _ field: SearchField) throws -> String? {
        let trigrams = SearchText.trigrams(of: text).sorted().prefix(16)
        var counts = [Int](repeating: 0, count: trigrams.count)
        var samples: [SQLQuery] = []
        for (place, trigram) in trigrams.enumerated() {
            for index in indexes {
                samples.append(
                    SQLQuery(
                        FindingStatements.trigramSample,
                        [.integer(index.id), .integer(field.rawValue), .text(trigram)]
                    ) { counts[place] += Int($0.integer(0)) })
            }
        }
        try connection.runTogether(samples)
        guard let place = counts.indices.min(by: { counts[$0] < counts[$1] }), counts[place] > 0 else { return nil }
        return Array(trigrams)[place]
    }

    /// Runs a statement in every index, whose first parameter is that, and adds what it finds and nothing has found before,
    /// by name.
    private mutating func step(
        _ match: FoundProject.Match, _ statement: FindingStatement, _ arguments: [SQLValue],
        where isMeant: @escaping (String) -> Bool = { _ in true }
    ) throws {
        var rows: [Found] = []
        var isCut = false
        let (query, ids, isReadable) = (query, ids, isReadable)
        let sql = statement.sql(classifiers: classifiers.count)
        try connection.runTogether(
            indexes.map { index in
                var seen = 0
                return SQLQuery(
                    sql, [.integer(index.id)] + arguments + classifiers.map(SQLValue.integer)
                ) { row in
                    seen += 1
                    if let limit = statement.limit, seen >= limit { isCut = true }
                    let id = row.integer(0)
                    guard !ids.contains(id) else { return }
                    let name = row.text(1)
                    let origin = try StoredValue.origin(row.text(2))
                    guard query.kind.map({ $0 == ProjectKind(origin) }) ?? true, isMeant(name) else { return }
                    if let isReadable, !isReadable(index.name, try StoredValue.name(name)) { return }
                    rows.append(Found(id: id, index: index.name, name: name, origin: origin, match: match))
                }
            })
        if isCut { self.isCut = true }
        for row in rows.sorted(by: { ($0.name, $0.index) < ($1.name, $1.index) })
        where self.ids.insert(row.id).inserted {
            found.append(row)
        }
    }

    /// Returns what is shown of projects.
    private func described(_ page: [Found]) throws -> [FoundProject] {
        guard let first = page.first else { return [] }
        var summaries: [Int64: ProjectSummary] = [:]
        // As many as a page has, so that there is one statement.
        let size = ProjectQuery.longestPage
        let ids = page.map(\.id) + [Int64](repeating: first.id, count: size - page.count)
        try connection.run(FindingStatements.summaries, ids.map(SQLValue.integer)) { row in
            summaries[row.integer(7)] = try SearchPlan.summary(row)
        }
        return page.compactMap { found in
            summaries[found.id].map {
                FoundProject(index: found.index, summary: $0, origin: found.origin, match: found.match)
            }
        }
    }
}

/// A statement that finds projects of an index, whose id is its first parameter: ids, names and origins.
struct FindingStatement {
    /// What stands before the conditions on `p`, a row of `projects`.
    let head: String
    /// How many parameters it has.
    let parameters: Int
    /// What stands behind them.
    var tail = ""
    /// The most rows in the table by which it looks; nil if there are few.
    var limit: Int?

    /// Returns the statement for projects that have so many classifiers, whose ids are its last parameters.
    func sql(classifiers: Int) -> String {
        let conditions = (0..<classifiers).map { place in
            """
             AND EXISTS (SELECT 1 FROM project_classifiers c
                WHERE c.classifier_id = ?\(parameters + 1 + place) AND c.project_id = p.id)
            """
        }
        return head + " AND (p.origin IN ('local', 'reserved') OR p.latest_version IS NOT NULL)"
            + conditions.joined() + tail
    }
}

/// The statements that find projects.
enum FindingStatements {
    static let classifier = "SELECT id FROM classifiers WHERE name = ?1"

    /// Returns the statement that finds the classifiers with so many words in them.
    static func classifiers(_ words: Int) -> String {
        let conditions = (1...words).map { "replace(c.name, ?\($0), '') <> c.name" }.joined(separator: " AND ")
        return """
            SELECT c.id FROM (SELECT id, name FROM classifiers ORDER BY id LIMIT 10000) AS c WHERE \(conditions)
            ORDER BY c.id LIMIT 8
            """
    }

    static let summaries = """
        SELECT name, display_name, summary, latest_version, status, serial, changed_at, id FROM projects
        WHERE id IN (\((1...ProjectQuery.longestPage).map { "?\($0)" }.joined(separator: ", ")))
        """

    static let wordSample = """
        SELECT COUNT(*) FROM (SELECT project_id FROM search_words
            WHERE index_id = ?1 AND field = ?2 AND word >= ?3 AND word < ?4 LIMIT 1000) AS w
        """

    static let trigramSample = """
        SELECT COUNT(*) FROM (SELECT project_id FROM search_trigrams
            WHERE index_id = ?1 AND field = ?2 AND trigram = ?3 LIMIT 1000) AS t
        """

    static func all(limit: Int) -> FindingStatement {
        FindingStatement(
            head: "SELECT p.id, p.name, p.origin FROM projects p WHERE p.index_id = ?1", parameters: 1,
            tail: " ORDER BY p.name LIMIT \(limit)", limit: limit)
    }

    static let exact = FindingStatement(
        head: "SELECT p.id, p.name, p.origin FROM projects p WHERE p.index_id = ?1 AND p.name = ?2", parameters: 2)

    static func beginning(limit: Int) -> FindingStatement {
        FindingStatement(
            head: """
                SELECT p.id, p.name, p.origin FROM projects p WHERE p.index_id = ?1 AND p.name >= ?2 AND p.name < ?3
                """, parameters: 3, tail: " ORDER BY p.name LIMIT \(limit)", limit: limit)
    }

    /// Returns the statement that finds the projects with a word in a field that begins with a text, and with others in
    /// their names or anywhere.
    static func words(_ count: Int, othersInName: Bool, limit: Int) -> FindingStatement {
        let others = (1..<max(1, count)).map { place in
            """
             AND EXISTS (SELECT 1 FROM search_words o WHERE o.project_id = p.id AND o.word >= ?\(3 + 2 * place)
                AND o.word < ?\(4 + 2 * place)\(othersInName ? " AND o.field = 0" : ""))
            """
        }
        return FindingStatement(
            head: """
                SELECT p.id, p.name, p.origin
                FROM (SELECT project_id FROM search_words
                    WHERE index_id = ?1 AND field = ?2 AND word >= ?3 AND word < ?4 LIMIT \(limit)) AS w
                CROSS JOIN projects p
                WHERE p.id = w.project_id\(others.joined())
                """, parameters: 2 + 2 * count, limit: limit)
    }

    static func namesContaining(limit: Int) -> FindingStatement {
        FindingStatement(
            head: """
                SELECT p.id, p.name, p.origin
                FROM (SELECT project_id FROM search_trigrams
                    WHERE index_id = ?1 AND field = 0 AND trigram = ?2 LIMIT \(limit)) AS t
                CROSS JOIN projects p
                WHERE p.id = t.project_id AND replace(p.name, ?3, '') <> p.name
                """, parameters: 3, limit: limit)
    }

    static func summariesContaining(limit: Int) -> FindingStatement {
        FindingStatement(
            head: """
                SELECT p.id, p.name, p.origin
                FROM (SELECT project_id FROM search_trigrams
                    WHERE index_id = ?1 AND field = 1 AND trigram = ?2 LIMIT \(limit)) AS t
                CROSS JOIN projects p
                WHERE p.id = t.project_id AND replace(p.folded_summary, ?3, '') <> p.folded_summary
                """, parameters: 3, limit: limit)
    }

    static func ofClassifier(limit: Int) -> FindingStatement {
        FindingStatement(
            head: """
                SELECT p.id, p.name, p.origin
                FROM (SELECT project_id FROM project_classifiers WHERE classifier_id = ?2 LIMIT \(limit)) AS k
                CROSS JOIN projects p
                WHERE p.id = k.project_id AND p.index_id = ?1
                """, parameters: 2, limit: limit)
    }

    static let variants = FindingStatement(
        head: """
            SELECT p.id, p.name, p.origin
            FROM (SELECT DISTINCT project_id FROM name_variants
                WHERE index_id = ?1 AND variant IN (\
            \((2...(NameVariants.longestName + 2)).map { "?\($0)" }.joined(separator: ", "))) LIMIT 1000) AS v
            CROSS JOIN projects p
            WHERE p.id = v.project_id
            """, parameters: NameVariants.longestName + 2, limit: 1000)
}
