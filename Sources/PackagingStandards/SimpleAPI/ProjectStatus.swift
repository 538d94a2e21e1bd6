/// The status of a project in the simple API (PEP 792).
public enum ProjectStatus: String, CaseIterable, Hashable, Sendable, Codable {
    /// Files may be published and downloaded.
    case active
    /// No files may be published; the existing ones may be downloaded.
    case archived
    /// The project is unsafe: no files may be published or downloaded.
    case quarantined
    /// As `active`, but another project replaces this one.
    case deprecated

    /// Whether new files may be published to the project.
    public var allowsUploads: Bool { self == .active || self == .deprecated }

    /// Whether the project's files are offered for download.
    public var allowsDownloads: Bool { self != .quarantined }
}
