public import NIOCore
import NIOPosix
import Synchronization

/// Takes the bytes of one upload, in order, and becomes a `SpooledFile`.
///
/// One call at a time. After a call has thrown, or the writer is cancelled or dropped, nothing of the upload is left.
public final class SpoolWriter: Sendable {
    private let file: SpoolFile
    // Taken out during a call; nil, too, when the upload has ended.
    private let upload: Mutex<SpoolUpload?>

    init(file: SpoolFile, maxSize: Int64) {
        self.file = file
        self.upload = Mutex(SpoolUpload(file: file, maxSize: maxSize))
    }

    /// Takes the next bytes; waits while the disk is more than a block behind.
    ///
    /// - Throws: `RegistryError` `.tooLarge` past the limit, `.unavailable` where other uploads fill the spool,
    ///   `.insufficientStorage` where the disk is full.
    public func write(_ chunk: ByteBuffer) async throws {
        var upload = try take()
        do {
            try await upload.append(chunk)
        } catch {
            file.discard()
            throw error
        }
        self.upload.withLock { $0 = upload }
    }

    /// Ends the upload and hands over the file, with the digests of all of its bytes.
    ///
    /// - Throws: What `write` does, and `CancellationError` where the task is cancelled: a sequence may just end then.
    public func finish() async throws -> SpooledFile {
        let upload = try take()
        do {
            return try await upload.finish()
        } catch {
            file.discard()
            throw error
        }
    }

    /// Gives the upload up; nothing happens where it has ended.
    public func cancel() {
        let running = upload.withLock { upload in
            defer { upload = nil }
            return upload
        }
        if running != nil { file.discard() }
    }

    deinit {
        cancel()
    }

    private func take() throws -> SpoolUpload {
        let taken = upload.withLock { upload in
            defer { upload = nil }
            return upload
        }
        guard let taken else {
            throw RegistryError(.internal, "The server mixed up an upload that had ended.")
        }
        return taken
    }
}

/// The bytes of an upload on their way to its file: one block being filled, and one at most being written.
struct SpoolUpload: Sendable {
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
        guard received <= maxSize else {
            throw RegistryError(.tooLarge, "The file is larger than \(maxSize) bytes, the most that is accepted here.")
        }
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
