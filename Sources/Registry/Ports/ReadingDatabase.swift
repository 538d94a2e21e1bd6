public import PackagingStandards

/// The role of the database from which pages, the JSON API and downloads are read.
public protocol ReadingDatabase: Sendable {
    /// Returns the projects of an index that were ever published or list a cached file, in the order of their names.
    func projects(in index: IndexName) async throws -> ProjectListing

    /// Returns a project with all files that are listed, or nil if the index does not have it.
    func project(_ name: NormalizedName, in index: IndexName) async throws -> ProjectRecord?

    /// Returns what a project's page shows of its published files and no more, or nil if the index does not have it.
    func listedProject(_ name: NormalizedName, in index: IndexName) async throws -> ListedProject?

    /// Returns the names of files that were deleted or purged, and are never used again.
    func deletedFiles(of project: NormalizedName, in index: IndexName) async throws -> [String]

    /// Returns the file of an address, or nil if it is not served: a current file, or a replaced one whose time has not
    /// run out.
    func file(at address: FileAddress, now: Timestamp) async throws -> FileLocation?

    /// Returns the provenance object of a listed file (PEP 740), or nil if it has none: no attestations, or none that were
    /// verified (`NewFile.attestations`).
    func provenance(of filename: String, project: NormalizedName, in index: IndexName) async throws -> String?

    /// Returns projects whose normalized name or summary contains a text, case folded, best first: the exact name,
    /// names that begin with it, names that contain it, summaries that contain it.
    func search(_ query: ProjectSearch) async throws -> [ProjectSummary]
}

/// The names of an index's projects.
public struct ProjectListing: Sendable {
    /// A project, and the serial of its last change, which mirrors compare with theirs.
    public struct Project: Sendable, Hashable {
        public let name: NormalizedName
        public let serial: Int64

        public init(name: NormalizedName, serial: Int64) {
            self.name = name
            self.serial = serial
        }
    }

    /// In the order of their names' bytes.
    public let projects: [Project]
    /// The index's last serial.
    public let serial: Int64

    public var names: [NormalizedName] { projects.map(\.name) }

    public init(projects: [Project], serial: Int64) {
        self.projects = projects
        self.serial = serial
    }
}

/// A search among the projects of an index.
public struct ProjectSearch: Sendable {
    public let index: IndexName
    /// Part of a name or a summary; empty for every project.
    public let text: String
    public let limit: Int
    public let offset: Int

    public init(index: IndexName, text: String, limit: Int, offset: Int) {
        self.index = index
        self.text = text
        self.limit = limit
        self.offset = offset
    }
}
