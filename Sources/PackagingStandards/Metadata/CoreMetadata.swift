/// The core metadata of a distribution file: the content of `METADATA` or `PKG-INFO`, versions 1.0 to 2.6 and any later
/// one of the form `N.M`.
///
/// Reading is lenient, as PyPI's history wants it: nothing but the three required fields has to be there, values are
/// kept as written, and fields that no specification knows are kept in ``otherFields``. Whether `name` and `version`
/// are valid, and whether a field is allowed in that metadata version, is for the caller to judge.
///
/// Text is UTF-8 or, field by field, Latin-1 where it isn't. Line ends are LF. An empty field counts as left out. Where
/// a field that may be given once is given twice, the first counts.
public struct CoreMetadata: Sendable, Hashable {
    /// A label and an address (`Project-URL`).
    public struct ProjectURL: Sendable, Hashable {
        /// The label as written.
        public let label: String
        /// The address as written; empty if the field had no comma.
        public let url: String
    }

    /// A field that this type has no property for.
    public struct Field: Sendable, Hashable {
        /// The name as written.
        public let name: String
        /// The value, on a single line.
        public let value: String
    }

    /// The most bytes that a text may have, unless the caller says otherwise: 16 MiB.
    public static let defaultMaximumSize = 16 << 20
    /// The most header fields that a text may have.
    public static let maximumFields = 65_536

    /// `Metadata-Version`, of the form `N.M`.
    public let metadataVersion: String
    /// `Name` as written.
    public let name: String
    /// `Version` as written.
    public let version: String

    /// `Dynamic` (2.2): the names of fields that may differ in the wheels built from this source distribution; from
    /// 2.6 on, wheels may only add to those (PEP 808).
    public let dynamic: [String]
    /// `Platform`.
    public let platforms: [String]
    /// `Supported-Platform`.
    public let supportedPlatforms: [String]
    /// `Summary`.
    public let summary: String?
    /// `Description`: the body, or else the field without the indentation of its folding.
    public let description: String?
    /// `Description-Content-Type` (2.1).
    public let descriptionContentType: String?
    /// `Keywords`, parted at commas.
    public let keywords: [String]
    /// `Home-page`.
    public let homePage: String?
    /// `Download-URL`.
    public let downloadURL: String?
    /// `Author`.
    public let author: String?
    /// `Author-email`.
    public let authorEmail: String?
    /// `Maintainer`.
    public let maintainer: String?
    /// `Maintainer-email`.
    public let maintainerEmail: String?
    /// `License`, which may have several lines.
    public let license: String?
    /// `License-Expression` (2.4, PEP 639).
    public let licenseExpression: String?
    /// `License-File` (2.4, PEP 639).
    public let licenseFiles: [String]
    /// `Classifier`.
    public let classifiers: [String]
    /// `Requires-Dist`, as written.
    public let requiresDist: [String]
    /// `Requires-Python`, as written.
    public let requiresPython: String?
    /// `Requires-External`.
    public let requiresExternal: [String]
    /// `Project-URL`, in the order written.
    public let projectURLs: [ProjectURL]
    /// `Provides-Extra`, as written.
    public let providesExtra: [String]
    /// `Provides-Dist`.
    public let providesDist: [String]
    /// `Obsoletes-Dist`.
    public let obsoletesDist: [String]
    /// `Requires` (1.1, deprecated).
    public let requires: [String]
    /// `Provides` (1.1, deprecated).
    public let provides: [String]
    /// `Obsoletes` (1.1, deprecated).
    public let obsoletes: [String]
    /// `Import-Name` (2.5, PEP 794); nil if the field is left out, empty if it says that there are none.
    public let importNames: [String]?
    /// `Import-Namespace` (2.5, PEP 794).
    public let importNamespaces: [String]

    /// The fields that have no property here, in the order written.
    public let otherFields: [Field]

