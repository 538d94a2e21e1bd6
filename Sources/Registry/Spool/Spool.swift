public import NIOCore
public import NIOPosix
import Synchronization

/// The local folder that uploads and upstreams' files are received in, and the bound on what they may take up there.
///
/// Bytes are hashed and written in blocks on a thread pool, one block behind what is being received, so that an upload
/// takes about 1 MiB of memory however large it is. Nothing here is durable: storage makes it so.
///
/// Several processes may share a folder; what a dead one left is removed by the next that opens it.
public final class Spool: Sendable {
    /// The most bytes that all uploads, running or complete and still held, may have together.
    public let capacity: Int64
    let threads: NIOThreadPool
    let calls: SystemCalls
    private let path: String
    private let state = Mutex(State())

    private struct State {
        var folder: ProcessFolder?
        var bytesInUse: Int64 = 0
        var nextNumber = 0
    }

    /// Makes a spool, which takes uploads once it is opened.
    ///
    /// - Parameters:
    ///   - path: The folder; made when the spool is opened.
    ///   - capacity: The most bytes that all uploads may have together.
    ///   - threads: Where all blocking work is done.
    public convenience init(path: String, capacity: Int64, threads: NIOThreadPool) {
        self.init(path: path, capacity: capacity, threads: threads, calls: .system)
    }

    /// Makes a spool over other system calls than the real ones.
    package init(path: String, capacity: Int64, threads: NIOThreadPool, calls: SystemCalls) {
        self.path = path
        self.capacity = capacity
        self.threads = threads
        self.calls = calls
    }

    /// Makes the folder, for this user only, and removes what dead processes left there. Blocks: for the start.
    ///
    /// - Throws: `RegistryError` `.unavailable` where the folder may not be used, `.insufficientStorage` where there is
    ///   no room, `.internal` for the rest.
    public func open() throws {
        do {
            let shared = try calls.makeFolders(path, mode: 0o700)
            let folder = try ProcessFolder(in: shared, calls: calls)
            state.withLock { $0.folder = folder }
        } catch let error as SystemError {
            throw RegistryError(error, in: Self.place)
        }
    }

    /// Removes this process's part of the folder. Blocks: for the end, when no upload is under way.
    public func close() {
        let folder = state.withLock { state in
            defer { state.folder = nil }
            return state.folder
        }
        // Whatever cannot be removed now is removed by the next process that opens the spool.
        try? folder?.remove()
    }

    /// Bytes that all uploads, running or complete and still held, have together.
    public var bytesInUse: Int64 {
        state.withLock { $0.bytesInUse }
    }

    /// Begins an upload whose bytes are pushed into a writer.
    ///
    /// - Parameter maxSize: The most bytes that the file may have.
    /// - Returns: The writer, which discards the upload unless it is finished.
    /// - Throws: `RegistryError` `.unavailable` where the spool is not open.
    public func begin(maxSize: Int64) async throws -> SpoolWriter {
        SpoolWriter(file: try beginFile(), maxSize: maxSize)
    }

    /// A new file, not made yet. Throws `.unavailable` where the spool is not open.
    func beginFile() throws -> SpoolFile {
        SpoolFile(path: try nextPath(), spool: self)
    }

    /// Receives a file from a sequence of chunks; nothing of it is left where that fails or is cancelled.
    ///
    /// - Throws: What the sequence throws, and what `SpoolWriter` does.
    public func receive<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, maxSize: Int64
    ) async throws -> SpooledFile where Chunks.Element == ByteBuffer {
        let writer = try await begin(maxSize: maxSize)
        do {
            for try await chunk in chunks {
                try await writer.write(chunk)
            }
            return try await writer.finish()
        } catch {
            writer.cancel()
            throw error
        }
    }

    /// The folder in words, for messages.
    static let place = "spool folder"

    private func nextPath() throws -> String {
        try state.withLock { state in
            guard let folder = state.folder else {
                throw RegistryError(.unavailable, "The server is not taking uploads at the moment; try again later.")
            }
            state.nextNumber += 1
            return "\(path)/\(folder.name)/\(state.nextNumber)"
        }
    }
}

extension Spool {
    /// Takes room for more bytes of an upload that has `size` already.
    func reserve(_ count: Int, after size: Int64) throws {
        guard size + Int64(count) <= capacity else {
            throw RegistryError(
                .tooLarge, "The file is larger than \(capacity) bytes, the most that the server can receive.")
        }
        try state.withLock { state in
            guard state.bytesInUse + Int64(count) <= capacity else {
                throw RegistryError(
                    .unavailable,
                    "The server is receiving as many uploads as it has room for; try again in a minute.")
            }
            state.bytesInUse += Int64(count)
        }
    }

    /// Gives room back.
    func release(_ count: Int64) {
        state.withLock { $0.bytesInUse -= count }
    }
}
