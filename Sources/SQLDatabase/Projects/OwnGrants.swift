import PackagingStandards

/// Which grants are a project's own: those on its name, and those on a beginning of it.
enum OwnGrants {
    /// Returns the condition that a row `g` of `access_grants`, whose index is right, is one of a project's own.
    ///
    /// `name` is the expression for the project's normalized name.
    static func condition(_ name: String) -> String {
        """
        g.project_name <> '' AND ((g.is_prefix = 0 AND g.project_name = \(name))
            OR (g.is_prefix = 1 AND substr(\(name), 1, length(g.project_name)) = g.project_name))
        """
    }
}

extension SQLConnection {
    /// Returns whether a project has grants of its own.
    func hasGrants(_ project: NormalizedName, in index: IndexRow) throws -> Bool {
        try exists(
            "SELECT g.id FROM access_grants g WHERE g.index_id = ?1 AND \(OwnGrants.condition("?2")) LIMIT 1",
            .integer(index.id), SQLValue(project))
    }

    /// Notes who created a project, unless somebody did before.
    func setOwner(_ userID: Int64, of project: ProjectRow) throws {
        try execute(
            "UPDATE projects SET owner_id = ?2 WHERE id = ?1 AND owner_id IS NULL", .integer(project.id),
            .integer(userID))
    }

    /// Forgets who created a project: whoever publishes it next does.
    func forgetOwner(of project: ProjectRow) throws {
        try execute("UPDATE projects SET owner_id = NULL WHERE id = ?1", .integer(project.id))
    }
}
