import NIOCore
import PackagingStandards

/// Reads the core metadata of files that an index offers.
struct CoreMetadataReading: Sendable {
    /// The most bytes of core metadata that pages and the JSON API show. Installers get larger ones under their own
    /// address.
    static let maximumSize = 2 << 20

    let storage: any Storage
    let fetching: Fetching
    let upstreamMetadata: UpstreamMetadata

    /// Returns the core metadata of a file, from storage or from its upstream, or nil if it has none that can be read.
    ///
    /// Throws `.unavailable` if its upstream fails, and `.internal` if storage has lost them.
    func metadata(of file: ListedFile, for caller: Caller) async throws -> CoreMetadata? {
        switch file.place {
        case .published(let record, _), .kept(let record, _): return try await metadata(of: record)
        case .remote(let remote):
            guard isStated(remote, file), fetching.mayFetch(remote, caller) else { return nil }
            let bytes = try await upstreamMetadata.bytes(of: remote)
            // An upstream's metadata may break the rules; then the page shows none.
            return try? CoreMetadata(parsing: Array(buffer: bytes), maximumSize: Self.maximumSize)
        }
    }

    /// Returns whether a file says to have core metadata, whether they can be read or not.
    func isStated(of file: ListedFile) -> Bool {
        switch file.place {
        case .published(let record, _), .kept(let record, _): record.metadataDigest != nil
        case .remote(let remote): isStated(remote, file)
        }
    }

    private func isStated(_ remote: RemoteFile, _ file: ListedFile) -> Bool {
        remote.name.isWheel ? file.simple.coreMetadata != .none : remote.file.coreMetadata != .none
    }

    /// Returns the core metadata of a file from storage, or nil if it has none.
    private func metadata(of file: FileRecord) async throws -> CoreMetadata? {
        guard let digest = file.metadataDigest else { return nil }
        let blob = BlobName.metadata(digest, of: file.filename)
        guard let bytes = try await storage.get(.blob(blob), limit: CoreMetadata.defaultMaximumSize) else {
            throw RegistryError(
                .internal, "The core metadata of \(file.filename) is missing from storage.",
                cause: MissingBytes(blob: blob))
        }
        do {
            return try CoreMetadata(parsing: Array(buffer: bytes), maximumSize: Self.maximumSize)
        } catch CoreMetadataError.tooLarge {
            return nil
        } catch {
            guard file.source == nil else { return nil }
            throw RegistryError(
                .internal, "The core metadata of \(file.filename) in storage cannot be read.", cause: error)
        }
    }
}
