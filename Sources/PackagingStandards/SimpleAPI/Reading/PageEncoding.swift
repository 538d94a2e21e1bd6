/// The encoding of a page: UTF-8, whatever it says of itself.
enum PageEncoding {
    /// The page's bytes without a byte order mark, once they are known to be UTF-8 without NUL.
    static func checked(_ bytes: UnsafeRawBufferPointer) throws(SimplePageError) -> UnsafeRawBufferPointer {
        let isMarked = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        let text = isMarked ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
        let start = try endOfASCII(text)
        guard start < text.count else { return text }
        guard String(validating: text[start...], as: UTF8.self) != nil else {
            throw notUTF8
        }
        guard text.firstIndex(of: 0, from: start) == nil else { throw nulByte }
        return text
    }

    /// Why a page is refused that is not UTF-8.
    static let notUTF8 = SimplePageError("the page is not UTF-8")

    private static let nulByte = SimplePageError("the page has NUL bytes in it")

    /// Where the first byte beyond ASCII stands.
    private static func endOfASCII(_ text: UnsafeRawBufferPointer) throws(SimplePageError) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        var index = 0
        while index + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word & tops != 0 { break }
            if (word &- ones) & tops != 0 { throw nulByte }
            index += 8
        }
        while index < text.count, text[index] < 0x80 {
            if text[index] == 0 { throw nulByte }
            index += 1
        }
        return index
    }
}
