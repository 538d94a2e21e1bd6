public import PackagingStandards

/// A project of an index as its page of the simple API shows it: what `ProjectRecord` holds, without what such a page
/// does not tell.
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
