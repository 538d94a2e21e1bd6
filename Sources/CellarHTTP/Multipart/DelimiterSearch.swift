import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds a multipart delimiter (CR LF, two dashes, the boundary) in a stream of chunks that may split it anywhere.
///
/// Nothing is copied: what is held back at the end of a chunk because it could begin a delimiter equals the
/// delimiter's own first bytes, so that only their number is remembered. A carriage return occurs in a delimiter at
/// its beginning alone; where a match that had begun breaks off, no other can have begun inside it.
struct DelimiterSearch: Sendable {
    enum Step: Hashable {
        /// These bytes come before the delimiter.
        case data(ByteBuffer)
        /// The delimiter has been taken.
        case delimiter
        /// The chunk is used up.
        case needsMore
    }

    private let delimiter: ByteBuffer
    /// How many of the delimiter's first bytes have been held back.
    private var matched = 0
    /// How many of those were only supposed, and are no data if the match breaks off.
    private var supposed = 0

    /// Begins at a line's start.
    init(boundary: MultipartBoundary) {
        delimiter = ByteBuffer(string: "\r\n--" + boundary.text)
        beginAtLineStart()
    }

    /// Goes on as if a line had just ended: a body may begin with its first boundary, and a part whose headers are all
    /// that it has is followed by the next one's.
    mutating func beginAtLineStart() {
        matched = 2
        supposed = 2
    }

    /// Takes the next step in a chunk, moving its reader index.
    mutating func next(in chunk: inout ByteBuffer) -> Step {
        if matched > 0, let step = finishMatch(in: &chunk) { return step }
        if chunk.readableBytes == 0 { return .needsMore }
        switch firstIndex(in: chunk) {
        case 0:
            chunk.moveReaderIndex(forwardBy: delimiter.readableBytes)
            return .delimiter
        case let index?:
            return .data(chunk.readSlice(length: index) ?? ByteBuffer())
        case nil:
            matched = heldBackLength(of: chunk)
            let data = chunk.readSlice(length: chunk.readableBytes - matched) ?? ByteBuffer()
            chunk.moveReaderIndex(to: chunk.writerIndex)
            return data.readableBytes == 0 ? .needsMore : .data(data)
        }
    }

    /// Goes on with a match that earlier chunks began; answers nil where the search has to begin anew.
    private mutating func finishMatch(in chunk: inout ByteBuffer) -> Step? {
        let length = min(delimiter.readableBytes - matched, chunk.readableBytes)
        guard length > 0 else { return .needsMore }
        guard isDelimiter(from: matched, length: length, at: 0, of: chunk) else {
            let held = delimiter.getSlice(at: supposed, length: matched - supposed)
            matched = 0
            supposed = 0
            return held.flatMap { $0.readableBytes == 0 ? nil : .data($0) }
        }
        chunk.moveReaderIndex(forwardBy: length)
        matched += length
        guard matched == delimiter.readableBytes else { return .needsMore }
        matched = 0
        supposed = 0
        return .delimiter
    }

    /// The index, from the reader index, of the first whole delimiter.
    ///
    /// Leaps from carriage return to carriage return: compressed data has one in 256 bytes.
    private func firstIndex(in chunk: ByteBuffer) -> Int? {
        chunk.withUnsafeReadableBytes { bytes in
            delimiter.withUnsafeReadableBytes { needle in
                guard let start = bytes.baseAddress, let needleStart = needle.baseAddress else { return nil }
                var rest = start
                var length = bytes.count
                while length >= needle.count {
                    guard let found = memchr(rest, 0x0D, length - needle.count + 1) else { return nil }
                    let candidate = UnsafeRawPointer(found)
                    if memcmp(candidate, needleStart, needle.count) == 0 { return candidate - start }
                    length -= candidate - rest + 1
                    rest = candidate + 1
                }
                return nil
            }
        }
    }

    /// The length of the chunk's end that could begin a delimiter.
    private func heldBackLength(of chunk: ByteBuffer) -> Int {
        let window = min(chunk.readableBytes, delimiter.readableBytes - 1)
        let tail = chunk.readableBytesView.suffix(window)
        guard let index = tail.lastIndex(of: UInt8(ascii: "\r")) else { return 0 }
        let length = tail.endIndex - index
        return isDelimiter(from: 0, length: length, at: chunk.readableBytes - length, of: chunk) ? length : 0
    }

    private func isDelimiter(from offset: Int, length: Int, at index: Int, of chunk: ByteBuffer) -> Bool {
        chunk.withUnsafeReadableBytes { bytes in
            delimiter.withUnsafeReadableBytes { needle in
                guard let bytes = bytes.baseAddress, let needle = needle.baseAddress else { return length == 0 }
                return memcmp(bytes + index, needle + offset, length) == 0
            }
        }
    }
}
