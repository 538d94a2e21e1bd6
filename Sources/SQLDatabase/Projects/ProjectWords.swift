import PackagingStandards
package import Registry

extension SQLConnection {
    /// Sets what searches find a project by, and what it needs.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - summary: The summary of its standing release.
    ///   - excerpt: The rest, from the release's core metadata; nil if that is not known, or there is none.
    /// - Throws: What the statements do.
    func describe(_ project: ProjectRow, summary: String?, by excerpt: MetadataExcerpt?) throws {
        for table in ["search_words", "project_classifiers", "dependencies"] {
            try execute("DELETE FROM \(table) WHERE project_id = ?1", .integer(project.id))
        }
        let fields: [(WordField, String)] = [
            (.name, project.name.description), (.keywords, (excerpt?.keywords ?? []).joined(separator: " , ")),
            (.summary, summary ?? ""), (.authors, (excerpt?.authors ?? []).joined(separator: " , ")),
        ]
        for (field, text) in fields {
            for word in SearchWords.words(of: text) {
                try execute(
                    "INSERT INTO search_words (index_id, field, word, project_id) VALUES (?1, ?2, ?3, ?4)",
                    .integer(project.index.id), .integer(field.rawValue), .text(word), .integer(project.id))
            }
        }
        guard let excerpt else { return }
        for requirement in excerpt.requirements {
            try execute(
                """
                INSERT INTO dependencies (required_name, project_id, requirement, is_optional) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO NOTHING
                """,
                SQLValue(requirement.name), .integer(project.id), .text(requirement.text),
                SQLValue(!requirement.extras.isEmpty))
        }
        for classifier in Set(excerpt.classifiers.map(SearchText.folded)).sorted() {
            try execute("INSERT INTO classifiers (name) VALUES (?1) ON CONFLICT DO NOTHING", .text(classifier))
            try execute(
                """
                INSERT INTO project_classifiers (classifier_id, project_id)
                SELECT id, CAST(?2 AS BIGINT) FROM classifiers WHERE name = ?1
                """, .text(classifier), .integer(project.id))
        }
    }
}

extension SQLDatabase {
    package func undescribedProjects(limit: Int) async throws -> [UndescribedProject] {
        try await driver.read { connection in
            let ids = try connection.all(DescribingStatements.undescribed, SQLValue(limit)) {
                (id: $0.integer(0), serial: $0.integer(1))
            }
            return try ids.map { id, serial in
                let release = try connection.standingRelease(ofProject: id)
                let metadata = release?.metadata.map { BlobName.metadata($0.digest, of: $0.filename) }
                return UndescribedProject(id: id, serial: serial, metadata: metadata)
            }
        }
    }

    package func describe(_ projects: [ProjectDescription]) async throws {
        guard !projects.isEmpty else { return }
        try await driver.write { connection in
            for description in projects { try connection.settle(description) }
        }
    }
}

extension SQLConnection {
    /// Describes a project, unless it has changed since it was read, or is gone.
    fileprivate func settle(_ description: ProjectDescription) throws {
        let id = description.project.id
        let serial = try first("SELECT serial FROM projects WHERE id = ?1", .integer(id)) { $0.integer(0) }
        guard serial == description.project.serial else { return }
        let project = try project(withID: id)
        let release = try standingRelease(ofProject: id)
        try describe(project, summary: release?.summary, by: description.excerpt)
        try addNameVariants(of: project.name.description, projectID: id, indexID: project.index.id)
        try execute(
            "UPDATE projects SET described_serial = serial, described_sha256 = ?2 WHERE id = ?1", .integer(id),
            SQLValue(description.excerpt?.digest))
    }
}

/// The statements that keep what projects are found by.
enum DescribingStatements {
    static let undescribed = "SELECT id, serial FROM projects WHERE described_serial <> serial ORDER BY id LIMIT ?1"
}
