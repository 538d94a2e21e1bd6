/// A project's page of the simple API, version 1.4 (PEP 503, 592, 629, 658, 691, 700, 714, 740, 792).
public struct SimpleProjectPage: Hashable, Sendable {
    /// The version that pages state (PEP 629); 1.5 would promise namespaces (PEP 752).
    public static let apiVersion = "1.4"

    /// The project's normalized name.
    public var name: String
    /// In the order in which they are written.
    public var files: [SimpleFile]
    /// All versions of the project, also those without files, in the order in which they are written.
    public var versions: [String]
    public var status: ProjectStatus
    public var statusReason: String?
    /// The project's serial: that of its last change.
    public var lastSerial: Int64

    public init(
        name: String,
        files: [SimpleFile],
        versions: [String],
        status: ProjectStatus = .active,
        statusReason: String? = nil,
        lastSerial: Int64
    ) {
        self.name = name
        self.files = files
        self.versions = versions
        self.status = status
        self.statusReason = statusReason
        self.lastSerial = lastSerial
    }
}
