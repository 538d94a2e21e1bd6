import Logging
import NIOCore
import PackagingStandards

/// Gets the core metadata of files that are still at their upstreams.
final class UpstreamMetadata: Sendable {
    private let database: any ReadingDatabase & UpstreamDatabase
    private let storage: any Storage
    private let fetching: Fetching
    private let upstreamPages: UpstreamPages
    private let invalidation: Invalidation
    private let clock: WallClock
    private let logger: Logger
    private let running = SharedTasks<RemoteFileKey, ByteBuffer>()
    private let naming: BlobNaming
    private let slots: FetchSlots

    init(
        database: any ReadingDatabase & UpstreamDatabase, storage: any Storage, fetching: Fetching,
        upstreamPages: UpstreamPages,
        invalidation: Invalidation, limits: FetchLimits, clock: WallClock, logger: Logger
    ) {
        self.database = database
        self.storage = storage
        self.fetching = fetching
        self.upstreamPages = upstreamPages
        self.invalidation = invalidation
        self.clock = clock
        self.logger = logger
        naming = BlobNaming(database: database, clock: clock)
        slots = FetchSlots(count: limits.maxMetadata, maxWaiting: limits.maxWaiting)
    }

    /// Returns the core metadata of a file that is still at its upstream: those in storage, or those that the upstream
    /// offers, or those inside the wheel, read by ranges or from the whole wheel.
    ///
    /// They are always core metadata of this project and version. They are stored, and their digest pinned, except
    /// those of a source distribution that do not apply to its wheels. Throws `.notFound` if there are none,
    /// `.unavailable` if the upstream fails.
    func bytes(of remote: RemoteFile) async throws -> ByteBuffer {
        if let kept = try await keptMetadata(remote.pin, of: remote) { return kept }
        guard remote.pin?.lacksMetadata != true else { throw RegistryError(noMetadataOf: remote) }
        let key = RemoteFileKey(
            index: remote.index, project: remote.project, filename: remote.name.filename,
            sha256: remote.file.sha256)
        return try await running.value(for: key) {
            do {
                return try await self.slots.run { try await self.fetch(of: remote) }
            } catch is QueueFull {
                throw RegistryError(queueFull: remote.upstream.id)
            }
        }
    }

    private func keptMetadata(_ pin: UpstreamPin?, of remote: RemoteFile) async throws -> ByteBuffer? {
        guard let digest = pin?.metadataDigest else { return nil }
        return try await storage.get(
            .metadata(digest, of: remote.name.filename), limit: CoreMetadata.defaultMaximumSize)
    }

    private func fetch(of remote: RemoteFile) async throws -> ByteBuffer {
        let bytes: ByteBuffer
        do {
            if let offered = try await tried(remote, "its own file", offeredMetadata) {
                bytes = offered
            } else if let read = try await tried(remote, "parts of the wheel", metadataInsideWheel) {
                bytes = read
            } else {
                return try await metadataOfWholeWheel(remote)
            }
        } catch let error as UpstreamError {
            throw RegistryError(upstreamFailure: error)
        }
        guard remote.name.isWheel || CoreMetadata.areStatic(bytes) else { return bytes }
        let pinned = try await keep(bytes, of: remote)
        upstreamPages.note(pinned, of: remote.project, upstream: remote.upstream.id)
        // If the upstream stated the digest, pages show it the next time they are rendered: its absence is no fault.
        if remote.file.coreMetadata != pinned.metadataDigest.map({ .sha256($0.description) }) {
            invalidation.listingChanged(of: remote.project)
        }
        // What was pinned first is served forever.
        return try await keptMetadata(pinned, of: remote) ?? bytes
    }

    /// Tries one way to core metadata. Returns nil, and logs it, if it failed in such a way that another may work.
    private func tried(
        _ remote: RemoteFile, _ source: String, _ way: (RemoteFile) async throws -> ByteBuffer?
    ) async throws -> ByteBuffer? {
        do {
            return try await way(remote)
        } catch let error as UpstreamError {
            switch error.reason {
            case .unreachable, .busy, .resting: throw error
            case .refused, .failed, .malformed, .truncated, .notFound, .forbiddenAddress, .leadsElsewhere: break
            }
            var fields = remote.logMetadata
            fields["event"] = "metadata-failure"
            fields["error"] = "\(error)"
            logger.info("an upstream does not give core metadata by \(source): another way is tried", metadata: fields)
            return nil
        }
    }

    /// Returns the core metadata that the upstream offers (PEP 658), or nil if it offers none, or something else.
    private func offeredMetadata(of remote: RemoteFile) async throws -> ByteBuffer? {
        guard remote.file.coreMetadata != .none else { return nil }
        let answer = try await remote.upstream.open(remote.file.metadataURL, range: nil)
        let bytes = try await answer.collected(limit: CoreMetadata.defaultMaximumSize, of: remote)
        guard case .sha256(let expected) = remote.file.coreMetadata else { return checked(bytes, of: remote) }
        let found = SHA256Digest(hashing: bytes).description
        guard found == expected else {
            var fields = remote.logMetadata
            fields["event"] = "metadata-mismatch"
            fields["expected"] = "\(expected)"
            fields["found"] = "\(found)"
            logger.warning(
                "an upstream's core metadata have another digest than its page says: they are not used",
                metadata: fields)
            return nil
        }
        return checked(bytes, of: remote)
    }

