import PackagingStandards

/// The fields of an upload, but for the file's bytes (the legacy upload API).
public struct UploadForm: Sendable {
    /// The file name that the client gave.
    public let filename: String
    private let fields: [String: [String]]

    /// Makes a form from fields in the order in which they were sent.
    public init(filename: String, fields: [(name: String, value: String)]) {
        self.filename = filename
        self.fields = Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }
    }

    /// The value of a field that may be sent once; nil where it is absent, empty, or the `UNKNOWN` of old setuptools.
    ///
    /// Throws `.invalidRequest` where it was sent more than once.
    public func single(_ name: String) throws -> String? {
        guard let values = fields[name] else { return nil }
        guard values.count == 1 else {
            throw RegistryError(.invalidRequest, "The field \(name) was sent \(values.count) times; send it once.")
        }
        let value = values[0]
        return value.isEmpty || value == "UNKNOWN" ? nil : value
    }

    /// The same for a value that may have so many bytes at most. Throws `.invalidRequest`.
    func single(_ name: String, atMost bound: Int) throws -> String? {
        guard let value = try single(name) else { return nil }
        guard value.utf8.count <= bound else {
            throw RegistryError(
                .invalidRequest,
                "The field \(name) has \(value.utf8.count) bytes; \(bound) are the most that are accepted.")
        }
        return value
    }

    /// The value of a field that must be sent, of so many bytes at most. Throws `.invalidRequest`.
    func required(_ name: String, atMost bound: Int = FieldBound.line) throws -> String {
        guard let value = try single(name, atMost: bound) else {
            throw RegistryError(.invalidRequest, "The field \(name) is missing.")
        }
        return value
    }
}
