import Hummingbird
import LocalFiles
import NIOCore
import NIOPosix
import Registry
import Synchronization

/// Makes response bodies of open files, which are read in blocks on threads that may block.
struct FileBody: Sendable {
    let threads: NIOThreadPool
    /// Shared by all bodies, of whatever kind.
    private let memory: BodyMemory

    init(threads: NIOThreadPool, memory: BodyMemory = BodyMemory()) {
        self.threads = threads
        self.memory = memory
    }

    /// Returns the body for a range of a file; if it is sent piece by piece, the context observes how much is sent.
    ///
    /// Throws what storage throws if it cannot begin with the range.
    func body(
        of contents: ServableFile.Contents, range: Range<Int64>, _ context: CellarRequestContext
    ) async throws -> ResponseBody {
        switch contents {
        case .bytes(let bytes):
            let part = bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count)
            return ResponseBody(byteBuffer: part ?? ByteBuffer())
        case .stored(let file):
            switch file.contents {
            case .descriptor(let descriptor): return body(of: descriptor, range: range, context)
            case .stream(let open): return body(of: try await open(range), count: range.count, context)
            }
        case .offered:
            // `FileRoutes` opens it and sends the stream.
            return ResponseBody { _ in throw Self.unreadable(nil) }
        }
    }

    /// Returns the body for a file, or a part of it, that is still coming in; `length` is nil if it is unknown yet.
    func body(of stream: FileStream, length: Int?, _ context: CellarRequestContext) -> ResponseBody {
        context.observation.streamed(0)
        return ResponseBody(contentLength: length) { writer in
            memory.enter()
            defer { memory.leave() }
            try await stream.forEachBlock(upTo: { Int(memory.blockSize) }) { block in
                try await writer.write(block)
                try await context.keepPace()
                context.observation.streamed(block.readableBytes)
            }
            try await writer.finish(nil)
        }
    }

    /// Returns the body for a range of an open file.
    ///
    /// Writing it throws `RegistryError` `.internal` if storage fails, and what the connection throws if that fails.
    private func body(of file: OpenFile, range: Range<Int64>, _ context: CellarRequestContext) -> ResponseBody {
        context.observation.streamed(0)
        return ResponseBody(contentLength: range.count) { writer in
            memory.enter()
            defer { memory.leave() }
            var offset = range.lowerBound
            while offset < range.upperBound {
                let end = min(offset + memory.blockSize, range.upperBound)
                let block = try await read(file, offset..<end)
                offset += Int64(block.readableBytes)
                try await writer.write(block)
                try await context.keepPace()
                context.observation.streamed(block.readableBytes)
            }
            try await writer.finish(nil)
        }
    }

    /// Returns the body for so many bytes that come from another machine.
    private func body(
        of stream: AsyncThrowingStream<ByteBuffer, any Error>, count: Int, _ context: CellarRequestContext
    ) -> ResponseBody {
        context.observation.streamed(0)
        return ResponseBody(contentLength: count) { writer in
            var rest = count
            for try await block in stream {
                rest -= block.readableBytes
                guard rest >= 0 else { throw Self.unreadable(nil) }
                try await writer.write(block)
                try await context.keepPace()
                context.observation.streamed(block.readableBytes)
            }
            guard rest == 0 else { throw Self.unreadable(nil) }
            try await writer.finish(nil)
        }
    }

    private func read(_ descriptor: OpenFile, _ range: Range<Int64>) async throws -> ByteBuffer {
        try await threads.runIfActive { try Self.read(descriptor, range) }
    }

    /// Reads a block; throws if the file ends before it, because it has become shorter.
    private static func read(_ descriptor: OpenFile, _ range: Range<Int64>) throws -> ByteBuffer {
        let block: ByteBuffer
        do {
            block = try descriptor.read(range)
        } catch {
            throw unreadable(error)
        }
        guard block.readableBytes > 0 else { throw unreadable(nil) }
        return block
    }

    private static func unreadable(_ cause: (any Error)?) -> RegistryError {
        RegistryError(.internal, "A stored file could not be read to its end: its download was cut off.", cause: cause)
    }
}

/// Bounds what bodies that are read in blocks hold in memory together, however many clients read slowly.
///
/// If few bodies are read, their blocks are large; many share the bound, down to a smallest block.
final class BodyMemory: Sendable {
    /// Bytes of all blocks together, for up to `bound / smallestBlock` bodies.
    static let bound: Int64 = 3 << 20
    /// Encrypted, it fits a buffer of 256 KiB: buffers grow by doubling.
    static let largestBlock: Int64 = 240 << 10
    static let smallestBlock: Int64 = 16 << 10

    private let bodies = Atomic<Int64>(0)

    /// How many bytes a body may read next.
    var blockSize: Int64 {
        let share = Self.bound / max(1, bodies.load(ordering: .relaxed))
        return min(Self.largestBlock, max(Self.smallestBlock, share))
    }

    /// Counts a body among those that share the bound, until `leave`.
    func enter() {
        bodies.add(1, ordering: .relaxed)
    }

    /// Ends what `enter` began.
    func leave() {
        bodies.subtract(1, ordering: .relaxed)
    }
}
