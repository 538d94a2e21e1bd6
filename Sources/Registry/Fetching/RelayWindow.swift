import NIOCore

/// The bytes of a fetch that cannot be spooled: received, and not read by every reader yet.
struct RelayWindow: Sendable {
    private var blocks: CircularBuffer<ByteBuffer> = []
    /// The position of the first byte in the file.
    private(set) var start: Int64
    /// The number of bytes.
    private(set) var count = 0

    init(start: Int64) {
        self.start = start
    }

    /// Where the first block ends, up to which every reader must have read before it is dropped.
    var firstEnd: Int64 { start + Int64(blocks.first?.readableBytes ?? 0) }

    /// Appends the next bytes.
    mutating func append(_ block: ByteBuffer) {
        guard block.readableBytes > 0 else { return }
        blocks.append(block)
        count += block.readableBytes
    }

    /// Returns up to `limit` bytes at a position, or nil if they are not there.
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

    /// Drops the blocks that end at or before a position.
    mutating func drop(before position: Int64) {
        while let first = blocks.first, start + Int64(first.readableBytes) <= position {
            start += Int64(first.readableBytes)
            count -= first.readableBytes
            blocks.removeFirst()
        }
    }
}
