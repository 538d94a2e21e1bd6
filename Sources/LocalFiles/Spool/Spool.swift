import Glibc
public import NIOCore
public import NIOPosix
public import PackagingStandards
import Synchronization

/// The local folder in which files are received, with a bound on the bytes of all files together.
///
/// Bytes are hashed and written in blocks on a thread pool, one block behind what is received, so that a file takes
/// about 1 MiB of memory whatever its size. Nothing here is durable: storage makes it so.
///
/// Several processes may share a folder; the next that opens it removes what a dead one left.
///
/// The spool has no messages for users: its maker says which error to throw for each `SpoolError`.
public final class Spool: Sendable {
    /// The most bytes of all files together, received in full or in part.
    public let capacity: Int64
    /// The threads for all blocking work.
    public let threads: NIOThreadPool
    fileprivate let calls: SystemCalls
    private let path: String
    private let translate: @Sendable (SpoolError) -> any Error
    private let state = Mutex(State())

    private struct State {
        var folder: ProcessFolder?
        var bytesInUse: Int64 = 0
        var nextNumber = 0
    }

    /// Makes a spool, which takes files after `open`.
    ///
    /// - Parameters:
    ///   - path: The folder, which `open` makes.
    ///   - capacity: The most bytes of all files together.
    ///   - threads: The threads for all blocking work.
    ///   - calls: The calls that change folder and files.
    ///   - translate: Makes the error to throw for a failure.
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

    /// Makes the folder, for this user only, and removes what dead processes left there. Blocks; for the server's
    /// start.
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

    /// Removes this process's part of the folder. Blocks; for the server's end, when no file is being received.
    public func close() {
        let folder = state.withLock { state in
            defer { state.folder = nil }
            return state.folder
        }
        // The next process that opens the spool removes what cannot be removed now.
        try? folder?.remove()
    }

    /// The bytes of all files together, received in full or in part.
    public var bytesInUse: Int64 {
        state.withLock { $0.bytesInUse }
    }

    /// Begins a file that is received through a writer.
    ///
    /// - Parameter maxSize: The most bytes of the file.
    /// - Returns: The writer, which discards the file unless it is finished.
    /// - Throws: The translated `SpoolError.closed`.
    public func begin(maxSize: Int64) async throws -> SpoolWriter {
        SpoolWriter(file: try beginFile(), maxSize: maxSize)
    }

    /// Begins a file that is written block by block. Only the first block makes something in the folder.
    ///
    /// - Throws: The translated `SpoolError.closed`.
    package func beginFile() throws -> SpoolFile {
        SpoolFile(path: try nextPath(), spool: self)
    }

    /// Receives a file from a sequence of chunks, and leaves nothing of it if it fails or is cancelled.
    ///
    /// - Throws: What the sequence throws, and what `SpoolWriter` throws.
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
    fileprivate func failure(_ error: SpoolError) -> any Error {
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
    /// Takes room for more bytes of a file that has `size` bytes.
    fileprivate func reserve(_ count: Int, after size: Int64) throws {
        guard size + Int64(count) <= capacity else { throw failure(.overCapacity(capacity)) }
        try state.withLock { state in
            guard state.bytesInUse + Int64(count) <= capacity else { throw failure(.full) }
            state.bytesInUse += Int64(count)
        }
    }

    /// Gives room back.
    fileprivate func release(_ count: Int64) {
        state.withLock { $0.bytesInUse -= count }
    }
}

/// A writer that takes the bytes of one file, in order, and returns a `SpooledFile`.
///
/// One call at a time. Nothing of the file is left if a call throws, or if the writer is cancelled or dropped.
public final class SpoolWriter: Sendable {
    private let file: SpoolFile
    // Nil during a call, and after the file has ended.
    private let stream: Mutex<SpoolStream?>

    fileprivate init(file: SpoolFile, maxSize: Int64) {
        self.file = file
        stream = Mutex(SpoolStream(file: file, maxSize: maxSize))
    }

    /// Takes the next bytes, and waits while the disk is more than a block behind.
    ///
    /// - Throws: The translated `SpoolError`: `.overLimit` or `.overCapacity` if the file is too large, `.full` if
    ///   other files fill the spool, `.ended` if the file has ended, `.system` if the disk fails.
    public func write(_ chunk: ByteBuffer) async throws {
        var stream = try take()
        do {
            try await stream.append(chunk)
        } catch {
            file.discard()
            throw error
        }
        self.stream.withLock { $0 = stream }
    }

