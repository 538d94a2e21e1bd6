import Logging
import NIOCore
import PackagingStandards

/// The place of a file that the index of its address does not hold.
struct ElsewhereFile: Sendable {
    enum Place: Sendable {
        /// In another index of this server.
        case index(FileAddress)
        /// At an upstream.
        case remote(RemoteFile)
    }

    let place: Place
    /// The moment until which this is good without a change; nil for no end.
    let goodUntil: Timestamp?
}

/// Finds the file of an address for a caller, wherever it is, and opens it.
public final class Downloads: Sendable {
    private let permissions: Permissions
    private let database: any ReadingDatabase
    private let storage: any Storage
    private let invalidation: Invalidation
    private let held: HeldFiles
    private let counting: DownloadCounting
    private let resolver: ProjectResolver
    private let fetching: Fetching
    private let metadata: UpstreamMetadata
    private let pruning: Pruning
    private let clock: WallClock
    private let logger: Logger

    init(
        permissions: Permissions, database: any ReadingDatabase, storage: any Storage, invalidation: Invalidation,
        held: HeldFiles, counting: DownloadCounting, resolver: ProjectResolver, fetching: Fetching,
        metadata: UpstreamMetadata,
        pruning: Pruning, clock: WallClock, logger: Logger
    ) {
        self.permissions = permissions
        self.database = database
        self.storage = storage
        self.invalidation = invalidation
        self.held = held
        self.counting = counting
        self.resolver = resolver
        self.fetching = fetching
        self.metadata = metadata
        self.pruning = pruning
        self.clock = clock
        self.logger = logger
    }

    /// Returns a distribution file, or its core metadata, opened before any answer is sent.
    ///
    /// Throws `.notFound` if the index does not have it, `.blocked` if its project is quarantined (PEP 792) or a policy
    /// holds it back, and `.internal` if storage has lost what the database names.
    public func file(
        at address: FileAddress, isMetadata: Bool = false, caller: Caller
    ) async throws -> ServableFile {
        do {
            return try await find(address, isMetadata: isMetadata, caller: caller)
        } catch let error as RegistryError {
            guard let lost = (error.cause as? MissingBytes)?.file, try await isOver(lost) else { throw error }
            return try await find(address, isMetadata: isMetadata, caller: caller)
        }
    }

    /// Returns whether looking again may find what storage lacked: the file was pruned, deleted or replaced after it
    /// was looked up, or it came from an upstream, from which it can be fetched again once it is forgotten.
    private func isOver(_ lost: MissingBytes.File) async throws -> Bool {
        let now = clock.now()
        let location = try await database.file(at: lost.address, now: now)
        guard location == lost.location, lost.location.isCached else { return location != lost.location }
        // A storage that is absent, such as a folder that is not mounted, has lost nothing.
        guard try await storage.get(.installation, limit: 256) != nil,
            let record = try await database.project(lost.location.project, in: lost.address.index),
            let file = record.files.first(where: { $0.filename == lost.address.filename }), let source = file.source
        else { return false }
        logger.error(
            "storage has lost a cached file: it is forgotten, and fetched again",
            metadata: ["index": "\(lost.address.index)", "file": "\(lost.address.filename)"])
        let cached = CachedFile(
            index: lost.address.index, project: lost.location.project, filename: file.filename,
            version: lost.location.version, sha256: file.digests.sha256, size: file.size, source: source,
            cachedAt: lost.location.uploadedAt, lastDownloadedAt: nil)
        try await pruning.forget([cached], by: ChangeAuthor(name: "cellar", userID: nil, at: now))
        return true
    }

    private func find(
        _ address: FileAddress, isMetadata: Bool, caller: Caller
    ) async throws -> ServableFile {
        let settings = try permissions.requireRead(caller, in: address.index)
        let key = FileCache.Key(address: address, isMetadata: isMetadata)
        // A file that the caller may not read is looked up like one that is not there: the time tells nothing.
        if let entry = invalidation.files.kept(key, now: clock.now()),
            permissions.may(.read, entry.project, in: settings, caller)
        {
            return ServableFile(entry)
        }
        let token = invalidation.files.token()
        let location = try await database.file(at: address, now: clock.now())
        if let location {
            _ = try permissions.requireRead(
                caller, location.project, in: address.index,
                absent: RegistryError(unknownFile: address, isMetadata: isMetadata))
        }
        guard let location, !isMetadata || !location.lacksMetadata else {
            return try await fileElsewhere(at: address, isMetadata: isMetadata, token: token, caller: caller)
        }
        return ServableFile(
            try await held.opened(location, at: address, as: address, isMetadata: isMetadata, token: token))
    }

    /// Returns the file of an address in another index or at an upstream.
    private func fileElsewhere(
        at address: FileAddress, isMetadata: Bool, token: UInt64, caller: Caller
    ) async throws -> ServableFile {
        guard let found = try await elsewhere(address, caller: caller) else {
            throw permissions.absent(
                RegistryError(unknownFile: address, isMetadata: isMetadata), in: address.index, for: caller)
        }
        switch found.place {
        case .index(let other):
            guard let location = try await database.file(at: other, now: clock.now()) else {
                throw RegistryError(unknownFile: address, isMetadata: isMetadata)
            }
            return ServableFile(
                try await held.opened(
                    location, at: other, as: address, isMetadata: isMetadata, goodUntil: found.goodUntil, token: token))
        case .remote(let remote):
            guard isMetadata else {
                return try await fetchedFile(remote, at: address, goodUntil: found.goodUntil, caller: caller)
            }
            try fetching.requireFetch(of: remote, by: caller)
            var entry = try await metadataEntry(of: remote)
            entry.goodUntil = found.goodUntil
            if permissions.mayAllReadersFetch(remote.project, of: address.index, keptIn: remote.index) {
                invalidation.files.keep(entry, for: FileCache.Key(address: address, isMetadata: true), token: token)
            }
            return ServableFile(entry)
        }
    }

