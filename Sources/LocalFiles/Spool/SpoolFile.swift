import Glibc
package import NIOCore
import NIOPosix
package import PackagingStandards
import Synchronization

/// A file in the spool that is written block by block. Every method blocks, except `discard`.
package final class SpoolFile: Sendable {
    private let path: String
    private let spool: Spool
    var threads: NIOThreadPool { spool.threads }
    private let state = Mutex(State())

    private struct State {
        /// The open file; made by the first block, so that beginning a file costs nothing.
        var descriptor: OpenFile?
        var hasher = FileHasher()
        /// Bytes for which room was taken.
        var size: Int64 = 0
        var isMade = false
        var isDiscarded = false
    }

    init(path: String, spool: Spool) {
        self.path = path
        self.spool = spool
    }

    /// Writes and hashes the next block.
    func append(_ block: ByteBuffer) throws {
        try state.withLock { state in
            try append(block, to: &state)
            state.hasher.update(block)
        }
    }

    /// Writes the next block, which the caller hashes; returns the open file, in which it can be read.
    package func write(_ block: ByteBuffer) throws -> OpenFile? {
        try state.withLock { state in
            try append(block, to: &state)
            return state.descriptor
        }
    }

    /// Hands the file over, whose bytes have these digests; it is discarded once nothing holds it.
    package func finish(digests: FileDigests) throws -> SpooledFile {
        try state.withLock { state in
            try handOver(ByteBuffer(), digests: digests, &state)
        }
    }

    /// Writes and hashes the last block and hands the file over, which is discarded once nothing holds it.
    func finish(with block: ByteBuffer) throws -> SpooledFile {
        try state.withLock { state in
            state.hasher.update(block)
            return try handOver(block, digests: state.hasher.finalize(), &state)
        }
    }

    /// Removes the file and gives its room back, on the thread pool, after the block that is being written.
    package func discard() {
        spool.threads.submit { _ in self.remove() }
    }

    /// Returns the error to throw for a failure.
    func failure(_ error: SpoolError) -> any Error { spool.failure(error) }

    /// Writes the last block, and hands the file over with what it is read through.
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
            // What cannot be removed now is removed when the spool is next opened.
            if state.isMade { try? spool.calls.unlink(AT_FDCWD, path) }
            spool.release(state.size)
        }
    }
}
