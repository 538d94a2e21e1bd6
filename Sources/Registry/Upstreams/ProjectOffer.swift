import PackagingStandards

/// What an index offers of a project to a caller: its own files, or its upstreams', or both, with what policies say.
struct ProjectOffer: Sendable {
    let name: NormalizedName
    /// The name as it was first spelt here.
    var displayName: String
    var status: ProjectStatus = .active
    var statusReason: String?
    /// The serial of the project's last change in the index; 0 where the index has no record of it.
    var serial: Int64 = 0
    /// In the order in which pages list them; those that policies hold back too.
    var files: [ListedFile] = []
    /// The moment until which all this holds by itself; nil for as long as nothing changes.
    var goodUntil: Timestamp?
    /// Whether it comes from an upstream rather than from somebody who published it here.
    var isForeign = false
    /// Whether the upstream failed when it was last asked.
    var isStale = false

    /// The files that are listed: none of a quarantined project's (PEP 792).
    var listedFiles: [ListedFile] {
        files.indices.filter(isListed).map { files[$0] }
    }

    /// Whether the file at a place of `files` is listed.
    func isListed(_ place: Int) -> Bool {
        status.allowsDownloads && files[place].isAllowed
    }

    /// Adds files of another place behind those that are here; one whose name or key is taken is left out.
    mutating func append(_ others: [ListedFile]) {
        guard !files.isEmpty else { return files = others }
        var names = Set(files.map(\.filename))
        var keys = Set(files.map(\.fileKey))
        for file in others where !names.contains(file.filename) && !keys.contains(file.fileKey) {
            names.insert(file.filename)
            keys.insert(file.fileKey)
            files.append(file)
        }
    }

    /// Holds files to a policy. What another policy already holds back stays so.
    mutating func apply(_ evaluator: PolicyEvaluator) {
        let policy = evaluator.forProject(name)
        for position in files.indices where files[position].isAllowed {
            let verdict = policy.verdict(on: files[position].subject(of: name))
            files[position].verdict = verdict
            if case .remote(var remote) = files[position].place,
                let limit = policy.sizeLimit(of: files[position].version)
            {
                remote.maxSize = min(remote.maxSize ?? limit, limit)
                files[position].place = .remote(remote)
            }
            if let moment = verdict.changesAt { limit(to: moment) }
        }
    }

    /// Says that all this holds until a moment at the latest.
    mutating func limit(to moment: Timestamp) {
        goodUntil = goodUntil.map { min($0, moment) } ?? moment
    }
}

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

/// A file of a remote upstream that an index offers and may fetch: found, allowed by the policies, and to be had under
/// the caller's rights.
struct RemoteFile: Sendable {
    /// The index that keeps it once it is fetched: the one that has the upstream, which may be another than asked.
    let index: IndexName
    let project: NormalizedName
    /// The file on the upstream's page.
    let followed: FollowedFile
    let upstream: any Upstream
    /// What is remembered of it; nil for nothing.
    let pin: UpstreamPin?
    /// When it was uploaded there, or first seen here; nil if nobody knows.
    let birth: Timestamp?
    /// Whether published files may stand beside it (mirror mode).
    let mayMix: Bool
    /// The most bytes that it may have; nil for no bound. Asked once its size is known, which may be late.
    var maxSize: Int64?

    /// Whether one fetch serves both: the same file of its upstream, rather than another that had its name, and held to
    /// the same bound.
    func sharesFetch(with other: RemoteFile) -> Bool {
        file.sha256 == other.file.sha256 && maxSize == other.maxSize
    }

    /// The name as the upstream spells it, parsed.
    var name: DistributionFilename { followed.name }
    /// What the upstream's page says of it, with its absolute address.
    var file: SimpleFile { followed.file }
    /// The digest that its bytes must have; nil if it is learned by the first fetch.
    var expectedSHA256: SHA256Digest? { file.sha256.flatMap { SHA256Digest(hex: $0) } ?? pin?.sha256 }
    /// Bytes, where that is known before it is asked for.
    var knownSize: Int64? { file.size ?? pin?.size }
}
