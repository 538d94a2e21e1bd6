import NIOCore
import Registry
import Synchronization

/// A file's body that is handed out in blocks of 64 KiB at most.
struct InMemoryBody: AsyncSequence, Sendable {
    /// Tells once when the body is read to its end or dropped.
    private final class Ending: Sendable {
        private let isOver = Mutex(false)
        private let tell: @Sendable () -> Void

        init(_ tell: @escaping @Sendable () -> Void) {
            self.tell = tell
        }

        func finish() {
            let isFirst = isOver.withLock { isOver in
                defer { isOver = true }
                return !isOver
            }
            if isFirst { tell() }
        }

        deinit { finish() }
    }

    private let bytes: ByteBuffer
    private let range: Range<Int64>
    private let slowBody: SlowBody?
    private let breaksAt: (position: Int64, error: UpstreamError)?
    private let count: @Sendable (Int) -> Void
    private let ending: Ending

    init(
        bytes: ByteBuffer, range: Range<Int64>, slowBody: SlowBody?, breaksAt: (Int64, UpstreamError)?,
        count: @escaping @Sendable (Int) -> Void, end: @escaping @Sendable () -> Void
    ) {
        self.bytes = bytes
        self.range = range
        self.slowBody = slowBody
        self.breaksAt = breaksAt
        self.count = count
        ending = Ending(end)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let body: InMemoryBody
        fileprivate var position: Int64

        mutating func next() async throws -> ByteBuffer? {
            do {
                let chunk = try await chunk()
                if chunk == nil { body.ending.finish() }
                return chunk
            } catch {
                body.ending.finish()
                throw error
            }
        }

        private mutating func chunk() async throws -> ByteBuffer? {
            try Task.checkCancellation()
            var end = Swift.min(position + 64 * 1024, body.range.upperBound)
            if let (cut, error) = body.breaksAt {
                guard position < cut else { throw error }
                end = Swift.min(end, cut)
            }
            guard position < end else { return nil }
            if let slowBody = body.slowBody { end = Swift.min(end, try await slowBody.bytes(behind: position)) }
            let chunk = body.bytes.getSlice(
                at: body.bytes.readerIndex + Int(position), length: Int(end - position))
            position = end
            body.count(chunk?.readableBytes ?? 0)
            return chunk
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: self, position: range.lowerBound)
    }
}