    /// Returns the bytes if they are core metadata of the file's project and version, or nil for anything else, such as
    /// a page or the wheel itself.
    private func checked(_ bytes: ByteBuffer, of remote: RemoteFile) -> ByteBuffer? {
        if CoreMetadata.isMetadata(Array(buffer: bytes), of: remote.name) { return bytes }
        var fields = remote.logMetadata
        fields["event"] = "metadata-mismatch"
        logger.warning("an upstream gives something else as a file's core metadata: it is not used", metadata: fields)
        return nil
    }

    /// Returns the core metadata inside the upstream's wheel, of which it reads the end, the directory and one entry,
    /// or nil if the upstream serves no ranges or we cannot read the archive.
    private func metadataInsideWheel(_ remote: RemoteFile) async throws -> ByteBuffer? {
        guard case .wheel(let wheel) = remote.name else { return nil }
        do {
            let bytes = try await RemoteWheelMetadata(filename: wheel, size: remote.knownSize).bytes { range in
                try await remote.part(UpstreamRange(range))
            }
            return checked(ByteBuffer(bytes: bytes), of: remote)
        } catch is RangesUnsupported {
            return nil
        } catch let error as ArchiveError {
            logger.info(
                "the core metadata of a wheel cannot be read by ranges",
                metadata: ["file": "\(remote.name.filename)", "error": "\(error)"])
            return nil
        }
    }

    /// Fetches and caches the wheel, and returns the core metadata inside.
    private func metadataOfWholeWheel(_ remote: RemoteFile) async throws -> ByteBuffer {
        guard case .wheel = remote.name else { throw RegistryError(noMetadataOf: remote) }
        try await fetching.fetch(remote)
        let address = FileAddress(
            index: remote.index, locator: .project(remote.project), filename: remote.name.filename)
        guard let location = try await database.file(at: address, now: clock.now()) else {
            throw RegistryError(
                .unavailable, "\(remote.name.filename) could not be kept, and without it its core metadata are unknown."
            )
        }
        guard let digest = location.metadataDigest,
            let bytes = try await storage.get(
                .metadata(digest, of: remote.name.filename), limit: CoreMetadata.defaultMaximumSize)
        else { throw RegistryError(noMetadataOf: remote) }
        return bytes
    }

    /// Stores the core metadata of an upstream's file under their digest, and pins them. Returns what is pinned then,
    /// perhaps other metadata, which were first.
    private func keep(_ bytes: ByteBuffer, of remote: RemoteFile) async throws -> UpstreamPin {
        let digest = SHA256Digest(hashing: bytes)
        let filename = remote.name.filename
        let key = StorageKey.metadata(digest, of: filename)
        return try await naming.name {
            try await storage.put(bytes, at: key)
        } committing: { storedAfter, began in
            let pin = UpstreamPin(
                filename: filename, sha256: remote.expectedSHA256, metadataDigest: digest,
                metadataSize: Int64(bytes.readableBytes), firstSeenAt: remote.birth ?? clock.now())
            let pinned = try await database.pin(
                pin, project: remote.project, upstream: remote.upstream.id, storedAfter: storedAfter, now: began)
            return pinned.metadataDigest == nil ? nil : pinned
        }
    }
}

extension RegistryError {
    init(noMetadataOf remote: RemoteFile) {
        self.init(.notFound, "The file \(remote.name.filename) has no core metadata that can be read.")
    }
}

extension CoreMetadata {
    /// Returns whether the bytes are core metadata of a source distribution that apply to all of its wheels.
    static func areStatic(_ bytes: ByteBuffer) -> Bool {
        let metadata = try? CoreMetadata(parsing: Array(buffer: bytes))
        return metadata?.hasStaticDependencies == true
    }
}

extension SimpleFile {
    /// The address of the file's core metadata (PEP 658): the same path with `.metadata` at its end, before a query.
    var metadataURL: String {
        let query = url.utf8.firstIndex(of: UInt8(ascii: "?")) ?? url.endIndex
        return MetadataFilename.of(String(url[..<query])) + url[query...]
    }
}

/// Identifies core metadata, which are fetched once however many ask for them.
struct RemoteFileKey: Hashable, Sendable {
    let index: IndexName
    let project: NormalizedName
    let filename: String
    /// As the upstream's page states it.
    let sha256: String?
}

/// The upstream answers a range with the whole file.
private struct RangesUnsupported: Error {}

extension UpstreamRange {
    fileprivate init(_ range: RemoteRange) {
        switch range {
        case .bytes(let bytes): self = .bytes(bytes)
        case .last(let count): self = .last(count)
        }
    }
}

extension RemoteFile {
    /// Returns a part of the file.
    fileprivate func part(
        _ range: UpstreamRange
    ) async throws -> (bytes: ByteBuffer, offset: Int64, totalSize: Int64) {
        let answer = try await upstream.open(file.url, range: range)
        guard let part = answer.range, let size = answer.size else { throw RangesUnsupported() }
        let bytes = try await answer.collected(limit: part.count, of: self)
        return (bytes, part.lowerBound, size)
    }
}

extension UpstreamFile {
    /// Returns the whole body. Throws if it is larger than `limit`.
    fileprivate func collected(limit: Int, of remote: RemoteFile) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        for try await chunk in body {
            guard bytes.readableBytes + chunk.readableBytes <= limit else {
                throw UpstreamError(
                    upstream: remote.upstream.id, .malformed,
                    "what belongs to \(remote.name.filename) is larger than \(limit) bytes.")
            }
            bytes.writeImmutableBuffer(chunk)
        }
        return bytes
    }
}
