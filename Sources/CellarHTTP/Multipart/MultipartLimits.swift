/// How much a multipart body may hold before it is refused; all sizes are in bytes.
package struct MultipartLimits: Hashable, Sendable {
    /// Bytes before the first boundary.
    package var preamble: Int
    /// Bytes after the closing boundary.
    package var epilogue: Int
    /// Bytes of one part's headers.
    package var headers: Int
    /// Bytes of one field's value, unless ``fieldExceptions`` names the field.
    package var field: Int
    /// Bytes of the values of the fields that may be longer or must be shorter than ``field``.
    package var fieldExceptions: [String: Int]
    /// Bytes of all parts but ``mainFile`` together, their headers included.
    package var allFields: Int
    /// The field of the one file that is wanted.
    package var mainFile: String
    /// Bytes of that file; of all of them together, if it is sent again.
    package var files: Int64
    /// Bytes of any other file.
    package var otherFile: Int

    package init(
        preamble: Int = 4096,
        epilogue: Int = 4096,
        headers: Int = 8192,
        field: Int = 4 << 20,
        fieldExceptions: [String: Int] = [:],
        allFields: Int = 16 << 20,
        mainFile: String = "content",
        files: Int64 = .max,
        otherFile: Int = 1 << 20
    ) {
        self.preamble = preamble
        self.epilogue = epilogue
        self.headers = headers
        self.field = field
        self.fieldExceptions = fieldExceptions
        self.allFields = allFields
        self.mainFile = mainFile
        self.files = files
        self.otherFile = otherFile
    }

    /// Returns the most bytes that the named field's value may have.
    package func limit(forField name: String) -> Int {
        fieldExceptions[name] ?? field
    }
}
