public import PackagingStandards

/// A project of an index, with all its files that may be listed.
public struct ProjectRecord: Sendable {
    /// The immutable id.
    public let id: Int64
    /// The normalized name.
    public let name: NormalizedName
    /// The name as its first publisher spelt it.
    public let displayName: String
    public let origin: ProjectOrigin
    /// The status and its reason (PEP 792).
    public let status: ProjectStatus
    public let statusReason: String?
    /// The serial of the project's last change in its index.
    public let serial: Int64
    /// The files, in the order of their versions' precedence and then of their names.
    public let files: [FileRecord]

    public init(
        id: Int64, name: NormalizedName, displayName: String, origin: ProjectOrigin, status: ProjectStatus,
        statusReason: String?, serial: Int64, files: [FileRecord]
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.origin = origin
        self.status = status
        self.statusReason = statusReason
        self.serial = serial
        self.files = files
    }
}

/// A project in a list or a search result.
public struct ProjectSummary: Sendable, Hashable {
    public let name: NormalizedName
    public let displayName: String
    /// The summary of the last published release; nil if it has none.
    public let summary: String?
    /// The last version in the order of PEP 440, as first spelt; nil if no file is left.
    public let latestVersion: String?
    public let status: ProjectStatus
    public let serial: Int64
    /// When the project last changed, in microseconds since 1970 UTC.
    public let changedAt: Timestamp

    public init(
        name: NormalizedName, displayName: String, summary: String?, latestVersion: String?, status: ProjectStatus,
        serial: Int64, changedAt: Timestamp
    ) {
        self.name = name
        self.displayName = displayName
        self.summary = summary
        self.latestVersion = latestVersion
        self.status = status
        self.serial = serial
        self.changedAt = changedAt
    }
}

/// What the simple API's page of a project shows: a `ProjectRecord` without the rest.
public struct ListedProject: Sendable, Hashable {
    /// The normalized name.
    public let name: NormalizedName
    public let origin: ProjectOrigin
    /// The status and its reason (PEP 792).
    public let status: ProjectStatus
    public let statusReason: String?
    /// The serial of the project's last change in its index.
    public let serial: Int64
    /// The files, in the order of their versions' precedence and then of their names.
    public let files: [HeldFile]

    public init(
        name: NormalizedName, origin: ProjectOrigin, status: ProjectStatus, statusReason: String?, serial: Int64,
        files: [HeldFile]
    ) {
        self.name = name
        self.origin = origin
        self.status = status
        self.statusReason = statusReason
        self.serial = serial
        self.files = files
    }
}

extension RegistryError {
    /// Makes the error about a project that an index does not have.
    init(unknownProject project: NormalizedName, in index: IndexName) {
        self.init(.notFound, "The index \(index) has no project called \(project).")
    }
}
