/// One distribution file on a project's page of the simple API (PEP 503, 691, 700).
public struct SimpleFile: Hashable, Sendable {
    /// Whether a file was yanked (PEP 592).
    public enum Yanked: Hashable, Sendable {
        case no
        /// An empty reason counts as none.
        case yes(reason: String?)
    }

    /// Whether the file's core metadata can be had under its address plus `.metadata` (PEP 658, 714).
    public enum CoreMetadata: Hashable, Sendable {
        case none
        /// It can, and its digest isn't known.
        case unhashed
        /// It can, with this SHA-256 in lower-case hexadecimal digits: the metadata's, not the file's.
        case sha256(String)
    }

    /// A digest of the file other than SHA-256.
    public struct Digest: Hashable, Sendable {
        /// As `hashlib` names it, such as `md5`.
        public var algorithm: String
        /// In lower-case hexadecimal digits.
        public var hex: String

        public init(algorithm: String, hex: String) {
            self.algorithm = algorithm
            self.hex = hex
        }
    }

    public var filename: String
    /// The file's address, percent-encoded, without a fragment; relative to the page's, unless absolute.
    public var url: String
    /// In lower-case hexadecimal digits; nil where an upstream doesn't tell.
    public var sha256: String?
    public var otherDigests: [Digest]
    /// The file's Requires-Python, as it stands in its metadata.
    public var requiresPython: String?
    /// In bytes; nil where an upstream doesn't tell.
    public var size: Int64?
    /// Nil where an upstream doesn't tell.
    public var uploadTime: Timestamp?
    public var yanked: Yanked
    public var coreMetadata: CoreMetadata
    /// The absolute address of the file's provenance (PEP 740).
    public var provenance: String?

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
        self.filename = filename
        self.url = url
        self.sha256 = sha256
        self.otherDigests = otherDigests
        self.requiresPython = requiresPython
        self.size = size
        self.uploadTime = uploadTime
        self.yanked = yanked
        self.coreMetadata = coreMetadata
        self.provenance = provenance
    }
}
