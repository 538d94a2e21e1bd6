import Logging
import NIOCore
import PackagingStandards

/// What a sweep found and did.
public struct SweepReport: Sendable, Hashable {
    /// Files and core metadata in storage.
    public var looked = 0
    /// Those that no row names, marked by this sweep or an earlier one.
    public var unnamed = 0
    /// Those that were removed.
    public var removed = 0
    /// The bytes of those that were removed.
    public var removedBytes: Int64 = 0
    /// Those that no row names, but a manifest does: left alone, because the database may be wrong.
    public var namedByManifest = 0
    /// The manifests that are larger than any that is written today.
    public var oversized: [StorageKey] = []
}

/// Removes what nothing names from storage.
public struct Sweeping: Sendable {
    let database: any SweepDatabase
    let storage: any Storage
    let removal: BlobRemoval
    let clock: WallClock

    /// Removes files from storage that have been named by no row and no manifest for long enough.
    ///
    /// A first sweep marks; a sweep after `age` removes. A publish that needs a marked file clears its mark, and one
    /// that needs a file which is being removed stores it again.
    ///
    /// - Parameters:
    ///   - age: How long a file must have been marked, in microseconds; 0 removes at once what nothing names.
    ///   - isDryRun: Whether only to report what would be removed.
    ///   - isConfirmed: Whether somebody confirms that sweeping is safe after a rebuild; if not, a sweep after one
    ///     throws `.conflict`.
    ///   - report: Called from time to time with the progress.
    /// - Returns: What was found and done.
    /// - Throws: `.conflict` if a rebuild has not been confirmed, and what database and storage throw.
    public func sweep(
        age: Int64, isDryRun: Bool = false, isConfirmed: Bool = false,
        report: @Sendable (SweepReport) -> Void = { _ in }
    ) async throws -> SweepReport {
        try await confirmSweep(isConfirmed, isDryRun: isDryRun)
        var total = SweepReport()
        var due: [BlobName: Int64] = [:]
        try await storage.forEachPage(of: StorageKey.filesPrefix) { objects in
            due.merge(try await dueBlobs(among: objects, age: age, isDryRun: isDryRun, &total)) { first, _ in first }
            report(total)
        }
        guard !due.isEmpty else { return total }
        let (named, oversized) = try await blobsNamedByManifests(among: due)
        total.oversized = oversized
        total.namedByManifest = named.count
        for (blob, size) in due where !named.contains(blob) {
            if !isDryRun, try await !removal.removeUnnamed(blob) { continue }
            total.removed += 1
            total.removedBytes += size
        }
        report(total)
        return total
    }

    private func confirmSweep(_ isConfirmed: Bool, isDryRun: Bool) async throws {
        if isConfirmed { return try await database.confirmSweep() }
        guard !isDryRun, try await database.sweepAwaitsConfirmation() else { return }
        throw RegistryError(
            .conflict,
            """
            The database was rebuilt or restored since the last sweep. Look at `cellar sweep --dry-run`, and if what it \
            would remove is truly unneeded, run `cellar sweep --confirm`.
            """)
    }

    private func dueBlobs(
        among objects: [StoredObject], age: Int64, isDryRun: Bool, _ total: inout SweepReport
    ) async throws -> [BlobName: Int64] {
        var sizes: [BlobName: Int64] = [:]
        for object in objects {
            guard let blob = object.key.blob else { continue }
            sizes[blob] = object.size
        }
        total.looked += sizes.count
        let now = clock.now()
        let unnamed = try await database.unnamedBlobs(among: Array(sizes.keys), now: now)
        total.unnamed += unnamed.count
        guard !unnamed.isEmpty else { return [:] }
        if isDryRun, age == 0 { return sizes.filter { unnamed.contains($0.key) } }
        let due = try await database.markForSweep(
            unnamed, now: now, dueIfMarkedBy: now.adding(microseconds: -age))
        return sizes.filter { due.contains($0.key) }
    }

    /// Returns the blobs that the highest manifest of a file names as published, or as replaced and still served.
    ///
    /// Also those of files of which a manifest cannot be read, and the keys of manifests that are larger than usual.
    private func blobsNamedByManifests(
        among due: [BlobName: Int64]
    ) async throws -> (Set<BlobName>, oversized: [StorageKey]) {
        let reader = ManifestReader(storage)
        var oversized: [StorageKey] = []
        var unreadable: Set<String> = []
        var latest: [String: (serial: Int64, blobs: [BlobName])] = [:]
        var replaced: Set<BlobName> = []
        let now = clock.now().microseconds
        try await storage.forEachPage(of: StorageKey.manifestsPrefix) { objects in
            try await Self.removingNothing {
                try await reader.read(objects.filter(\.key.isFileManifest)) { object, content in
                    if object.isOversized { oversized.append(object.key) }
                    if case .unreadable? = content, let name = object.key.filenameOfManifest { unreadable.insert(name) }
                    guard case .file(let manifest)? = content else { return }
                    let name = "\(manifest.index)/\(manifest.project)/\(manifest.filename)"
                    if let old = manifest.replaced, old.servedUntil > now {
                        replaced.formUnion(manifest.replacedBlobs)
                    }
                    guard (latest[name]?.serial ?? -1) < manifest.serial else { return }
                    let blobs = manifest.state == .published ? manifest.blobs : []
                    latest[name] = (manifest.serial, blobs.filter { due[$0] != nil })
                }
            }
        }
        let named = latest.values.reduce(into: replaced) { $0.formUnion($1.blobs) }.filter { due[$0] != nil }
        let unknown = due.keys.filter { blob in
            unreadable.contains(blob.name) || blob.filenameOfMetadata.map { unreadable.contains($0) } == true
        }
        return (named.union(unknown), oversized)
    }

    /// Says in the error of a manifest that cannot be read that nothing was removed.
    private static func removingNothing(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as RegistryError where error.code == .internal {
            throw RegistryError(.internal, error.message + " Nothing was removed.", cause: error)
        }
    }
}

extension StorageKey {
    /// The file name in the key of a file's manifest.
    fileprivate var filenameOfManifest: String? {
        description.split(separator: "/").dropLast().last.map(String.init)
    }
}

extension FileManifest {
    /// The blobs of the file: its bytes and its core metadata.
    fileprivate var blobs: [BlobName] {
        Self.blobs(digests.sha256, metadataDigest, filename)
    }

    /// The blobs of the replaced file, if there is one.
    fileprivate var replacedBlobs: [BlobName] {
        replaced.map { Self.blobs($0.sha256, $0.metadataDigest, $0.filename) } ?? []
    }

    private static func blobs(
        _ digest: SHA256Digest, _ metadataDigest: SHA256Digest?, _ filename: String
    ) -> [BlobName] {
        var blobs = [BlobName(digest: digest, name: filename)]
        if let metadataDigest { blobs.append(.metadata(metadataDigest, of: filename)) }
        return blobs
    }
}
