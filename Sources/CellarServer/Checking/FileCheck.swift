import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry

/// Looks whether storage holds every file that the database lists, whole.
struct FileCheck {
    /// What was looked at, and how much of it is wrong.
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
    /// Told of each problem at once.
    let onProblem: @Sendable (String) -> Void

    /// Checks every project of every index of the configuration.
    func run() async throws -> Result {
        var result = Result()
        for index in parts.registry.indexes.names {
            for name in try await parts.database.projects(in: index).names {
                guard let project = try await parts.database.project(name, in: index) else { continue }
                result.projects += 1
                for file in project.files {
                    try await check(file, in: "\(index)/\(name)", &result)
                }
                progress("\(result.files) files looked at")
            }
        }
        return result
    }

    private func check(_ file: FileRecord, in place: String, _ result: inout Result) async throws {
        result.files += 1
        result.bytes += file.size
        var blobs = [(BlobName(digest: file.digests.sha256, name: file.filename), file.size)]
        if let digest = file.metadataDigest, let size = file.metadataSize {
            blobs.append((BlobName(digest: digest, name: file.filename + ".metadata"), size))
        }
        for (blob, size) in blobs {
            guard let problem = try await problem(with: blob, size: size) else { continue }
            result.problems += 1
            onProblem("\(place)/\(blob.name): \(problem)")
        }
    }

    private func problem(with blob: BlobName, size: Int64) async throws -> String? {
        let key = StorageKey.blob(blob)
        guard let stored = try await parts.storage.size(of: key) else { return "missing from storage (\(key))" }
        guard stored == size else { return "has \(stored) bytes in storage, and should have \(size) (\(key))" }
        guard isDeep, let file = try await parts.storage.open(key) else { return nil }
        let digest = try await Self.digest(of: file, threads: parts.fileThreads)
        return digest == blob.digest ? nil : "has other bytes in storage than were published (\(key))"
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
            let block = try read(offset..<min(offset + 1 << 20, size), of: file)
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
