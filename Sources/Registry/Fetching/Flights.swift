import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards

/// Has one of all servers fetch a file of an upstream, as far as that pays: a lease per file, and the others wait for a
/// while for the file to appear.
///
/// Nothing depends on it. A server that waits in vain, or cannot ask the database, fetches the file itself.
struct Flights: Sendable {
    /// How the server goes on.
    enum Turn: Sendable {
        /// It fetches the file; the lease is ended when the file is kept. Nil for no lease.
        case fetch(Lease?)
        /// Another server has kept the file meanwhile.
        case kept(FileLocation)
    }

    let leases: Leases
    let replicas: Replicas
    let database: any ReadingDatabase
    let storage: any Storage
    let threads: NIOThreadPool
    let patience: Duration
    let clock: WallClock

    /// Smaller files are fetched sooner than two servers agree.
    static let smallest: Int64 = 2 << 20
    /// How often it looks.
    private static let look = Duration.milliseconds(200)
    /// How many bytes of a stored file are read at once.
    private static let blockSize = 256 << 10

    /// Waits for the turn to fetch a file. Throws `CancellationError` only.
    func turn(for remote: RemoteFile) async throws -> Turn {
        guard !replicas.others.isEmpty, remote.knownSize ?? .max >= Self.smallest else { return .fetch(nil) }
        let name = LeaseName(fetching: remote)
        let start = ContinuousClock.now
        while true {
            do {
                if let lease = try await leases.take(name) {
                    // Its last holder may have ended it because the file is there.
                    guard let kept = try await location(of: remote) else { return .fetch(lease) }
                    await leases.end(lease)
                    return .kept(kept)
                }
                guard ContinuousClock.now - start < patience else { return .fetch(nil) }
                try await Task.sleep(for: Self.look)
                if let kept = try await location(of: remote) { return .kept(kept) }
            } catch let error as CancellationError {
                throw error
            } catch {
                return .fetch(nil)
            }
        }
    }

    /// Returns where a file is kept, if it is the one that the upstream has.
    private func location(of remote: RemoteFile) async throws -> FileLocation? {
        let locator: FileAddress.Locator =
            remote.file.sha256.flatMap { SHA256Digest(hex: $0) }.map { .sha256($0) } ?? .project(remote.project)
        let address = FileAddress(index: remote.index, locator: locator, filename: remote.name.filename)
        let found = try await database.file(at: address, now: clock.now())
        guard let found, found.project == remote.project, found.sha256 == remote.expectedSHA256 ?? found.sha256 else {
            return nil
        }
        return found
    }

    private static func tooShort(_ filename: String) -> RegistryError {
        RegistryError(.internal, "Storage has lost bytes of \(filename).")
    }

    /// Hands out the bytes of a kept file, block by block, in order.
    ///
    /// Throws what the storage and `take` do, and `.internal` if there are no bytes.
    func forEachBlock(
        of kept: FileLocation, named filename: String, _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let key = StorageKey.file(kept.sha256, filename)
        switch try await storage.open(key, wholeUpTo: Self.blockSize) {
        case nil:
            throw Self.tooShort(filename)
        case .whole(let bytes)?:
            try await take(bytes)
        case .file(let file)?:
            switch file.contents {
            case .stream(let open):
                for try await block in try await open(0..<file.size) { try await take(block) }
            case .descriptor(let descriptor):
                var offset: Int64 = 0
                while offset < file.size {
                    let count = Int(min(Int64(Self.blockSize), file.size - offset))
                    let range = offset..<offset + Int64(count)
                    let block = try await threads.runIfActive { try descriptor.read(range) }
                    guard block.readableBytes > 0 else { throw Self.tooShort(filename) }
                    offset += Int64(block.readableBytes)
                    try await take(block)
                }
            }
        }
    }
}

extension LeaseName {
    /// The lease of the fetch of a file.
    init(fetching remote: RemoteFile) {
        let text = "\(remote.index)\n\(remote.project)\n\(remote.name.filename)\n\(remote.file.sha256 ?? "")"
        self.init("fetch/\(SHA256Digest(hashing: Array(text.utf8)))")
    }
}
