#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The inflated bytes of a .gz file, block by block, under the archive's limits.
///
/// Members that follow each other are one stream (RFC 1952 §2.2); any other byte after a member is refused. Owns its
/// buffers; blocking; not `Sendable`: one thread at a time.
final class GzipStream {
    private let window: ByteWindow
    private let inflater: Inflater
    private let limits: ArchiveLimits
    private let output: UnsafeMutableRawBufferPointer
    private var offset: Int64 = 0
    private var isInMember = false
    /// How many bytes were inflated so far.
    private(set) var position: Int64 = 0
    /// Where the last byte that isn't zero ends: a tar has only zeros after its end.
    private(set) var contentEnd: Int64 = 0

    init(_ bytes: any RandomAccessBytes, limits: ArchiveLimits) throws(ArchiveError) {
        guard let inflater = Inflater(format: .gzip) else {
            throw ArchiveError("zlib has no memory", kind: .unreadable)
        }
        self.inflater = inflater
        self.limits = limits
        window = ByteWindow(bytes)
        output = .allocate(byteCount: 256 * 1024, alignment: 16)
    }

    deinit { output.deallocate() }

    /// The next block, valid until the next call; empty at the end.
    ///
    /// - Throws: `ArchiveError` for damage, missing ends, bytes behind, and for a bomb as soon as it shows.
    func next() throws(ArchiveError) -> UnsafeRawBufferPointer {
        while true {
            if !isInMember {
                if offset > 0 && offset == window.size { return UnsafeRawBufferPointer(start: nil, count: 0) }
                try startMember()
            }
            let left = window.size - offset
            let input =
                left > 0 ? try window.some(at: offset, limit: left) : UnsafeRawBufferPointer(start: nil, count: 0)
            let step: Inflater.Step
            do {
                step = try inflater.inflate(input, into: output)
            } catch {
                throw ArchiveError("the file's gzip stream is damaged")
            }
            offset += Int64(step.consumed)
            isInMember = !step.isFinished
            guard step.isFinished || step.consumed > 0 || step.produced > 0 else {
                throw ArchiveError("the file is cut short: its gzip stream has no end")
            }
            if step.produced > 0 { return try counted(UnsafeRawBufferPointer(rebasing: output[..<step.produced])) }
        }
    }

    private func startMember() throws(ArchiveError) {
        let magic = window.size - offset >= 2 ? try window.exactly(2, at: offset) : nil
        guard let magic, magic[0] == 0x1f, magic[1] == 0x8b else {
            throw ArchiveError(
                offset == 0
                    ? "the file is empty or not compressed with gzip"
                    : "the file has other bytes after the end of its gzip stream")
        }
        inflater.reset()
        isInMember = true
    }

    /// A block whose first byte is zero and which is the same when shifted by one holds nothing else.
    private static func isZero(_ block: UnsafeRawBufferPointer) -> Bool {
        guard let start = block.baseAddress, block.first == 0 else { return false }
        return memcmp(start, start + 1, block.count - 1) == 0
    }

    private func counted(_ block: UnsafeRawBufferPointer) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if !Self.isZero(block), let last = block.lastIndex(where: { $0 != 0 }) {
            contentEnd = position + Int64(last) + 1
        }
        position += Int64(block.count)
        try limits.checkSize(uncompressed: position, archiveSize: window.size)
        return block
    }
}