    /// Returns an upstream's file that a caller may download: from storage, if it has been cached meanwhile, else one
    /// that is fetched when it is read.
    func fetchedFile(
        _ remote: RemoteFile, at address: FileAddress, goodUntil: Timestamp? = nil, caller: Caller
    ) async throws -> ServableFile {
        // A fetch that no longer runs has been committed.
        if fetching.fetches.running(remote) == nil {
            let place = FileAddress(index: remote.index, locator: address.locator, filename: address.filename)
            let token = invalidation.files.token()
            if let location = try await database.file(at: place, now: clock.now()) {
                return ServableFile(
                    try await held.opened(
                        location, at: place, as: address, isMetadata: false, goodUntil: goodUntil, token: token))
            }
        }
        try fetching.requireFetch(of: remote, by: caller)
        return ServableFile(
            OfferedFile(fetching: fetching, remote: remote), counter: counting.counter(of: HeldFileKey(remote)))
    }

    /// Returns the core metadata of a file that is still at its upstream.
    private func metadataEntry(of remote: RemoteFile) async throws -> FileCache.Entry {
        let bytes = try await metadata.bytes(of: remote)
        guard remote.name.isWheel || CoreMetadata.areStatic(bytes) else { throw RegistryError(noMetadataOf: remote) }
        return FileCache.Entry(
            project: remote.project, size: Int64(bytes.readableBytes),
            entityTag: "\"\(SHA256Digest(hashing: bytes))\"", contents: .bytes(bytes))
    }

    /// Returns a link to the bytes of a file that its caller may download, good for so long at most; nil if the storage has
    /// none.
    public func link(to file: ServableFile, for lifetime: Duration) async throws -> String? {
        guard let blob = file.linkable else { return nil }
        return try await storage.signedLink(to: .blob(blob), for: lifetime)
    }

    /// Counts that these bytes of a file are served. It is a download if the first one is among them: whoever fetches a file
    /// in parts is counted once. Never blocks.
    public func note(_ file: ServableFile, _ range: Range<Int64>) {
        guard let counter = file.counter else { return }
        counting.note(counter, isDownload: range.lowerBound == 0)
        if file.isCached { counting.noteSaved(range.upperBound - range.lowerBound) }
    }

    /// Returns a file that is in memory and that the caller may read, or nil if the slow path is needed. Never blocks:
    /// called on event loops.
    public func inMemory(_ key: FileCache.Key, caller: Caller) -> ServableFile? {
        guard let settings = permissions.indexes[key.address.index],
            let entry = invalidation.files.kept(key, now: clock.now()),
            permissions.may(.read, entry.project, in: settings, caller)
        else { return nil }
        return ServableFile(entry)
    }

    /// Finds a file that an index offers without holding it; returns nil if it does not offer it.
    ///
    /// Throws `.blocked` if a policy holds the file back or the project is quarantined, and `.unavailable` if an
    /// upstream that may have it fails.
    func elsewhere(_ address: FileAddress, caller: Caller) async throws -> ElsewhereFile? {
        let settings = try permissions.requireRead(caller, in: address.index)
        guard settings.fallback != .none, !settings.upstreams.isEmpty else { return nil }
        var failure: RegistryError?
        for project in Self.projects(of: address) {
            guard let wanted = DistributionFilename(address.filename, project: project),
                permissions.may(.read, project, in: settings, caller)
            else { continue }
            do {
                let resolution = resolver.resolution(of: project, for: caller, wanted: wanted)
                guard let offer = try await resolution.offer(in: settings),
                    let file = offer.files.first(where: { $0.has(address) })
                else { continue }
                guard offer.status.allowsDownloads else { throw RegistryError(quarantined: project) }
                try requireAllowed(file, in: settings)
                return ElsewhereFile(place: file.elsewhere, goodUntil: offer.goodUntil)
            } catch let error as RegistryError where error.code == .unavailable {
                // The name of a source distribution may belong to several projects: another may be available.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }

    /// Throws `.blocked` if a policy forbids the download of a file.
    private func requireAllowed(_ file: ListedFile, in settings: IndexSettings) throws {
        guard let verdict = file.verdict, !verdict.isAllowed else { return }
        if case .kept = file.place, settings.policy.locksKept, !verdict.isDenial { return }
        throw RegistryError(heldBack: file.filename, by: verdict, in: settings.name)
    }

    /// Returns the projects that a file may belong to.
    private static func projects(of address: FileAddress) -> [NormalizedName] {
        switch address.locator {
        case .project(let project): [project]
        case .sha256: DistributionFilename.possibleProjects(of: address.filename)
        }
    }
}

extension ListedFile {
    /// Returns whether an address is of this file.
    fileprivate func has(_ address: FileAddress) -> Bool {
        guard filename == address.filename else { return false }
        switch address.locator {
        case .project: return true
        case .sha256(let digest): return simple.sha256 == digest.description
        }
    }

    /// Where the bytes are.
    fileprivate var elsewhere: ElsewhereFile.Place {
        switch place {
        case .published(let record, let index), .kept(let record, let index):
            .index(FileAddress(index: index, sha256: record.digests.sha256, filename: record.filename))
        case .remote(let remote): .remote(remote)
        }
    }
}

extension FileLocation {
    /// Whether to look for core metadata at the upstream, because the file was cached without any.
    fileprivate var lacksMetadata: Bool { isCached && metadataDigest == nil }
}
