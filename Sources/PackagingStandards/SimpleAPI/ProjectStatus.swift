/// The state of a project, as the simple API tells it (PEP 792).
public enum ProjectStatus: String, CaseIterable, Hashable, Sendable, Codable {
    /// Files may be published and downloaded.
    case active
    /// No new files; the existing ones are downloaded.
    case archived
    /// Unsafe: neither published to nor downloaded from.
    case quarantined
    /// As active, but superseded.
    case deprecated

    /// Whether new files may be published to the project.
    public var allowsUploads: Bool { self == .active || self == .deprecated }

    /// Whether the project's files are offered for download.
    public var allowsDownloads: Bool { self != .quarantined }
}
