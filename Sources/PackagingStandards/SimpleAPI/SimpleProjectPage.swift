/// A project's page of the simple API (PEP 503, 592, 629, 658, 691, 700, 714, 740, 792).
public struct SimpleProjectPage: Hashable, Sendable {
    /// The version that complete pages state (PEP 629); 1.5 would promise namespaces (PEP 752).
    public static let apiVersion = "1.4"
    /// The version that a page states where an upstream did not tell the size of each file, which PEP 700 promises from
    /// version 1.1 on.
    static let apiVersionWithoutSizes = "1.0"

    /// The project's normalized name.
    public var name: String
    /// The files that the index holds itself, which are written first, in their order.
    public var heldFiles: [HeldFile]
    /// What leads from the page to the held files, percent-encoded and ending in a slash; `<sha256>/<filename>` follows.
    public var heldFilesAddress: String
    /// All other files, in the order in which they are written.
    public var files: [SimpleFile]
    /// What the addresses of those are relative to, percent-encoded; empty if that is the page.
    public var filesAddress: String
    /// All versions of the project, also those without files, in the order in which they are written.
    public var versions: [String]
    public var status: ProjectStatus
    public var statusReason: String?
    /// The project's serial: that of its last change.
    public var lastSerial: Int64
    /// What was wrong with a page that was read; it is not written.
    public var faults = SimplePageFaults()

    public init(
        name: String,
        heldFiles: [HeldFile] = [],
        heldFilesAddress: String = "",
        files: [SimpleFile] = [],
        filesAddress: String = "",
        versions: [String],
        status: ProjectStatus = .active,
        statusReason: String? = nil,
        lastSerial: Int64
    ) {
        self.name = name
        self.heldFiles = heldFiles
        self.heldFilesAddress = heldFilesAddress
        self.files = files
        self.filesAddress = filesAddress
        self.versions = versions
        self.status = status
        self.statusReason = statusReason
        self.lastSerial = lastSerial
    }

    /// The version that the page can state; held files have their sizes.
    var apiVersion: String {
        files.allSatisfy { $0.size != nil } ? Self.apiVersion : Self.apiVersionWithoutSizes
    }
}
