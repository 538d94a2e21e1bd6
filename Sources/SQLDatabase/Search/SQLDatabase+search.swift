import PackagingStandards
package import Registry

extension SQLDatabase {
    package func search(_ query: ProjectSearch) async throws -> [ProjectSummary] {
        let limit = max(0, min(query.limit, SearchPlan.maximumLimit))
        let offset = max(0, query.offset)
        // No stored text holds a NUL, and no statement takes one.
        guard limit > 0, !query.text.utf8.contains(0) else { return [] }
        let plan = SearchPlan(text: query.text)
        return try await driver.read { connection in
            guard let index = try connection.index(named: query.index) else { return [] }
            guard !plan.folded.isEmpty else {
                return try connection.all(
                    SearchStatements.summariesByName, .integer(index.id), SQLValue(limit), SQLValue(offset),
                    read: SearchPlan.summary)
            }
            let found = try plan.ranked(connection, indexID: index.id)
            return try found.dropFirst(offset).prefix(limit).compactMap { id in
                try connection.first(SearchStatements.summary, .integer(id), read: SearchPlan.summary)
            }
        }
    }
}

/// The plan of a search: the exact name, names that begin with the text, then names and then summaries that contain it.
///
/// Texts of fewer than three characters find names by their beginning only. Each step looks at no more than
/// ``maximumCandidates`` projects, those of the query's rarest three characters.
struct SearchPlan: Sendable {
    static let maximumLimit = 1_000
    static let maximumCandidates = 20_000
    private static let sampleSize = 1_000
    private static let sampledTrigrams = 16

    let folded: String
    let asName: String

    init(text: String) {
        folded = SearchText.folded(text)
        asName = SearchText.asName(folded)
    }

    /// Returns the ids of the projects that are found, best first.
    func ranked(_ connection: any SQLConnection, indexID: Int64) throws -> [Int64] {
        var ranks: [Int64: (rank: Int, name: String)] = [:]
        func keep(_ found: [(id: Int64, name: String)], rank: Int) {
            for project in found where ranks[project.id] == nil { ranks[project.id] = (rank, project.name) }
        }
        let beginning = try namesBeginning(connection, indexID)
        keep(beginning.filter { $0.name == asName }, rank: 0)
        keep(beginning, rank: 1)
        keep(
            try containing(asName, .name, SearchStatements.namesContaining, connection, indexID), rank: 2)
        keep(
            try containing(folded, .summary, SearchStatements.summariesContaining, connection, indexID), rank: 3)
        return ranks.sorted { ($0.value.rank, $0.value.name) < ($1.value.rank, $1.value.name) }.map(\.key)
    }

    private func namesBeginning(
        _ connection: any SQLConnection, _ indexID: Int64
    ) throws -> [(id: Int64, name: String)] {
        // Names are ASCII: the last character of Unicode comes after every one that begins with the text.
        try connection.all(
            SearchStatements.namesBetween, .integer(indexID), .text(asName), .text(asName + "\u{10FFFF}"),
            SQLValue(Self.maximumCandidates)
        ) { ($0.integer(0), $0.text(1)) }
    }

    private func containing(
        _ text: String, _ field: SearchField, _ statement: String, _ connection: any SQLConnection, _ indexID: Int64
    ) throws -> [(id: Int64, name: String)] {
        guard let trigram = try rarestTrigram(of: text, field, connection, indexID) else { return [] }
        return try connection.all(
            statement, .integer(indexID), .text(trigram), .text(text), SQLValue(Self.maximumCandidates)
        ) { ($0.integer(0), $0.text(1)) }
    }

    /// Returns the trigram of a text that the fewest projects have, or nil if the text is too short, or one is nowhere.
    private func rarestTrigram(
        of text: String, _ field: SearchField, _ connection: any SQLConnection, _ indexID: Int64
    ) throws -> String? {
        var rarest: (trigram: String, count: Int)?
        for trigram in SearchText.trigrams(of: text).sorted().prefix(Self.sampledTrigrams) {
            let count = try connection.all(
                SearchStatements.trigramSample, .integer(indexID), .integer(field.rawValue), .text(trigram),
                SQLValue(Self.sampleSize)
            ) { $0.integer(0) }.count
            if count == 0 { return nil }
            if rarest.map({ count < $0.count }) ?? true { rarest = (trigram, count) }
        }
        return rarest?.trigram
    }

    static func summary(_ row: any SQLRow) throws -> ProjectSummary {
        ProjectSummary(
            name: try StoredValue.name(row.text(0)), displayName: row.text(1), summary: row.optionalText(2),
            latestVersion: row.optionalText(3), status: try StoredValue.status(row.text(4)), serial: row.integer(5),
            changedAt: row.timestamp(6))
    }
}

/// The statements of searches.
enum SearchStatements {
    static let summariesByName = """
        SELECT name, display_name, summary, latest_version, status, serial, changed_at FROM projects
        WHERE index_id = ?1 AND (origin = 'local' OR latest_version IS NOT NULL) ORDER BY name LIMIT ?2 OFFSET ?3
        """

    static let summary = """
        SELECT name, display_name, summary, latest_version, status, serial, changed_at FROM projects WHERE id = ?1
        """

    static let namesBetween = """
        SELECT id, name FROM projects
        WHERE index_id = ?1 AND name >= ?2 AND name < ?3 AND (origin = 'local' OR latest_version IS NOT NULL)
        ORDER BY name LIMIT ?4
        """

    static let trigramSample = """
        SELECT project_id FROM search_trigrams WHERE index_id = ?1 AND field = ?2 AND trigram = ?3 LIMIT ?4
        """

    static let namesContaining = """
        SELECT p.id, p.name
        FROM (SELECT project_id FROM search_trigrams WHERE index_id = ?1 AND field = 0 AND trigram = ?2 LIMIT ?4) AS t
        CROSS JOIN projects p
        WHERE p.id = t.project_id AND (p.origin = 'local' OR p.latest_version IS NOT NULL)
            AND replace(p.name, ?3, '') <> p.name
        """

    static let summariesContaining = """
        SELECT p.id, p.name
        FROM (SELECT project_id FROM search_trigrams WHERE index_id = ?1 AND field = 1 AND trigram = ?2 LIMIT ?4) AS t
        CROSS JOIN projects p
        WHERE p.id = t.project_id AND (p.origin = 'local' OR p.latest_version IS NOT NULL)
            AND replace(p.folded_summary, ?3, '') <> p.folded_summary
        """
}
