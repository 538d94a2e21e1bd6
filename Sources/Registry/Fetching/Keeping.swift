import LocalFiles
import Logging
import NIOCore
import NIOPosix
import PackagingStandards

/// Caches files that were fetched from upstreams and checked.
final class Keeping: Sendable {
    private let indexes: Indexes
    private let database: any CachingDatabase & UpstreamDatabase
    private let storage: any Storage
    private let spool: Spool
    private let workers: NIOThreadPool
    private let upstreamPages: UpstreamPages
    private let invalidation: Invalidation
    private let outbox: Outbox
    private let naming: BlobNaming
    private let observer: PublishObserver
    private let clock: WallClock
    private let logger: Logger

    init(
        indexes: Indexes, database: any CachingDatabase & UpstreamDatabase, storage: any Storage, spool: Spool,
        workers: NIOThreadPool,
        upstreamPages: UpstreamPages, invalidation: Invalidation, outbox: Outbox, observer: PublishObserver,
        clock: WallClock, logger: Logger
    ) {
        self.indexes = indexes
        self.database = database
        self.storage = storage
        self.spool = spool
        self.workers = workers
        self.upstreamPages = upstreamPages
        self.invalidation = invalidation
        self.outbox = outbox
        naming = BlobNaming(database: database, clock: clock)
        self.observer = observer
        self.clock = clock
        self.logger = logger
    }

    /// Caches a fetched file whose digest is right: makes its bytes durable, then commits, as `publish` does.
    ///
    /// Nobody waits for it: failures are logged, and a later request fetches again.
    func keep(_ spooled: SpoolFile, _ digests: FileDigests, of remote: RemoteFile, began: Timestamp) async {
        do {
            let file = try await spool.threads.runIfActive { try spooled.finish(digests: digests) }
            try await observer.reached(.after, .spool)
            try await store(file, of: remote, began: began)
        } catch {
            spooled.discard()
            warnOfRelay(remote, cause: "\(error)")
        }
    }

    private func store(_ file: SpooledFile, of remote: RemoteFile, began: Timestamp) async throws {
        let limits = indexes[remote.index]?.archiveLimits ?? ArchiveLimits()
        try await observer.reached(.before, .check)
        let metadata: WheelMetadata? =
            if case .wheel(let name) = remote.name {
                try await workers.runIfActive { try WheelMetadata(of: file, name: name, limits: limits) }
            } else { nil }
        try await observer.reached(.after, .check)
        compare(metadata, with: remote)
        var new = NewFile(fetched: file, metadata: metadata, remote, began: began)
        let source = FileSource(upstream: remote.upstream.id, url: remote.file.url)
        let outcome = try await naming.name {
            try await makeDurable(file, metadata, of: new, remote)
        } committing: { storedAfter, began in
            new.storedAfter = storedAfter
            try await pin(new, metadata, of: remote, now: began)
            try await observer.reached(.before, .commit)
            let outcome = try await database.cache(
                new, from: source, mayMix: remote.mayMix, isMirrored: indexes.isMirrored(new.project))
            try await observer.reached(.after, .commit)
            return outcome == .beingSwept ? nil : outcome
        }
        try await finish(outcome, new, remote)
    }

    private func makeDurable(
        _ file: SpooledFile, _ metadata: WheelMetadata?, of new: NewFile, _ remote: RemoteFile
    ) async throws {
        try await observer.reached(.before, .storeFile)
        try await storage.put(file, at: .file(new.digests.sha256, new.filename))
        try await observer.reached(.after, .storeFile)
        if let metadata {
            try await observer.reached(.before, .storeMetadata)
            try await storage.put(metadata.bytes, at: .metadata(metadata.digest, of: new.filename))
            try await observer.reached(.after, .storeMetadata)
        }
    }

    /// Pins the file as it is known now, with the digest of its core metadata, which pages show from now on.
    private func pin(_ new: NewFile, _ metadata: WheelMetadata?, of remote: RemoteFile, now: Timestamp) async throws {
        // So policies know the age of the file, and pages its size and the digest of its core metadata, even after it
        // is pruned.
        let learned = UpstreamPin(
            filename: new.filename, sha256: new.digests.sha256, size: new.size, metadataDigest: metadata?.digest,
            metadataSize: metadata.map { Int64($0.bytes.readableBytes) },
            lacksMetadata: metadata == nil && remote.name.isWheel,
            firstSeenAt: remote.birth ?? new.uploadedAt)
        let pinned = try await database.pin(
            learned, project: new.project, upstream: remote.upstream.id, storedAfter: new.storedAfter,
            now: now)
        upstreamPages.note(pinned, of: new.project, upstream: remote.upstream.id)
    }

