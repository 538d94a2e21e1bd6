import Logging
import NIOCore
import PackagingStandards

extension Registry {
    /// A distribution file, or its core metadata, opened before anything is answered.
    ///
    /// Throws `.notFound` where the index does not hold it, `.blocked` where its project is quarantined (PEP 792), and
    /// `.internal` where storage has lost what the database names.
    public func file(
        at address: FileAddress, isMetadata: Bool = false, caller: Caller
    ) async throws -> FileCache.Entry {
        do {
            return try await find(address, isMetadata: isMetadata, caller: caller)
        } catch let error as RegistryError {
            guard let lost = (error.cause as? MissingBytes)?.file, try await isOver(lost) else { throw error }
            return try await find(address, isMetadata: isMetadata, caller: caller)
        }
    }

    /// Whether looking again may find what storage lacked: the file was pruned, deleted or replaced after it was looked
    /// up, or it came from an upstream, from which it can be fetched again once it is forgotten.
    private func isOver(_ lost: MissingBytes.File) async throws -> Bool {
        let now = clock.now()
        let location = try await database.file(at: lost.address, now: now)
        guard location == lost.location, lost.location.isCached else { return location != lost.location }
        // A storage that is not there at all, such as a folder that is not mounted, has lost nothing.
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
        try await forget([cached], by: ChangeAuthor(name: "cellar", userID: nil, at: now))
        return true
    }

    private func find(
        _ address: FileAddress, isMetadata: Bool, caller: Caller
    ) async throws -> FileCache.Entry {
        _ = try requireRead(caller, in: address.index)
        let key = FileCache.Key(address: address, isMetadata: isMetadata)
        if let entry = files.kept(key, now: clock.now()) { return entry }
        let token = files.token()
        let location = try await database.file(at: address, now: clock.now())
        guard let location, !isMetadata || !location.lacksMetadata else {
            return try await fileElsewhere(at: address, isMetadata: isMetadata, token: token, caller: caller)
        }
        return try await keptFile(location, at: address, as: address, isMetadata: isMetadata, token: token)
    }

    /// What an index that this one looks into, or an upstream, has under an address.
    private func fileElsewhere(
        at address: FileAddress, isMetadata: Bool, token: UInt64, caller: Caller
    ) async throws -> FileCache.Entry {
        guard let found = try await elsewhere(address, caller: caller) else {
            throw absent(unknownFile(address, isMetadata: isMetadata), in: address.index, for: caller)
        }
        switch found.place {
        case .index(let other):
            guard let location = try await database.file(at: other, now: clock.now()) else {
                throw unknownFile(address, isMetadata: isMetadata)
            }
            return try await keptFile(
                location, at: other, as: address, isMetadata: isMetadata, goodUntil: found.goodUntil, token: token)
        case .remote(let remote):
            guard isMetadata else {
                return try await fetchedFile(remote, at: address, goodUntil: found.goodUntil, caller: caller)
            }
            try requireFetch(of: remote, by: caller)
            var entry = try await metadataEntry(of: remote)
            entry.goodUntil = found.goodUntil
            if isOpenToReaders(of: address.index, remote.index) {
                files.keep(entry, for: FileCache.Key(address: address, isMetadata: true), token: token)
            }
            return entry
        }
    }

    /// Whether all who may read in an index may have what it or an index behind it has fetched from upstreams.
    private func isOpenToReaders(of asked: IndexName, _ keeper: IndexName) -> Bool {
        guard let keeper = indexes[keeper], let asked = indexes[asked] else { return false }
        let holders = keeper.access.principals(holding: .cacheUpdate)
        if asked.name == keeper.name, asked.access.principals(holding: .read).allSatisfy(holders.contains) {
            return true
        }
        let behind = chains[asked.name]?.dropFirst() ?? []
        return holders.contains(.everyone)
            && behind.allSatisfy { AccessDecision.allows(.read, to: .anonymous, in: $0) }
    }

    /// The core metadata of a file that is still at its upstream.
    private func metadataEntry(of remote: RemoteFile) async throws -> FileCache.Entry {
        let bytes = try await metadataBytes(of: remote)
        guard remote.name.isWheel || CoreMetadata.areStatic(bytes) else { throw noMetadata(remote) }
        return FileCache.Entry(
            project: remote.project, size: Int64(bytes.readableBytes),
            entityTag: "\"\(SHA256Digest(hashing: bytes))\"", contents: .bytes(bytes))
    }

