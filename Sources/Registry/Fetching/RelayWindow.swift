import NIOCore

/// The bytes of a fetch that cannot be spooled: what came in and has not reached every reader yet.
struct RelayWindow: Sendable {
    private var blocks: CircularBuffer<ByteBuffer> = []
    /// Where the first byte stands in the file.
    private(set) var start: Int64
    /// Bytes that are held.
    private(set) var count = 0

    init(start: Int64) {
        self.start = start
    }

    /// Where the first block ends, up to which every reader must come for it to leave.
    var firstEnd: Int64 { start + Int64(blocks.first?.readableBytes ?? 0) }

    /// Takes the next bytes.
    mutating func append(_ block: ByteBuffer) {
        guard block.readableBytes > 0 else { return }
        blocks.append(block)
        count += block.readableBytes
    }

    /// Up to `limit` bytes at a position that is held; nil if it is not.
    func bytes(at position: Int64, limit: Int) -> ByteBuffer? {
        guard position >= start else { return nil }
        var blockStart = start
        for block in blocks {
            let offset = Int(position - blockStart)
            if offset < block.readableBytes {
                let count = min(limit, block.readableBytes - offset)
                return block.getSlice(at: block.readerIndex + offset, length: count)
            }
            blockStart += Int64(block.readableBytes)
        }
        return nil
    }

    /// Forgets the blocks that end at or before a position.
    mutating func drop(before position: Int64) {
        while let first = blocks.first, start + Int64(first.readableBytes) <= position {
            start += Int64(first.readableBytes)
            count -= first.readableBytes
            blocks.removeFirst()
        }
    }
}
