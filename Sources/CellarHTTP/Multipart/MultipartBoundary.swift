/// The boundary of a multipart/form-data body, as its `Content-Type` announces it (RFC 2046 §5.1.1).
package struct MultipartBoundary: Hashable, Sendable {
    /// One to seventy of the characters that RFC 2046 allows, not ending in a space.
    package let text: String

    /// Checks a bare boundary.
    ///
    /// - Throws: `invalidBoundary`.
    package init(_ text: String) throws(MultipartError) {
        guard (1...70).contains(text.utf8.count), text.utf8.last != UInt8(ascii: " "), text.utf8.allSatisfy(Self.allows)
        else { throw .invalidBoundary }
        self.text = text
    }

    /// Reads the boundary out of a `Content-Type` header field's value.
    ///
    /// Characters that RFC 2046 wants quoted are also read without quotes, because clients send them so.
    ///
    /// - Throws: `notFormData` for another media type or none, `invalidBoundary` for a missing, repeated or impossible
    ///   boundary.
    package init(contentType: String?) throws(MultipartError) {
        guard let contentType, let value = HeaderValue(parsing: contentType.utf8),
            value.isToken("multipart/form-data")
        else { throw .notFormData }
        let boundaries = value.parameters.filter { $0.name == "boundary" }
        guard boundaries.count == 1, let boundary = boundaries.first?.value else { throw .invalidBoundary }
        try self.init(boundary)
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        // ' ( ) + , - . / : = ? _ and space
        case 0x27, 0x28, 0x29, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x3A, 0x3D, 0x3F, 0x5F, 0x20: true
        default: false
        }
    }
}
