import PackagingStandards

/// The state of a project at a serial, written when the project is made and whenever its state changes.
public struct ProjectManifest: Codable, Sendable, Hashable {
    /// The version of this layout: 1.
    public var manifestVersion = 1
    public var index: String
    public var project: String
    public var displayName: String
    public var serial: Int64
    /// The text of a `ProjectOrigin`.
    public var origin: String
    /// The text of a `ProjectStatus`.
    public var status: String
    public var statusReason: String?
    /// Whether the project had grants of its own: after a rebuild such a project is closed until it gets grants again.
    public var hadGrants: Bool
    /// Microseconds since 1970 UTC.
    public var createdAt: Int64
    public var changedBy: String
    public var changedAt: Int64

    public init(
        index: String, project: String, displayName: String, serial: Int64, origin: String, status: String,
        statusReason: String?, hadGrants: Bool, createdAt: Int64, changedBy: String, changedAt: Int64
    ) {
        self.index = index
        self.project = project
        self.displayName = displayName
        self.serial = serial
        self.origin = origin
        self.status = status
        self.statusReason = statusReason
        self.hadGrants = hadGrants
        self.createdAt = createdAt
        self.changedBy = changedBy
        self.changedAt = changedAt
    }

    /// The manifest without a reason that is now too long for a row.
    public var withinBounds: ProjectManifest {
        var bounded = self
        bounded.statusReason = FieldBound.within(FieldBound.line, statusReason)
        return bounded
    }
}
