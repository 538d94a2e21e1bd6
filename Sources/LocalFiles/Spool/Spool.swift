public import NIOCore
public import NIOPosix
import Synchronization

/// The local folder in which files are received, and the bound on the room that they may take there.
///
/// Bytes are hashed and written in blocks on a thread pool, one block behind what is being received, so that a file
/// takes about 1 MiB of memory however large it is. Nothing here is durable: storage makes it so.
///
/// Several processes may share a folder; what a dead one left is removed by the next that opens it.
///
/// The spool knows no words for users: whoever makes it says which error to throw for each `SpoolError`.
public final class Spool: Sendable {
    /// The most bytes that all files, being received or held, may have together.
    public let capacity: Int64
    /// Where all blocking work is done.
    public let threads: NIOThreadPool
    let calls: SystemCalls
    private let path: String
    private let translate: @Sendable (SpoolError) -> any Error
    private let state = Mutex(State())

    private struct State {
        var folder: ProcessFolder?
        var bytesInUse: Int64 = 0
        var nextNumber = 0
    }

    /// Makes a spool, which takes files once it is opened.
    ///
    /// - Parameters:
    ///   - path: The folder; made when the spool is opened.
    ///   - capacity: The most bytes that all files may have together.
    ///   - threads: Where all blocking work is done.
    ///   - calls: How folder and files are changed.
    ///   - translate: Makes the error that the spool throws for a failure.
    package init(
        path: String, capacity: Int64, threads: NIOThreadPool, calls: SystemCalls,
        translate: @escaping @Sendable (SpoolError) -> any Error
    ) {
        self.path = path
        self.capacity = capacity
        self.threads = threads
        self.calls = calls
        self.translate = translate
    }

    /// Makes the folder, for this user only, and removes what dead processes left there. Blocks: for the start.
    ///
    /// - Throws: The translated `SpoolError`.
    public func open() throws {
        do {
            let shared = try calls.makeFolders(path, mode: 0o700)
            let folder = try ProcessFolder(in: shared, calls: calls)
            state.withLock { $0.folder = folder }
        } catch let error as SystemError {
            throw failure(.system(error))
        }
    }

    /// Removes this process's part of the folder. Blocks: for the end, when no file is being received.
    public func close() {
        let folder = state.withLock { state in
            defer { state.folder = nil }
            return state.folder
        }
        // Whatever cannot be removed now is removed by the next process that opens the spool.
        try? folder?.remove()
    }

    /// Bytes that all files, being received or held, have together.
    public var bytesInUse: Int64 {
        state.withLock { $0.bytesInUse }
    }

    /// Begins a file whose bytes are pushed into a writer.
    ///
    /// - Parameter maxSize: The most bytes that the file may have.
    /// - Returns: The writer, which discards the file unless it is finished.
    /// - Throws: The translated `SpoolError.closed`.
    public func begin(maxSize: Int64) async throws -> SpoolWriter {
        SpoolWriter(file: try beginFile(), maxSize: maxSize)
    }

    /// Begins a file that is written block by block; nothing is made in the folder before the first one.
    ///
    /// - Throws: The translated `SpoolError.closed`.
    package func beginFile() throws -> SpoolFile {
        SpoolFile(path: try nextPath(), spool: self)
    }

    /// Receives a file from a sequence of chunks, and leaves nothing of it if that fails or is cancelled.
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

    /// Returns the error to throw for a failure.
    func failure(_ error: SpoolError) -> any Error {
        translate(error)
    }

    private func nextPath() throws -> String {
        try state.withLock { state in
            guard let folder = state.folder else { throw failure(.closed) }
            state.nextNumber += 1
            return "\(path)/\(folder.name)/\(state.nextNumber)"
        }
    }
}

extension Spool {
    /// Takes room for more bytes of a file that has `size` already.
    func reserve(_ count: Int, after size: Int64) throws {
        guard size + Int64(count) <= capacity else { throw failure(.overCapacity(capacity)) }
        try state.withLock { state in
            guard state.bytesInUse + Int64(count) <= capacity else { throw failure(.full) }
            state.bytesInUse += Int64(count)
        }
    }

    /// Gives room back.
    func release(_ count: Int64) {
        state.withLock { $0.bytesInUse -= count }
    }
}
