/// A text as written on a page, perhaps with escapes; valid only as long as the page's bytes are.
struct RawText {
    enum Escapes {
        case none
        case json
        case html
    }

    let bytes: UnsafeRawBufferPointer
    let escapes: Escapes

    /// The decoded text.
    var string: String {
        withDecodedBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Passes the decoded bytes to a closure.
    func withDecodedBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let decoded: [UInt8]
        switch escapes {
        case .none: return try body(bytes)
        case .json: decoded = JSONReader.unescaped(bytes)
        case .html: decoded = HTMLEntities.decoded(bytes)
        }
        return try decoded.withRawBytes(body)
    }

    /// Returns whether the decoded text is this one.
    func isEqual(to text: StaticString) -> Bool {
        if escapes == .none { return bytes.isEqual(to: text) }
        return withDecodedBytes { $0.isEqual(to: text) }
    }

    /// Returns whether both texts are written alike.
    func isWritten(as other: RawText) -> Bool {
        escapes == other.escapes && bytes.isEqual(to: other.bytes)
    }
}
