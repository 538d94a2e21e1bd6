public import PackagingStandards

/// All exceptions of a project to an index's policy at a serial, written whenever one is added or removed.
public struct ExceptionsManifest: Codable, Sendable, Hashable {
    /// An exception.
    public struct Entry: Codable, Sendable, Hashable {
        public var id: Int64
        /// Nil for the whole project.
        public var version: String?
        public var reason: String
        public var createdBy: String
        /// Microseconds since 1970 UTC.
        public var createdAt: Int64
        /// Nil for never.
        public var expiresAt: Int64?
    }

    /// The version of this layout: 1.
    public var manifestVersion = 1
    public var index: String
    public var project: String
    public var serial: Int64
    public var exceptions: [Entry]

    public init(_ exceptions: [PolicyException], of project: NormalizedName, in index: IndexName, serial: Int64) {
        self.index = index.description
        self.project = project.description
        self.serial = serial
        self.exceptions = exceptions.map { exception in
            Entry(
                id: exception.id, version: exception.version?.description, reason: exception.reason,
                createdBy: exception.createdBy, createdAt: exception.createdAt.microseconds,
                expiresAt: exception.expiresAt?.microseconds)
        }
    }
}