    /// Ends the file and returns it, with the digests of all its bytes.
    ///
    /// - Throws: What `write` throws, and `CancellationError` if the task is cancelled: a sequence may just end then.
    public func finish() async throws -> SpooledFile {
        let stream = try take()
        do {
            return try await stream.finish()
        } catch {
            file.discard()
            throw error
        }
    }

    /// Discards the file, unless it has ended.
    public func cancel() {
        let running = stream.withLock { stream in
            defer { stream = nil }
            return stream
        }
        if running != nil { file.discard() }
    }

    deinit {
        cancel()
    }

    private func take() throws -> SpoolStream {
        let taken = stream.withLock { stream in
            defer { stream = nil }
            return stream
        }
        guard let taken else { throw file.failure(.ended) }
        return taken
    }
}

/// The bytes on their way to a file: a block that is being filled, and at most one that is being written.
private struct SpoolStream: Sendable {
    /// The bytes of a block: enough for the cost of a hop to the thread pool not to matter.
    static let blockSize = 512 * 1024
    /// The most bytes of a file that stays in memory: to hash them takes less than to wait for a thread.
    static let largestInMemory = 64 * 1024

    private let file: SpoolFile
    private let threads: NIOThreadPool
    private let maxSize: Int64
    private var received: Int64 = 0
    private var filling = ByteBuffer()
    /// The write of the last block, which returns the block's memory for the next bytes.
    private var writing: Task<ByteBuffer, any Error>?

    init(file: SpoolFile, maxSize: Int64) {
        self.file = file
        self.threads = file.threads
        self.maxSize = maxSize
    }

    mutating func append(_ chunk: ByteBuffer) async throws {
        received += Int64(chunk.readableBytes)
        guard received <= maxSize else { throw file.failure(.overLimit(maxSize)) }
        var rest = chunk
        while var part = rest.readSlice(length: min(rest.readableBytes, Self.blockSize - filling.readableBytes)),
            part.readableBytes > 0
        {
            filling.writeBuffer(&part)
            if filling.readableBytes == Self.blockSize { try await writeBlock() }
        }
    }

    consuming func finish() async throws -> SpooledFile {
        _ = try await writing?.value
        try Task.checkCancellation()
        if writing == nil, filling.readableBytes <= Self.largestInMemory { return try file.finishInMemory(filling) }
        return try await threads.runIfActive { [file, filling] in try file.finish(with: filling) }
    }

