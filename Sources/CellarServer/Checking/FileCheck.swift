import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry

/// Checks that storage holds every file that the database lists, whole.
///
/// Sizes are compared with what storage lists, a thousand files a trip; only what seems wrong is asked for by itself,
/// since it may have changed after it was listed.
struct FileCheck {
    /// What was checked, and how much of it is wrong.
    struct Result {
        var projects = 0
        var files = 0
        var bytes: Int64 = 0
        var problems = 0
    }

    let parts: Parts
    /// Whether bytes are read and hashed; else only sizes are compared.
    let isDeep: Bool
    let progress: @Sendable (String) -> Void
    /// Called with each problem at once.
    let onProblem: @Sendable (String) -> Void

    /// Checks every project of every index of the configuration.
    func run() async throws -> Result {
        var result = Result()
        let listed = isDeep ? [:] : try await listedSizes()
        for index in parts.registry.indexes.names {
            for name in try await parts.database.projects(in: index).names {
                guard let project = try await parts.database.project(name, in: index) else { continue }
                result.projects += 1
                for file in project.files {
                    try await check(file, in: "\(index)/\(name)", listed, &result)
                }
                progress("\(result.files) files looked at")
            }
        }
        return result
    }

    /// Returns the sizes in bytes of everything that storage lists below `files/`.
    private func listedSizes() async throws -> [BlobName: Int64] {
        var sizes: [BlobName: Int64] = [:]
        try await parts.storage.forEachPage(of: StorageKey.filesPrefix) { objects in
            for object in objects {
                guard let blob = object.key.blob else { continue }
                sizes[blob] = object.size
            }
            progress("\(sizes.count) files listed by storage")
        }
        return sizes
    }

    private func check(
        _ file: FileRecord, in place: String, _ listed: [BlobName: Int64], _ result: inout Result
    ) async throws {
        result.files += 1
        result.bytes += file.size
        var blobs = [(BlobName(digest: file.digests.sha256, name: file.filename), file.size)]
        if let digest = file.metadataDigest, let size = file.metadataSize {
            blobs.append((BlobName.metadata(digest, of: file.filename), size))
        }
        for (blob, size) in blobs {
            guard listed[blob] != size, let problem = try await problem(with: blob, size: size) else { continue }
            result.problems += 1
            onProblem("\(place)/\(blob.name): \(problem)")
        }
    }

    private func problem(with blob: BlobName, size: Int64) async throws -> String? {
        let key = StorageKey.blob(blob)
        let object = isDeep ? try await parts.storage.open(key, wholeUpTo: Self.blockSize) : nil
        guard let stored = try await isDeep ? object?.size : parts.storage.size(of: key) else {
            return "missing from storage (\(key))"
        }
        guard stored == size else { return "has \(stored) bytes in storage, and should have \(size) (\(key))" }
        guard let object else { return nil }
        let digest = try await Self.digest(of: object, threads: parts.fileThreads)
        return digest == blob.digest ? nil : "has other bytes in storage than were published (\(key))"
    }

    /// Bytes that are read at once.
    private static let blockSize = 1 << 20

    private static func digest(of object: OpenedObject, threads: NIOThreadPool) async throws -> SHA256Digest {
        switch object {
        case .whole(let bytes): return SHA256Digest(hashing: bytes)
        case .file(let file): return try await digest(of: file, threads: threads)
        }
    }

    private static func digest(of file: StoredFile, threads: NIOThreadPool) async throws -> SHA256Digest {
        switch file.contents {
        case .descriptor(let descriptor):
            return try await threads.runIfActive { try digest(of: descriptor, size: file.size) }
        case .stream(let open):
            var hasher = FileHasher()
            for try await chunk in try await open(0..<file.size) { hasher.update(chunk) }
            return hasher.finalize().sha256
        }
    }

    private static func digest(of file: OpenFile, size: Int64) throws -> SHA256Digest {
        var hasher = FileHasher()
        var offset: Int64 = 0
        while offset < size {
            let block = try read(offset..<min(offset + Int64(blockSize), size), of: file)
            guard block.readableBytes > 0 else {
                throw RegistryError(.internal, "A stored file became shorter while it was read.")
            }
            hasher.update(block)
            offset += Int64(block.readableBytes)
        }
        return hasher.finalize().sha256
    }

    private static func read(_ range: Range<Int64>, of file: OpenFile) throws -> ByteBuffer {
        do {
            return try file.read(range)
        } catch {
            throw RegistryError(.internal, "A stored file cannot be read.", cause: error)
        }
    }
}