    /// A file that an index keeps, opened, if it may be handed out.
    ///
    /// - Parameters:
    ///   - location: What the database says of it.
    ///   - address: Where the index that keeps it has it.
    ///   - asked: Where the caller asked for it, perhaps in an index that has it through the other.
    ///   - isMetadata: Whether its core metadata are meant.
    ///   - goodUntil: The moment until which it may be had at the address that was asked for; nil for no end.
    ///   - token: From before the database was asked.
    /// - Returns: The entry, which is kept for those who ask next.
    /// - Throws: `.blocked` where project or policy forbid it, `.internal` where storage has lost it.
    func keptFile(
        _ location: FileLocation, at address: FileAddress, as asked: FileAddress, isMetadata: Bool,
        goodUntil: Timestamp? = nil, token: UInt64
    ) async throws -> FileCache.Entry {
        guard location.status.allowsDownloads else {
            throw quarantined(location.project)
        }
        let ends = [try await requireAllowed(location, at: address), goodUntil].compactMap(\.self)
        var entry = try await open(location, key: FileCache.Key(address: address, isMetadata: isMetadata))
        entry.goodUntil = ends.min()
        // A file that was published may be overwritten, and its name given to other bytes.
        if case .project = asked.locator, !location.isCached { entry.isImmutable = false }
        // Neither the rights in the other index nor this one's policy are asked again for what is kept here.
        let mayKeep = isPublic(asked.index) && indexes[asked.index]?.policy.isEmpty == true
        if asked.index == address.index || mayKeep {
            files.keep(entry, for: FileCache.Key(address: asked, isMetadata: isMetadata), token: token)
        }
        return entry
    }

    /// A file that is kept and that a caller may read, without waiting; nil where the long way must be gone.
    public func keptFile(_ key: FileCache.Key, caller: Caller) -> FileCache.Entry? {
        guard let settings = indexes[key.address.index], AccessDecision.allows(.read, to: caller, in: settings) else {
            return nil
        }
        return files.kept(key, now: clock.now())
    }

    private func open(_ location: FileLocation, key: FileCache.Key) async throws -> FileCache.Entry {
        let address = key.address
        var blob = BlobName(digest: location.sha256, name: address.filename)
        if key.isMetadata {
            guard let digest = location.metadataDigest else { throw unknownFile(address, isMetadata: true) }
            blob = BlobName(digest: digest, name: address.filename + ".metadata")
        }
        let expectedSize = key.isMetadata ? location.metadataSize : location.size
        guard let stored = try await storage.open(.blob(blob)), stored.size == expectedSize else {
            throw RegistryError(
                .internal, "The bytes of \(blob.name) are missing from storage: the server's log tells more.",
                cause: MissingBytes(blob: blob, file: .init(address: address, location: location)))
        }
        var entry = try await entry(of: blob, stored, project: location.project)
        entry.servedUntil = location.servedUntil
        if location.isCached, !key.isMetadata {
            let key = FileFetches.Key(
                index: address.index, project: location.project, filename: address.filename)
            entry.downloads = downloads.counter(of: key)
        }
        return entry
    }

    /// The entry of something that storage has opened: small things are taken into memory.
    func entry(of blob: BlobName, _ stored: StoredFile, project: NormalizedName) async throws -> FileCache.Entry {
        var contents = FileCache.Entry.Contents.stored(stored)
        if stored.size <= FileCache.smallFileSize,
            let bytes = try await storage.get(.blob(blob), limit: Int(FileCache.smallFileSize))
        {
            contents = .bytes(bytes)
        }
        return FileCache.Entry(
            project: project, size: stored.size, entityTag: "\"\(blob.digest)\"", contents: contents)
    }

    private func unknownFile(_ address: FileAddress, isMetadata: Bool) -> RegistryError {
        let name = isMetadata ? address.filename + ".metadata" : address.filename
        return RegistryError(.notFound, "The index \(address.index) has no file \(name) with this digest.")
    }
}

extension FileLocation {
    /// Whether core metadata are to be looked for at the upstream, from which the file was kept without any.
    fileprivate var lacksMetadata: Bool { isCached && metadataDigest == nil }
}

/// Storage does not hold, whole, what the database names.
struct MissingBytes: Error, CustomStringConvertible {
    /// A file that was asked for.
    struct File {
        /// Where the index that keeps it has it.
        let address: FileAddress
        /// What the database said of it.
        let location: FileLocation
    }

    let blob: BlobName
    /// The file whose bytes they are; nil if they were read for another purpose.
    var file: File?

    var description: String { "storage lacks \(StorageKey.blob(blob)), or holds it with another size" }
}
