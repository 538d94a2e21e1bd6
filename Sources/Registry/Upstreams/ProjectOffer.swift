import PackagingStandards

/// What an index offers of a project to a caller: its own files, those of its upstreams, or both, with the verdicts of
/// policies.
struct ProjectOffer: Sendable {
    let name: NormalizedName
    /// The name as it was first spelt here.
    var displayName: String
    var status: ProjectStatus = .active
    var statusReason: String?
    /// The serial of the project's last change in the index; 0 if the index has no record of it.
    var serial: Int64 = 0
    /// In the order of pages, including those that policies hold back.
    var files: [ListedFile] = []
    /// The moment until which the offer is good without a change; nil for no end.
    var goodUntil: Timestamp?
    /// Whether it comes from an upstream and not from a publish here.
    var isForeign = false
    /// Whether the upstream failed when it was last asked.
    var isStale = false

    /// The files that pages list: none of a quarantined project (PEP 792).
    var listedFiles: [ListedFile] {
        files.indices.filter(isListed).map { files[$0] }
    }

    /// Returns whether pages list the file at a position in `files`.
    func isListed(_ place: Int) -> Bool {
        status.allowsDownloads && files[place].isAllowed
    }

    /// Adds files of another place at the end, except those whose name or key is taken.
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

    /// Applies a policy to the files. What another policy already holds back stays so.
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

    /// Limits the offer to a moment at the latest.
    mutating func limit(to moment: Timestamp) {
        goodUntil = goodUntil.map { min($0, moment) } ?? moment
    }
}

/// A file that an index offers: published here, cached from an upstream, or still at the upstream.
struct ListedFile: Sendable {
    /// Where the bytes of a file are.
    enum Place: Sendable {
        /// Published in an index of this server.
        case published(FileRecord, in: IndexName)
        /// Cached in an index of this server.
        case kept(FileRecord, in: IndexName)
        /// At an upstream.
        case remote(RemoteFile)
    }

    /// The file on pages, with its address relative to the index: `files/…`.
    var simple: SimpleFile
    let version: Version
    /// The version as pages list it.
    let versionText: String
    /// `sdist` or `bdist_wheel`.
    let packageType: String
    var place: Place
    /// When it was published, uploaded to its upstream, or first seen; nil if nobody knows.
    let birth: Timestamp?
    /// The verdict of the policies of all indexes on the way to this one; nil before one is asked.
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

    /// Whether it was published on this server.
    var isPublishedHere: Bool {
        if case .published = place { true } else { false }
    }

    /// Returns what a policy must know of the file.
    func subject(of project: NormalizedName) -> PolicySubject {
        PolicySubject(
            project: project, version: version, isWheel: packageType == "bdist_wheel", size: simple.size,
            uploadedAt: birth, isPublishedHere: isPublishedHere)
    }
}

extension ListedFile {
    /// Makes a published or cached file. Fails if its version is not one, which would be a defect.
    ///
    /// - Parameters:
    ///   - record: The file in the database.
    ///   - index: The index that holds it.
    ///   - birth: When a cached file was uploaded to its upstream; nil for when it was published or cached.
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

    /// Makes a file of an upstream's page, under this server's address, and with what is known of it here.
    ///
    /// - Parameters:
    ///   - remote: The file on the page, and its pin.
    ///   - kept: The file as the index caches it; nil if it does not.
    init(_ remote: RemoteFile, kept: FileRecord?) {
        simple = remote.followed.listed
        if simple.sha256 == nil { simple.sha256 = remote.pin?.sha256?.description }
        if let size = kept?.size ?? remote.knownSize, simple.size != size { simple.size = size }
        if let digest = kept.map(\.advertisedMetadata) ?? remote.pin?.metadataDigest {
            simple.coreMetadata = .sha256(digest.description)
        } else if kept != nil || remote.pin?.lacksMetadata == true {
            // The file has none that could be read.
            simple.coreMetadata = .none
        }
        version = remote.name.version
        versionText = remote.name.rawVersion
        packageType = remote.name.packageType
        place = kept.map { .kept($0, in: remote.index) } ?? .remote(remote)
        birth = remote.birth
    }
}

/// A file of a remote upstream that an index offers and may fetch: found, allowed by the policies, and available to
/// callers with the right.
struct RemoteFile: Sendable {
    /// The index that caches it: the one that has the upstream, perhaps not the one that was asked.
    let index: IndexName
    let project: NormalizedName
    /// The file on the upstream's page.
    let followed: FollowedFile
    let upstream: any Upstream
    /// Its pin; nil if it has none.
    let pin: UpstreamPin?
    /// When it was uploaded there, or first seen here; nil if unknown.
    let birth: Timestamp?
    /// Whether the project may also have published files (mirror mode).
    let mayMix: Bool
    /// The most bytes that it may have; nil for no bound. Checked once its size is known, which may be late.
    var maxSize: Int64?

    /// Returns whether one fetch serves both: the same file of its upstream, not another that had its name, with the
    /// same bound.
    func sharesFetch(with other: RemoteFile) -> Bool {
        file.sha256 == other.file.sha256 && maxSize == other.maxSize
    }

    /// The name as the upstream spells it, parsed.
    var name: DistributionFilename { followed.name }
    /// The file on the upstream's page, with its absolute address.
    var file: SimpleFile { followed.file }
    /// The digest that its bytes must have; nil if the first fetch learns it.
    var expectedSHA256: SHA256Digest? { file.sha256.flatMap { SHA256Digest(hex: $0) } ?? pin?.sha256 }
    /// Bytes; nil if the size is unknown before a request.
    var knownSize: Int64? { file.size ?? pin?.size }
}
