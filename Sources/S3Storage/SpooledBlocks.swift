import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Synchronization

/// A range of a spooled file, read block by block on threads that may block.
struct SpooledBlocks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// Why the file could not be read: it is no fault of the connection on which its bytes were sent.
    final class Fault: Sendable {
        private let error = Mutex<(any Error)?>(nil)

        var found: (any Error)? { error.withLock { $0 } }

        fileprivate func note(_ found: any Error) { error.withLock { $0 = found } }
    }

    /// The file ended before its own size.
    struct Short: Error {}

    private static let blockSize: Int64 = 256 << 10

    let file: SpooledFile
    let range: Range<Int64>
    let threads: NIOThreadPool
    let fault: Fault

    func makeAsyncIterator() -> Iterator {
        Iterator(blocks: self, offset: range.lowerBound)
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let blocks: SpooledBlocks
        fileprivate var offset: Int64

        mutating func next() async throws -> ByteBuffer? {
            guard offset < blocks.range.upperBound else { return nil }
            let end = Swift.min(offset + SpooledBlocks.blockSize, blocks.range.upperBound)
            do {
                let block = try await blocks.threads.runIfActive { [blocks, offset] in
                    try blocks.file.block(offset..<end)
                }
                offset = end
                return block
            } catch {
                blocks.fault.note(error)
                throw error
            }
        }
    }

    /// Returns the digests of the range.
    func digests() async throws -> PayloadDigests {
        var hasher = PayloadHasher()
        for try await block in self { block.withUnsafeReadableBytes { hasher.update($0) } }
        return hasher.finalize()
    }
}

extension SpooledFile {
    /// Returns exactly the bytes of a range. Blocks.
    fileprivate func block(_ range: Range<Int64>) throws -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: range.count)
        try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { space in
            var done = 0
            while done < range.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: space[done..<range.count])
                let count = try read(at: range.lowerBound + Int64(done), into: rest)
                guard count > 0 else { throw SpooledBlocks.Short() }
                done += count
            }
            return done
        }
        return bytes
    }
}