    private func finish(_ outcome: CacheOutcome, _ new: NewFile, _ remote: RemoteFile) async throws {
        switch outcome {
        case .cached(let serial):
            try await observer.reached(.before, .invalidatePages)
            if remote.pin?.metadataDigest == new.metadataDigest {
                invalidation.fileAdded(to: new.project, serial: serial, in: new.index)
            } else {
                // Until now the core metadata that were learned before the wheel were served, and they may differ.
                invalidation.filesChanged(of: new.project, serial: serial, in: new.index)
            }
            try await observer.reached(.after, .invalidatePages)
            try await outbox.flush()
            // The page may have changed while the file came.
            let page = upstreamPages.latest(of: new.project, upstream: remote.upstream.id)
            let yanked = page?.file(named: new.filename)?.file.yanked ?? remote.file.yanked
            guard yanked != .no else { return }
            _ = try await database.followYanked(
                [new.filename: yanked], of: new.project, in: new.index, from: remote.upstream.id,
                at: clock.now())
            invalidation.listingChanged(of: new.project)
            try await outbox.flush()
        case .identical: try await outbox.flush()
        case .taken(let filename): warnOfRelay(remote, cause: "\(filename) stands under its key with other bytes")
        case .isPrivate: warnOfRelay(remote, cause: "the name has become private")
        case .beingSwept: warnOfRelay(remote, cause: "a sweep has been removing these very bytes for long")
        }
    }

    /// Logs core metadata that were served for a wheel and are not those inside.
    private func compare(_ metadata: WheelMetadata?, with remote: RemoteFile) {
        guard let metadata, let served = remote.pin?.metadataDigest, served != metadata.digest else { return }
        var fields = remote.logMetadata
        fields["event"] = "metadata-mismatch"
        fields["expected"] = "\(served)"
        fields["found"] = "\(metadata.digest)"
        logger.warning("an upstream served other core metadata than its wheel holds", metadata: fields)
    }

    func warnOfRelay(_ remote: RemoteFile, cause: String) {
        var metadata = remote.logMetadata
        metadata["event"] = "not-kept"
        metadata["error"] = "\(cause)"
        logger.warning("an upstream's file was served, but could not be kept", metadata: metadata)
    }
}

extension RemoteFile {
    /// The metadata of log lines about the file.
    var logMetadata: Logger.Metadata {
        [
            "upstream": "\(upstream.id)", "index": "\(index)", "project": "\(project)", "file": "\(name.filename)",
        ]
    }
}

extension NewFile {
    /// Makes the record of a fetched file from its core metadata, and from the upstream's page what they lack.
    fileprivate init(fetched file: SpooledFile, metadata: WheelMetadata?, _ remote: RemoteFile, began: Timestamp) {
        self.init(
            index: remote.index, project: remote.project, displayName: metadata?.metadata?.name ?? "\(remote.project)",
            filename: remote.name.filename, fileKey: remote.name.fileKey, packageType: remote.name.packageType,
            version: remote.name.version, versionSpelling: remote.name.rawVersion, size: file.size,
            digests: file.digests, metadataDigest: metadata?.digest ?? remote.pin?.metadataDigest,
            metadataSize: metadata.map { Int64($0.bytes.readableBytes) } ?? remote.pin?.metadataSize,
            requiresPython: FieldBound.within(
                FieldBound.requiresPython, metadata?.metadata?.requiresPython ?? remote.file.requiresPython),
            summary: FieldBound.within(FieldBound.line, metadata?.metadata?.summary), attestations: nil,
            uploadedAt: began,
            uploader: "upstream:\(remote.upstream.id)", uploaderID: nil)
        excerpt = metadata.flatMap { found in found.metadata.map { MetadataExcerpt($0, digest: found.digest) } }
    }
}

/// The core metadata of a fetched wheel, read as installers do, without a check of the rest.
private struct WheelMetadata: Sendable {
    /// As in the archive, byte for byte.
    let bytes: ByteBuffer
    let digest: SHA256Digest
    /// Nil if they break the rules so that only their project and version are known.
    let metadata: CoreMetadata?

    /// Reads the metadata; fails if the archive has none, or those of another project or version. Blocks.
    ///
    /// - Throws: `ArchiveError` if the bytes could not be read, so that nothing is known of the archive.
    init?(of file: SpooledFile, name: WheelFilename, limits: ArchiveLimits) throws {
        let reader = RemoteWheelMetadata(filename: name, size: nil, limits: limits)
        let content: [UInt8]
        do throws(ArchiveError) {
            content = try reader.bytes(of: file)
        } catch {
            guard error.kind == .refused else { throw error }
            return nil
        }
        guard CoreMetadata.isMetadata(content, of: .wheel(name)) else { return nil }
        bytes = ByteBuffer(bytes: content)
        digest = SHA256Digest(hashing: bytes)
        metadata = try? CoreMetadata(parsing: content)
    }
}
