import PackagingStandards

/// The fields of an upload, but for the file's bytes (the legacy upload API).
public struct UploadForm: Sendable {
    /// The file name that the client gave.
    public let filename: String
    private let fields: [String: [String]]

    /// The fields that are looked at; what clients send besides is in the core metadata of the file too.
    private static let read: Set<String> = [
        ":action", "protocol_version", "name", "version", "filetype", "requires_python", "sha256_digest", "md5_digest",
        "blake2_256_digest", "attestations",
        // Sent as a field by mistake.
        "content",
    ]

    /// Whether a field is looked at: any other may be dropped as it comes in.
    public static func isRead(_ name: String) -> Bool { read.contains(name) }

    /// Makes a form from fields in the order in which they were sent.
    public init(filename: String, fields: [(name: String, value: String)]) {
        self.filename = filename
        self.fields = Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }
    }

    /// The value of a field that may be sent once; nil if it is absent, empty, or the `UNKNOWN` of old setuptools.
    ///
    /// Throws `.invalidRequest` if it was sent more than once.
    public func single(_ name: String) throws -> String? {
        assert(Self.isRead(name), "\(name) is dropped before it could be read here")
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
