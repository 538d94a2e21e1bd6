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
        _ = try requireRead(caller, in: address.index)
        let key = FileCache.Key(address: address, isMetadata: isMetadata)
        if let entry = files.kept(key, now: clock.now()) { return entry }
        let token = files.token()
        guard let location = try await database.file(at: address, now: clock.now()) else {
            throw unknownFile(address, isMetadata: isMetadata)
        }
        guard location.status.allowsDownloads else {
            throw RegistryError(.blocked, "The project \(location.project) is quarantined: its files are not served.")
        }
        let entry = try await open(location, key: key)
        files.keep(entry, for: key, token: token)
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
                cause: MissingBytes(blob: blob))
        }
        var contents = FileCache.Entry.Contents.stored(stored)
        if stored.size <= FileCache.smallFileSize,
            let bytes = try await storage.get(.blob(blob), limit: Int(FileCache.smallFileSize))
        {
            contents = .bytes(bytes)
        }
        return FileCache.Entry(
            project: location.project, size: stored.size, entityTag: "\"\(blob.digest)\"", contents: contents,
            servedUntil: location.servedUntil)
    }

    private func unknownFile(_ address: FileAddress, isMetadata: Bool) -> RegistryError {
        let name = isMetadata ? address.filename + ".metadata" : address.filename
        return RegistryError(.notFound, "The index \(address.index) has no file \(name) with this digest.")
    }
}

/// Storage does not hold, whole, what the database names.
struct MissingBytes: Error, CustomStringConvertible {
    let blob: BlobName

    var description: String { "storage lacks \(StorageKey.blob(blob)), or holds it with another size" }
}