    /// Reads core metadata.
    ///
    /// Time and memory are proportional to the number of bytes, of which there may be `maximumSize`. Throws
    /// ``CoreMetadataError`` where a limit is passed, `Metadata-Version` is malformed, or one of `Metadata-Version`,
    /// `Name` and `Version` is missing or given twice with different values.
    public init(
        parsing bytes: [UInt8], maximumSize: Int = CoreMetadata.defaultMaximumSize
    ) throws(CoreMetadataError) {
        guard bytes.count <= maximumSize else { throw .tooLarge(limit: maximumSize) }
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let message = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes[...]
        let block = try HeaderBlock(parsing: message, maximumFields: Self.maximumFields)
        var fields = MetadataFields(block.fields)

        metadataVersion = try fields.required("Metadata-Version")
        guard Self.isWellFormed(metadataVersion: metadataVersion) else {
            throw .malformedMetadataVersion(metadataVersion)
        }
        name = try fields.required("Name")
        version = try fields.required("Version")

        dynamic = fields.list("Dynamic")
        platforms = fields.list("Platform")
        supportedPlatforms = fields.list("Supported-Platform")
        summary = fields.single("Summary")
        let descriptionField = fields.text("Description")
        let body = MetadataText.body(block.body)
        description = body.utf8.allSatisfy { $0 <= ASCII.space } ? descriptionField : body
        descriptionContentType = fields.single("Description-Content-Type")
        keywords = Self.keywords(fields.single("Keywords"))
        homePage = fields.single("Home-page")
        downloadURL = fields.single("Download-URL")
        author = fields.single("Author")
        authorEmail = fields.single("Author-email")
        maintainer = fields.single("Maintainer")
        maintainerEmail = fields.single("Maintainer-email")
        license = fields.text("License")
        licenseExpression = fields.single("License-Expression")
        licenseFiles = fields.list("License-File")
        classifiers = fields.list("Classifier")
        requiresDist = fields.list("Requires-Dist")
        requiresPython = fields.single("Requires-Python")
        requiresExternal = fields.list("Requires-External")
        projectURLs = fields.list("Project-URL").map(ProjectURL.init(parsing:))
        providesExtra = fields.list("Provides-Extra")
        providesDist = fields.list("Provides-Dist")
        obsoletesDist = fields.list("Obsoletes-Dist")
        requires = fields.list("Requires")
        provides = fields.list("Provides")
        obsoletes = fields.list("Obsoletes")
        importNames = fields.isPresent("Import-Name") ? fields.list("Import-Name") : nil
        importNamespaces = fields.list("Import-Namespace")
        otherFields = fields.others()
    }
}

extension CoreMetadata {
    /// `Name` in its normal form; nil if it is no valid project name.
    public var normalizedName: NormalizedName? { NormalizedName(name) }

    /// `Version` as a version; nil if it is none.
    public var parsedVersion: Version? { Version(version) }

    /// Whether a text is core metadata of a distribution, as installers look at it: its first `Name` and `Version` are
    /// the file name's, whatever else may be wrong with it.
    public static func isMetadata(_ bytes: [UInt8], of filename: DistributionFilename) -> Bool {
        guard bytes.count <= defaultMaximumSize,
            let block = try? HeaderBlock(parsing: bytes[...], maximumFields: maximumFields)
        else { return false }
        var fields = MetadataFields(block.fields)
        guard let name = fields.single("Name"), let version = fields.single("Version") else { return false }
        return NormalizedName(name) == filename.name && Version(version) == filename.version
    }

    /// Whether what a source distribution says here of its dependencies holds for every wheel built from it: if so,
    /// installers may resolve by it without a build (PEP 643, PEP 714).
    public var hasStaticDependencies: Bool {
        let parts = metadataVersion.utf8.split(separator: ASCII.dot).compactMap { Int(String(Substring($0))) }
        guard parts.count == 2, (parts[0], parts[1]) >= (2, 2) else { return false }
        let changing: Set = ["requires-dist", "requires-python", "provides-extra"]
        return dynamic.allSatisfy { field in
            field.lowercased().split { !$0.isLetter && $0 != "-" }.allSatisfy { !changing.contains(String($0)) }
        }
    }

    private static func isWellFormed(metadataVersion: String) -> Bool {
        let parts = metadataVersion.utf8.split(separator: ASCII.dot, omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { (1...4).contains($0.count) && $0.allSatisfy(ASCII.isDigit) }
    }

    private static func keywords(_ field: String?) -> [String] {
        guard let field else { return [] }
        return field.utf8.split(separator: UInt8(ascii: ","))
            .map { String(decoding: Whitespace.trimmed(ArraySlice($0)), as: UTF8.self) }
            .filter { !$0.isEmpty }
    }
}

extension CoreMetadata.ProjectURL {
    /// Reads `label, address`, parted at the first comma.
    fileprivate init(parsing text: String) {
        let bytes = ArraySlice(text.utf8)
        let comma = bytes.firstIndex(of: UInt8(ascii: ",")) ?? bytes.endIndex
        label = String(decoding: Whitespace.trimmed(bytes[..<comma]), as: UTF8.self)
        url = String(decoding: Whitespace.trimmed(bytes[comma...].dropFirst()), as: UTF8.self)
    }
}
