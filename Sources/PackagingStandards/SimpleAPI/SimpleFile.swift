/// A distribution file on a project's page of the simple API (PEP 503, 691, 700).
public struct SimpleFile: Hashable, Sendable {
    /// Whether a file was yanked (PEP 592).
    public enum Yanked: Hashable, Sendable {
        case no
        /// Yanked; an empty reason counts as none.
        case yes(reason: String?)
    }

    /// Whether the file's core metadata is available at its address plus `.metadata` (PEP 658, 714).
    public enum CoreMetadata: Hashable, Sendable {
        case none
        /// Available, with an unknown digest.
        case unhashed
        /// Available, with this SHA-256 of the metadata (not of the file) in lowercase hexadecimal digits.
        case sha256(String)
    }

    /// A digest of the file other than SHA-256.
    public struct Digest: Hashable, Sendable {
        /// The algorithm by its name in `hashlib`, such as `md5`.
        public var algorithm: String
        /// The digest in lowercase hexadecimal digits.
        public var hex: String

        public init(algorithm: String, hex: String) {
            self.algorithm = algorithm
            self.hex = hex
        }
    }

    /// Everything that a page says of a file.
    private struct Fields: Hashable, Sendable {
        var filename: String
        var url: String
        var sha256: String?
        var otherDigests: [Digest]
        var requiresPython: String?
        var size: Int64?
        var uploadTime: Timestamp?
        var yanked: Yanked
        var coreMetadata: CoreMetadata
        var provenance: String?
    }

    /// An object with the fields, so that to copy a file costs one reference: pages of thousands are copied.
    private final class Box: Sendable {
        let fields: Fields

        init(_ fields: Fields) {
            self.fields = fields
        }
    }

    private var box: Box

    public init(
        filename: String,
        url: String,
        sha256: String?,
        otherDigests: [Digest] = [],
        requiresPython: String? = nil,
        size: Int64?,
        uploadTime: Timestamp?,
        yanked: Yanked = .no,
        coreMetadata: CoreMetadata = .none,
        provenance: String? = nil
    ) {
        box = Box(
            Fields(
                filename: filename, url: url, sha256: sha256, otherDigests: otherDigests,
                requiresPython: requiresPython, size: size, uploadTime: uploadTime, yanked: yanked,
                coreMetadata: coreMetadata, provenance: provenance))
    }
}

extension SimpleFile {
    public var filename: String {
        get { box.fields.filename }
        set { change { $0.filename = newValue } }
    }

    /// The file's address, percent-encoded, without a fragment: absolute, or relative to the page's address.
    public var url: String {
        get { box.fields.url }
        set { change { $0.url = newValue } }
    }

    /// In lowercase hexadecimal digits; nil if an upstream does not say it.
    public var sha256: String? {
        get { box.fields.sha256 }
        set { change { $0.sha256 = newValue } }
    }

    public var otherDigests: [Digest] {
        get { box.fields.otherDigests }
        set { change { $0.otherDigests = newValue } }
    }

    /// The file's Requires-Python, as written in its metadata.
    public var requiresPython: String? {
        get { box.fields.requiresPython }
        set { change { $0.requiresPython = newValue } }
    }

    /// In bytes; nil if an upstream does not say it.
    public var size: Int64? {
        get { box.fields.size }
        set { change { $0.size = newValue } }
    }

    /// Nil if an upstream does not say it.
    public var uploadTime: Timestamp? {
        get { box.fields.uploadTime }
        set { change { $0.uploadTime = newValue } }
    }

    public var yanked: Yanked {
        get { box.fields.yanked }
        set { change { $0.yanked = newValue } }
    }

    public var coreMetadata: CoreMetadata {
        get { box.fields.coreMetadata }
        set { change { $0.coreMetadata = newValue } }
    }

    /// The address of the file's provenance (PEP 740), percent-encoded: absolute, or relative to the page's address.
    public var provenance: String? {
        get { box.fields.provenance }
        set { change { $0.provenance = newValue } }
    }

    /// Returns the file at another address and with other core metadata.
    public func placed(at url: String, coreMetadata: CoreMetadata) -> SimpleFile {
        var file = self
        file.change { fields in
            fields.url = url
            fields.coreMetadata = coreMetadata
        }
        return file
    }

    public static func == (one: SimpleFile, other: SimpleFile) -> Bool {
        one.box === other.box || one.box.fields == other.box.fields
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(box.fields)
    }

    private mutating func change(_ change: (inout Fields) -> Void) {
        var fields = box.fields
        change(&fields)
        box = Box(fields)
    }
}
