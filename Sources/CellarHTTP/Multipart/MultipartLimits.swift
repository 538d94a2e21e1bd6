/// How much a multipart body may hold before it is refused; all sizes are in bytes.
package struct MultipartLimits: Hashable, Sendable {
    /// Bytes before the first boundary.
    package var preamble: Int
    /// Bytes after the closing boundary.
    package var epilogue: Int
    /// Bytes of one part's headers.
    package var headers: Int
    /// Number of parts, fields and files together.
    package var parts: Int
    /// Bytes of one field's value, unless ``fieldExceptions`` names the field.
    package var field: Int
    /// Bytes of the values of the fields that may be longer or must be shorter than ``field``.
    package var fieldExceptions: [String: Int]
    /// Bytes of all fields' names and values together.
    package var allFields: Int
    /// Bytes of all files together.
    package var files: Int64

    package init(
        preamble: Int = 4096,
        epilogue: Int = 4096,
        headers: Int = 8192,
        parts: Int = 2000,
        field: Int = 64 << 10,
        fieldExceptions: [String: Int] = ["description": 4 << 20, "attestations": 1 << 20],
        allFields: Int = 8 << 20,
        files: Int64 = .max
    ) {
        self.preamble = preamble
        self.epilogue = epilogue
        self.headers = headers
        self.parts = parts
        self.field = field
        self.fieldExceptions = fieldExceptions
        self.allFields = allFields
        self.files = files
    }

    /// The most bytes that the named field's value may have.
    package func limit(forField name: String) -> Int {
        fieldExceptions[name] ?? field
    }
}
