public import PackagingStandards

/// What the address of a distribution file names.
public struct FileAddress: Hashable, Sendable {
    /// What stands before the file's name.
    public enum Locator: Hashable, Sendable {
        /// `/<index>/files/<sha256>/<filename>`.
        case sha256(SHA256Digest)
        /// `/<index>/files/u/<project>/<filename>`: an upstream's file whose digest its page does not tell.
        case project(NormalizedName)
    }

    public let index: IndexName
    public let locator: Locator
    /// The file's name, without `.metadata`.
    public let filename: String

    public init(index: IndexName, locator: Locator, filename: String) {
        self.index = index
        self.locator = locator
        self.filename = filename
    }

    public init(index: IndexName, sha256: SHA256Digest, filename: String) {
        self.init(index: index, locator: .sha256(sha256), filename: filename)
    }
}

/// What the database knows of a file address that may be downloaded.
public struct FileLocation: Sendable, Hashable {
    public let project: NormalizedName
    /// The project's status; a quarantined project's files are not handed out (PEP 792).
    public let status: ProjectStatus
    public let sha256: SHA256Digest
    /// Bytes.
    public let size: Int64
    public let metadataDigest: SHA256Digest?
    public let metadataSize: Int64?
    /// The release's version, as the file's own upload spelt it.
    public let version: String
    /// `sdist` or `bdist_wheel`.
    public let packageType: String
    /// When it was published or cached; of a replaced file, when the one in its place was.
    public let uploadedAt: Timestamp
    /// Whether it came from an upstream.
    public let isCached: Bool
    /// The moment until which the address of a replaced file is served; nil for a current file.
    public let servedUntil: Timestamp?

    public init(
        project: NormalizedName, status: ProjectStatus, sha256: SHA256Digest, size: Int64,
        metadataDigest: SHA256Digest?, metadataSize: Int64?, version: String, packageType: String,
        uploadedAt: Timestamp,
        isCached: Bool, servedUntil: Timestamp?
    ) {
        self.project = project
        self.status = status
        self.sha256 = sha256
        self.size = size
        self.metadataDigest = metadataDigest
        self.metadataSize = metadataSize
        self.version = version
        self.packageType = packageType
        self.uploadedAt = uploadedAt
        self.isCached = isCached
        self.servedUntil = servedUntil
    }
}

/// Links to files, relative to the page that they stand on, so that neither host nor prefix is in a page.
enum FileLink {
    /// `files/<sha256>/<filename>`, percent-encoded (RFC 3986 §2.3).
    static func to(_ filename: String, sha256: String) -> String {
        "files/\(sha256)/\(encoded(filename))"
    }

    /// The address of an upstream's file, relative to the index: the same before and after it is kept.
    ///
    /// By its digest where the upstream's page tells that and the project can be read off the file's name; else by the
    /// project's name.
    static func toRemote(_ name: DistributionFilename, sha256: String?) -> String {
        guard let sha256 else { return "files/u/\(name.name)/\(encoded(name.filename))" }
        return to(name.filename, sha256: sha256)
    }

    /// Returns what the address that a link leads to is found by, or nil if it is no link to a file.
    static func locator(of link: String) -> FileAddress.Locator? {
        let parts = link.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "files" else { return nil }
        switch parts.count {
        case 3: return SHA256Digest(hex: String(parts[1])).map { .sha256($0) }
        case 4 where parts[1] == "u": return NormalizedName(parts[2]).map { .project($0) }
        default: return nil
        }
    }

    /// A path segment; file names hold nothing else that needs escaping than a space.
    private static func encoded(_ filename: String) -> String {
        guard filename.utf8.contains(UInt8(ascii: " ")) else { return filename }
        return filename.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "%20")
    }
}