    private mutating func writeBlock() async throws {
        var empty = try await writing?.value ?? ByteBufferAllocator().buffer(capacity: Self.blockSize)
        empty.clear()
        let block = filling
        filling = empty
        writing = Task { [file, threads] in
            try await threads.runIfActive { try file.append(block) }
            return block
        }
    }
}

/// A file in the spool that is written block by block. Every method except `discard` blocks.
package final class SpoolFile: Sendable {
    private let path: String
    private let spool: Spool
    fileprivate var threads: NIOThreadPool { spool.threads }
    private let state = Mutex(State())

    private struct State {
        /// The open file, made by the first block: to begin a file costs nothing.
        var descriptor: OpenFile?
        var hasher = FileHasher()
        /// The bytes for which room has been taken.
        var size: Int64 = 0
        var isMade = false
        var isDiscarded = false
    }

    fileprivate init(path: String, spool: Spool) {
        self.path = path
        self.spool = spool
    }

    /// Writes and hashes the next block.
    fileprivate func append(_ block: ByteBuffer) throws {
        try state.withLock { state in
            try append(block, to: &state)
            state.hasher.update(block)
        }
    }

    /// Writes the next block, which the caller hashes, and returns the open file, from which it can be read.
    package func write(_ block: ByteBuffer) throws -> OpenFile? {
        try state.withLock { state in
            try append(block, to: &state)
            return state.descriptor
        }
    }

    /// Ends the file, whose bytes have these digests, and returns it; it is discarded when nothing holds it.
    package func finish(digests: FileDigests) throws -> SpooledFile {
        try state.withLock { state in
            try handOver(ByteBuffer(), digests: digests, &state)
        }
    }

    /// Writes and hashes the last block, and returns the file, which is discarded when nothing holds it.
    fileprivate func finish(with block: ByteBuffer) throws -> SpooledFile {
        try state.withLock { state in
            state.hasher.update(block)
            return try handOver(block, digests: state.hasher.finalize(), &state)
        }
    }

    /// Hashes all bytes of a small file, and returns it without writing it to the folder.
    fileprivate func finishInMemory(_ bytes: ByteBuffer) throws -> SpooledFile {
        let count = bytes.readableBytes
        try state.withLock { state in
            guard !state.isDiscarded else { throw CancellationError() }
            try spool.reserve(count, after: 0)
            state.isDiscarded = true
        }
        var hasher = FileHasher()
        hasher.update(bytes)
        return SpooledFile(reader: MemoryBytes(Array(buffer: bytes)), digests: hasher.finalize()) { [spool] in
            spool.release(Int64(count))
        }
    }

    /// Removes the file and gives its room back, on the thread pool, after a block that is being written.
    package func discard() {
        spool.threads.submit { _ in self.remove() }
    }

    /// Returns the error to throw for a failure.
    fileprivate func failure(_ error: SpoolError) -> any Error { spool.failure(error) }

    /// Writes the last block, and returns the file.
    private func handOver(_ block: ByteBuffer, digests: FileDigests, _ state: inout State) throws -> SpooledFile {
        let file = try append(block, to: &state)
        state.descriptor = nil
        return SpooledFile(reader: FileBytes(file, size: state.size), digests: digests, localPath: path) {
            self.discard()
        }
    }

    @discardableResult
    private func append(_ block: ByteBuffer, to state: inout State) throws -> OpenFile {
        guard !state.isDiscarded else { throw CancellationError() }
        do {
            let descriptor = try state.descriptor ?? open(&state)
            guard block.readableBytes > 0 else { return descriptor }
            try spool.reserve(block.readableBytes, after: state.size)
            state.size += Int64(block.readableBytes)
            try block.withUnsafeReadableBytes { bytes in
                try spool.calls.writeAll(bytes, to: descriptor)
            }
            return descriptor
        } catch let error as SystemError {
            throw failure(.system(error))
        }
    }

    private func open(_ state: inout State) throws -> OpenFile {
        let descriptor = try spool.calls.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o640)
        state.descriptor = descriptor
        state.isMade = true
        return descriptor
    }

    private func remove() {
        state.withLock { state in
            guard !state.isDiscarded else { return }
            state.isDiscarded = true
            state.descriptor = nil
            // The next process that opens the spool removes what cannot be removed now.
            if state.isMade { try? spool.calls.unlink(AT_FDCWD, path) }
            spool.release(state.size)
        }
    }
}

/// The bytes of a received file, hashed as they came in, but neither checked nor durable.
///
/// They can be read by offset as often as needed, by any number of threads at once. Reading blocks. The file is removed
/// from the spool when nothing holds the value.
public final class SpooledFile: RandomAccessBytes, Sendable {
    public let size: Int64
    public let digests: FileDigests
    /// The file's path on this machine, for readers that can link to it instead of reading; nil if it is elsewhere.
    ///
    /// The file has all of the bytes, does not change, and is there as long as something holds this value.
    public let localPath: String?
    private let reader: any RandomAccessBytes & Sendable
    private let discard: @Sendable () -> Void

    /// Makes the value for a file that is complete.
    ///
    /// - Parameters:
    ///   - reader: Reads the bytes, which do not change.
    ///   - digests: The digests of all of the bytes.
    ///   - localPath: The file's path on this machine; nil if it is elsewhere.
    ///   - discard: Removes the file, if it is still there; called once, when nothing holds the value.
    public init(
        reader: any RandomAccessBytes & Sendable, digests: FileDigests, localPath: String? = nil,
        discard: @escaping @Sendable () -> Void = {}
    ) {
        self.reader = reader
        size = reader.size
        self.digests = digests
        self.localPath = localPath
        self.discard = discard
    }

    deinit {
        discard()
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try reader.read(at: offset, into: buffer)
    }
}

/// Why the spool does not take or return a file.
public enum SpoolError: Error, Hashable {
    /// The spool is not open.
    case closed
    /// The file is larger than its own limit, in bytes.
    case overLimit(Int64)
    /// The file is larger than the whole spool, in bytes: waiting does not help.
    case overCapacity(Int64)
    /// Other files fill the spool.
    case full
    /// The file has ended and takes no more bytes.
    case ended
    /// A system call failed.
    case system(SystemError)
}
