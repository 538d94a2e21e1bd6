public import NIOCore
import NIOPosix
import Synchronization

/// Takes the bytes of one file, in order, and becomes a `SpooledFile`.
///
/// One call at a time. After a call has thrown, or the writer is cancelled or dropped, nothing of the file is left.
public final class SpoolWriter: Sendable {
    private let file: SpoolFile
    // Taken out during a call; nil, too, once the file has ended.
    private let stream: Mutex<SpoolStream?>

    init(file: SpoolFile, maxSize: Int64) {
        self.file = file
        stream = Mutex(SpoolStream(file: file, maxSize: maxSize))
    }

    /// Takes the next bytes; waits while the disk is more than a block behind.
    ///
    /// - Throws: The translated `SpoolError`: `.overLimit` or `.overCapacity` if the file is too large, `.full` if other
    ///   files fill the spool, `.ended` if it takes no more bytes, `.system` if the disk fails.
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

    /// Ends the file and hands it over, with the digests of all of its bytes.
    ///
    /// - Throws: What `write` does, and `CancellationError` if the task is cancelled: a sequence may just end then.
    public func finish() async throws -> SpooledFile {
        let stream = try take()
        do {
            return try await stream.finish()
        } catch {
            file.discard()
            throw error
        }
    }

    /// Gives the file up; does nothing if it has ended.
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

/// The bytes on their way to a file: one block being filled, and one at most being written.
private struct SpoolStream: Sendable {
    /// Bytes of a block: so many that the hops to the thread pool do not matter.
    static let blockSize = 512 * 1024

    private let file: SpoolFile
    private let threads: NIOThreadPool
    private let maxSize: Int64
    private var received: Int64 = 0
    private var filling = ByteBuffer()
    /// Gives its block back for the next bytes.
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
