import PackagingStandards

/// A file that an index offers: published here, kept from an upstream, or still to be had there.
struct ListedFile: Sendable {
    /// Where its bytes are.
    enum Place: Sendable {
        /// Published in an index of this server.
        case published(FileRecord, in: IndexName)
        /// Fetched from an upstream by an index of this server, and kept.
        case kept(FileRecord, in: IndexName)
        /// At an upstream.
        case remote(RemoteFile)
    }

    /// As pages tell it, with its address relative to the index: `files/…`.
    var simple: SimpleFile
    let version: Version
    /// The version as it is listed.
    let versionText: String
    /// `sdist` or `bdist_wheel`.
    let packageType: String
    var place: Place
    /// When it was published, uploaded to its upstream, or first seen; nil if nobody knows.
    let birth: Timestamp?
    /// What the policies of the indexes on the way here say; nil while none was asked.
    var verdict: PolicyVerdict?

    var filename: String { simple.filename }

    var fileKey: FileKey {
        switch place {
        case .published(let record, _), .kept(let record, _): record.fileKey
        case .remote(let remote): remote.name.fileKey
        }
    }

    /// Whether the policies let it through.
    var isAllowed: Bool { verdict?.isAllowed ?? true }

    /// Whether somebody published it on this server.
    var isPublishedHere: Bool {
        if case .published = place { true } else { false }
    }

    /// What a policy looks at.
    func subject(of project: NormalizedName) -> PolicySubject {
        PolicySubject(
            project: project, version: version, isWheel: packageType == "bdist_wheel", size: simple.size,
            uploadedAt: birth, isPublishedHere: isPublishedHere)
    }
}

extension ListedFile {
    /// A file that the database knows. Nil if its version is none, which would be a defect.
    ///
    /// - Parameters:
    ///   - record: The file.
    ///   - index: The index that has it.
    ///   - birth: When a kept file came to be at its upstream; nil for when it was published or kept.
    init?(_ record: FileRecord, in index: IndexName, birth: Timestamp? = nil) {
        guard let version = Version(record.version) else { return nil }
        let sha256 = record.digests.sha256.description
        simple = SimpleFile(
            filename: record.filename, url: FileLink.to(record.filename, sha256: sha256), sha256: sha256,
            requiresPython: record.requiresPython, size: record.size, uploadTime: birth ?? record.uploadedAt,
            yanked: record.yanked,
            coreMetadata: record.advertisedMetadata.map { .sha256($0.description) } ?? .none)
        self.version = version
        versionText = record.version
        packageType = record.packageType
        place = record.source == nil ? .published(record, in: index) : .kept(record, in: index)
        self.birth = birth ?? record.uploadedAt
    }

    /// A file of an upstream's page, under this server's address, and with what is known of it here.
    ///
    /// - Parameters:
    ///   - remote: What the page tells, and what is remembered.
    ///   - kept: The file as the index keeps it; nil if it does not.
    init(_ remote: RemoteFile, kept: FileRecord?) {
        simple = remote.followed.listed
        if simple.sha256 == nil { simple.sha256 = remote.pin?.sha256?.description }
        if let size = kept?.size ?? remote.knownSize, simple.size != size { simple.size = size }
        if let digest = kept.map(\.advertisedMetadata) ?? remote.pin?.metadataDigest {
            simple.coreMetadata = .sha256(digest.description)
        } else if kept != nil || remote.pin?.lacksMetadata == true {
            // There are none that could be read out of the file.
            simple.coreMetadata = .none
        }
        version = remote.name.version
        versionText = remote.name.rawVersion
        packageType = remote.name.packageType
        place = kept.map { .kept($0, in: remote.index) } ?? .remote(remote)
        birth = remote.birth
    }
}
