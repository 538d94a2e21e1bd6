/// The statements that read indexes and what changed in them.
enum IndexStatements {
    static let indexID = "SELECT id, serial FROM indexes WHERE name = ?1"

    static let epochs = "SELECT access_epoch, rebuild_epoch FROM installation WHERE only_row = 1"

    static let serials = "SELECT id, name, serial FROM indexes"

    static let changedProjects = """
        SELECT name FROM projects WHERE index_id = ?1 AND serial > ?2
        UNION ALL SELECT project_name FROM touched WHERE index_id = ?1 AND serial > ?2
        """
}
