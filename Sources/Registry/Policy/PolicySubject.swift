public import PackagingStandards

/// What a policy looks at in a file.
public struct PolicySubject: Sendable, Hashable {
    public var project: NormalizedName
    public var version: Version
    /// Whether it is a wheel, else a source distribution.
    public var isWheel: Bool
    /// Bytes; nil if they are not known yet, and then no bound on them holds the file back.
    public var size: Int64?
    /// The later of the upstream's upload-time and the first sight of the file with this digest; nil if neither is
    /// known, and then the file counts as uploaded this very moment.
    public var uploadedAt: Timestamp?
    /// Whether an index of this server published it, so that `deny` alone concerns it.
    public var isPublishedHere: Bool

    public init(
        project: NormalizedName, version: Version, isWheel: Bool, size: Int64?, uploadedAt: Timestamp?,
        isPublishedHere: Bool
    ) {
        self.project = project
        self.version = version
        self.isWheel = isWheel
        self.size = size
        self.uploadedAt = uploadedAt
        self.isPublishedHere = isPublishedHere
    }

    /// What a policy looks at in a file of this name.
    public init(_ name: DistributionFilename, size: Int64?, uploadedAt: Timestamp?, isPublishedHere: Bool) {
        self.init(
            project: name.name, version: name.version, isWheel: name.packageType == "bdist_wheel", size: size,
            uploadedAt: uploadedAt, isPublishedHere: isPublishedHere)
    }
}
