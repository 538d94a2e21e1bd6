public import PackagingStandards
public import Registry

/// Makes files for databases: believable rows whose digests follow from a text, with no bytes behind them.
public struct SampleFile: Sendable {
    public var index: IndexName = .main
    /// The project's name as the upload spells it.
    public var project = "Sample"
    public var version = "1.0"
    /// The file's name; made from project and version if nil.
    public var filename: String?
    /// What the digests are made of.
    public var contents = "contents"
    /// What the digest of the core metadata is made of; no core metadata if nil.
    public var metadata: String? = "metadata"
    public var summary: String?
    public var attestations: String?
    /// What is known of its core metadata; nil if that is read afterwards.
    public var excerpt: MetadataExcerpt?
    public var at: Timestamp = SampleTime.start
    public var uploader = "ada"
    /// The token with which it was uploaded.
    public var token: TokenMark?
    /// The tag of the user name.
    public var tag: String?
    /// Where the upload came from.
    public var origin = ChangeOrigin.server
    /// The number of the last removal that had ended before the bytes were stored.
    public var storedAfter: Int64 = 0
    /// Whether the database must keep the bytes, because storage has not synced them.
    public var isUnsynced = false

    public init(_ project: String = "Sample", _ version: String = "1.0") {
        self.project = project
        self.version = version
    }

    /// Returns a copy with some things changed.
    public func with(_ change: (inout SampleFile) -> Void) -> SampleFile {
        var copy = self
        change(&copy)
        return copy
    }

    /// Returns the project's normalized name.
    public func name() throws -> NormalizedName {
        try Sample.name(project)
    }

    /// Returns the file's name.
    public func resolvedFilename() throws -> String {
        try filename ?? "\(name().description.split(separator: "-").joined(separator: "_"))-\(version).tar.gz"
    }

    /// Returns the value that `PublishingDatabase.publish` takes.
    public func newFile() throws -> NewFile {
        let filename = try resolvedFilename()
        let name = try name()
        guard let parsed = DistributionFilename(filename, project: name) else {
            throw Sample.Unreadable(text: filename)
        }
        let sha256 = Sample.digest(contents)
        var file = NewFile(
            index: index, project: name, displayName: project, filename: filename, fileKey: parsed.fileKey,
            packageType: parsed.packageType, version: parsed.version, versionSpelling: version,
            size: Int64(contents.utf8.count),
            digests: FileDigests(
                sha256: sha256, md5: String(sha256.description.prefix(32)),
                blake2b256: Sample.digest("blake" + contents).description),
            metadataDigest: metadata.map(Sample.digest), metadataSize: metadata.map { Int64($0.utf8.count) },
            requiresPython: ">=3.9", summary: summary, attestations: attestations, uploadedAt: at,
            uploader: uploader, uploaderID: 7)
        file.token = token
        file.tag = tag
        file.origin = origin
        file.storedAfter = storedAfter
        file.excerpt = excerpt
        if isUnsynced {
            let bytes = [contents, metadata ?? ""].map { Array($0.utf8) }
            file.unsynced = try zip(blobs(), bytes).map { UnsyncedBlob(name: $0, bytes: $1) }
        }
        return file
    }

    /// Returns where an upstream has it.
    public func source(_ upstream: String = "pypi") throws -> FileSource {
        FileSource(upstream: upstream, url: "https://files.example/\(upstream)/\(try resolvedFilename())")
    }

    /// Returns where its bytes are downloaded.
    public func address() throws -> FileAddress {
        FileAddress(index: index, sha256: Sample.digest(contents), filename: try resolvedFilename())
    }

    /// Returns the names of its bytes and of its core metadata in storage.
    public func blobs() throws -> [BlobName] {
        let filename = try resolvedFilename()
        let metadata = metadata.map { [BlobName(digest: Sample.digest($0), name: filename + ".metadata")] }
        return [BlobName(digest: Sample.digest(contents), name: filename)] + (metadata ?? [])
    }
}

/// Moments for tests.
public enum SampleTime {
    /// 2026-01-01T00:00:00Z.
    public static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    /// Returns the moment some seconds after the start.
    public static func after(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: start.microseconds + seconds * 1_000_000)
    }

    /// A day after the start: until when replaced files are served in the samples.
    public static let nextDay = after(86_400)
}

/// Small values for tests.
public enum Sample {
    struct Unreadable: Error {
        let text: String
    }

    /// Returns a digest that follows from a text.
    public static func digest(_ text: String) -> SHA256Digest {
        SHA256Digest(hashing: Array(text.utf8))
    }

    public static func name(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else { throw Unreadable(text: text) }
        return name
    }

    public static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else { throw Unreadable(text: text) }
        return version
    }

    public static func index(_ text: String) throws -> IndexName {
        guard let index = IndexName(text) else { throw Unreadable(text: text) }
        return index
    }

    /// Returns somebody who makes changes, some seconds after the start.
    public static func author(_ name: String = "ada", after seconds: Int64 = 100) -> ChangeAuthor {
        ChangeAuthor(name: name, userID: 7, at: SampleTime.after(seconds))
    }
}

extension PublishingDatabase {
    /// Publishes a sample as somebody with every right would.
    @discardableResult
    public func publish(
        _ sample: SampleFile, overwriting: Bool = false, mayCreate: Bool = true, mayClaim: Bool = false,
        mayMix: Bool = false,
        oldAddressServedUntil: Timestamp = SampleTime.nextDay
    ) async throws -> PublishOutcome {
        try await publish(
            sample.newFile(), overwriting: overwriting, mayCreate: mayCreate, mayClaim: mayClaim, mayMix: mayMix,
            oldAddressServedUntil: oldAddressServedUntil
        ).outcome
    }
}

extension CachingDatabase {
    /// Caches a sample, as fetched from an upstream.
    @discardableResult
    public func cache(
        _ sample: SampleFile, from upstream: String = "pypi", mayMix: Bool = false, isMirrored: Bool = false
    ) async throws -> CacheOutcome {
        try await cache(
            sample.newFile(), from: sample.source(upstream), mayMix: mayMix, isMirrored: isMirrored)
    }
}

extension ReadingDatabase {
    /// Returns the file names of a project, as its page lists them.
    public func filenames(_ project: String, in index: IndexName = .main) async throws -> [String]? {
        try await self.project(Sample.name(project), in: index)?.files.map(\.filename)
    }
}
