import SQLDatabase
import Testing

@Suite("Query plans")
struct QueryPlanTests {
    /// What may be scanned: the few configured indexes, an index of administrators alone, rows that a subquery has bounded already, and the grants, which
    /// are read as a whole after each change of rights.
    static let mayScan: [String: Set<String>] = [
        "serials": ["SCAN indexes"],
        "state": ["SCAN i"],
        "grants": ["SCAN g"],
        "publishers": ["SCAN t"],
        "declaredTokens": ["SCAN t USING INDEX access_tokens_declared"],
        "closedProjects": ["SCAN i USING COVERING INDEX indexes_by_name"],
        "namesContaining": ["SCAN t"],
        "summariesContaining": ["SCAN t"],
        "findWord": ["SCAN w"], "findWords": ["SCAN w"], "wordSample": ["SCAN w"],
        "findNamesContaining": ["SCAN t"], "findSummariesContaining": ["SCAN t"], "trigramCount": ["SCAN t"],
        "findOfClassifier": ["SCAN k"], "findVariants": ["SCAN v"],
        // So many of the few classifiers that there are.
        "findClassifiers": ["SCAN c", "SCAN classifiers"],
        "newestReleases": ["SCAN f", "SCAN files USING INDEX files_published"], "mostDownloaded": ["SCAN s"],
        "newestProjects": ["SCAN p USING INDEX projects_published"],
        "undescribed": [
            "SCAN projects USING INDEX projects_undescribed", "SCAN projects USING COVERING INDEX projects_undescribed",
        ],
        "administrator": ["SCAN person_links USING INDEX person_links_of_administrators"],
        "otherAdministrator": ["SCAN l USING INDEX person_links_of_administrators"],
    ]

    @Test("no statement of a reading path scans a table", arguments: SQLDatabase.readingStatementNames)
    func plans(_ name: String) async throws {
        try await withDatabase { database, _ in
            let plan = try await database.queryPlan(of: name)
            #expect(!plan.isEmpty)
            let scans = plan.filter { $0.hasPrefix("SCAN") }
            #expect(Set(scans).subtracting(Self.mayScan[name] ?? []).isEmpty, "\(plan)")
        }
    }

    @Test("a project's files come in their order without sorting")
    func sorting() async throws {
        try await withDatabase { database, _ in
            for name in [
                "projectFiles", "listedFiles", "releases", "projectNames", "summariesByName", "namesBetween",
                "exceptionsOfProject", "keptOrigin",
            ] {
                let plan = try await database.queryPlan(of: name)
                #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(name): \(plan)")
            }
        }
    }

    @Test("what is asked for every cached file or page reads indexes alone")
    func coveringUpstreams() async throws {
        try await withDatabase { database, _ in
            for (name, index) in [
                ("cachedBytes", "files_cached"), ("publishedAnywhere", "projects_by_owner"),
                ("keptOrigin", "projects_by_owner"), ("pinOfMetadata", "pins_by_metadata"),
            ] {
                let plan = try await database.queryPlan(of: name)
                #expect(plan.contains { $0.contains("COVERING INDEX \(index)") }, "\(name): \(plan)")
            }
        }
    }

    @Test("which files have a provenance is known without reading it, or what was not verified")
    func provenance() async throws {
        try await withDatabase { database, _ in
            let plan = try await database.queryPlan(of: "filesWithProvenance")
            #expect(plan.contains { $0.contains("INDEX attestations_verified") }, "\(plan)")
        }
    }

    @Test("a list of cached files looks at no published one")
    func cachedAlone() async throws {
        try await withDatabase { database, _ in
            for name in ["cachedFiles", "cachedRows"] {
                let plan = try await database.queryPlan(of: name)
                #expect(plan.contains { $0.contains("INDEX files_cached") }, "\(name): \(plan)")
            }
        }
    }

    @Test("the list of projects reads an index alone")
    func covering() async throws {
        try await withDatabase { database, _ in
            let plan = try await database.queryPlan(of: "projectNames")
            #expect(plan.contains { $0.contains("COVERING INDEX projects_listed") }, "\(plan)")
        }
    }
}
