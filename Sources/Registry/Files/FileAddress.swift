public import PackagingStandards

/// The address of a distribution file.
public struct FileAddress: Hashable, Sendable {
    /// The part before the file's name.
    public enum Locator: Hashable, Sendable {
        /// `/<index>/files/<sha256>/<filename>`.
        case sha256(SHA256Digest)
        /// `/<index>/files/u/<project>/<filename>`: an upstream's file whose page states no digest of it.
        case project(NormalizedName)
    }

    public let index: IndexName
    public let locator: Locator
    /// Without `.metadata`.
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

/// What the database knows of an address that may be downloaded.
public struct FileLocation: Sendable, Hashable {
    public let project: NormalizedName
    /// The project's status; files of a quarantined project are not served (PEP 792).
    public let status: ProjectStatus
    public let sha256: SHA256Digest
    /// Bytes.
    public let size: Int64
    public let metadataDigest: SHA256Digest?
    public let metadataSize: Int64?
    /// The version, as the upload of this file spelt it.
    public let version: String
    /// `sdist` or `bdist_wheel`.
    public let packageType: String
    /// When the file was published or cached; of a replaced one, when its replacement was.
    public let uploadedAt: Timestamp
    /// Whether the file is cached.
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

/// Links to files, relative to the index, so that no page has a host or prefix in it.
enum FileLink {
    /// Returns `files/<sha256>/<filename>`, percent-encoded (RFC 3986 §2.3).
    static func to(_ filename: String, sha256: String) -> String {
        let name = encoded(filename)
        var link = ""
        link.reserveCapacity(6 + sha256.utf8.count + 1 + name.utf8.count)
        link += "files/"
        link += sha256
        link += "/"
        link += name
        return link
    }

    /// Returns the address of an upstream's file, relative to the index: the same before and after it is cached.
    ///
    /// By its digest if the upstream's page states it, else by the project's name.
    static func toRemote(_ name: DistributionFilename, sha256: String?) -> String {
        guard let sha256 else { return "files/u/\(name.name)/\(encoded(name.filename))" }
        return to(name.filename, sha256: sha256)
    }

    /// Returns the locator in a link to a file, or nil for any other link.
    static func locator(of link: String) -> FileAddress.Locator? {
        let parts = link.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "files" else { return nil }
        switch parts.count {
        case 3: return SHA256Digest(hex: String(parts[1])).map { .sha256($0) }
        case 4 where parts[1] == "u": return NormalizedName(parts[2]).map { .project($0) }
        default: return nil
        }
    }

    /// Returns a path segment; nothing but spaces needs escaping in file names.
    private static func encoded(_ filename: String) -> String {
        var filename = filename
        guard filename.withUTF8({ $0.contains(UInt8(ascii: " ")) }) else { return filename }
        return filename.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "%20")
    }
}
