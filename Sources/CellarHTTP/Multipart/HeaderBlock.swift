import NIOCore

/// Gathers one part's headers, up to the empty line that ends them.
struct HeaderBlock: Sendable {
    /// How many bytes are looked at in one go, so that little of a file's first bytes is copied in vain.
    private static let stride = 512

    private let limit: Int
    /// Begins with the end of the delimiter's line, so that a part without headers ends like the others.
    private var bytes = Array("\r\n".utf8)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes until the headers end, moving the chunk's reader index, and answers the lines without the empty one,
    /// or nil if the chunk is used up.
    mutating func next(in chunk: inout ByteBuffer) throws(MultipartError) -> [UInt8]? {
        while chunk.readableBytes > 0 {
            let known = bytes.count
            let length = min(Self.stride, chunk.readableBytes)
            bytes.append(contentsOf: chunk.readableBytesView.prefix(length))
            if let end = try end(startingAt: known) {
                chunk.moveReaderIndex(forwardBy: end - known)
                guard end - 2 <= limit else { throw .headersTooLarge(limit: limit) }
                return Array(bytes[2..<(end - 2)])
            }
            chunk.moveReaderIndex(forwardBy: length)
            guard bytes.count - 2 <= limit else { throw .headersTooLarge(limit: limit) }
        }
        return nil
    }

    /// The index behind the empty line, looked for among the bytes that are new.
    private func end(startingAt known: Int) throws(MultipartError) -> Int? {
        for index in known..<bytes.count where bytes[index] == UInt8(ascii: "\n") {
            guard bytes[index - 1] == UInt8(ascii: "\r") else { throw .bareLineFeed }
            if bytes[index - 3] == UInt8(ascii: "\r"), bytes[index - 2] == UInt8(ascii: "\n") { return index + 1 }
        }
        return nil
    }
}
