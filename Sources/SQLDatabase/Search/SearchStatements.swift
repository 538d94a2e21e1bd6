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
