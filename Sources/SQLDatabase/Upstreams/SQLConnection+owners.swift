import PackagingStandards
import Registry

extension SQLConnection {
    /// Returns the origin under which any index keeps files of a name from an upstream, or nil if none does.
    ///
    /// That an index has looked at the upstream's page counts for nothing.
    func keptOrigin(of project: NormalizedName) throws -> ProjectOrigin? {
        try first(UpstreamStatements.keptOrigin, SQLValue(project)) { try StoredValue.origin($0.text(0)) }
    }

    /// Whether any index has published a name, or keeps it reserved.
    func isPublishedAnywhere(_ project: NormalizedName) throws -> Bool {
        try exists(UpstreamStatements.publishedAnywhere, SQLValue(project))
    }

    /// Whether a project lists a file that somebody published.
    func hasPublishedFiles(_ project: ProjectRow) throws -> Bool {
        try exists(UpstreamStatements.publishedFiles, .integer(project.id))
    }

    /// The projects of a name, in the order of their indexes' ids.
    func projects(named name: NormalizedName) throws -> [ProjectRow] {
        try all(UpstreamStatements.projectsOfName, SQLValue(name)) { $0.integer(0) }
            .map { try project(withID: $0) }
            .sorted { $0.index.id < $1.index.id }
    }

    /// Returns the origin of a project in an index, or nil if the index does not know the name.
    func origin(of project: NormalizedName, in index: IndexName) throws -> ProjectOrigin? {
        try first(UpstreamStatements.ownOrigin, .text(index.description), SQLValue(project)) {
            try StoredValue.origin($0.text(0))
        }
    }
}
