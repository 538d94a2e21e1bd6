package import NIOCore

/// A form field that arrived whole.
package struct MultipartField: Hashable, Sendable {
    /// The field's name; not empty, without control characters.
    package let name: String
    /// The value's bytes, in memory of their own.
    package let value: ByteBuffer

    package init(name: String, value: ByteBuffer) {
        self.name = name
        self.value = value
    }

    /// Returns the value as text.
    ///
    /// - Throws: `fieldNotText` if it isn't UTF-8.
    package func text() throws(MultipartError) -> String {
        guard let text = value.withUnsafeReadableBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw .fieldNotText(field: name)
        }
        return text
    }
}

/// The head of a file whose bytes follow.
package struct MultipartFile: Hashable, Sendable {
    /// The name of the form's field, such as `content`.
    package let field: String
    /// The file name exactly as the client sent it: without control characters, otherwise unchecked, possibly empty.
    package let filename: String

    package init(field: String, filename: String) {
        self.field = field
        self.filename = filename
    }
}
