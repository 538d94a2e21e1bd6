/// The core metadata of a distribution file: the contents of `METADATA` or `PKG-INFO`, in versions 1.0 to 2.6 and any
/// later version of the form `N.M`.
///
/// Reading is lenient, as PyPI's old files need: only the three required fields must be there, values are kept as
/// written, and unknown fields are kept in ``otherFields``. The caller decides whether `name` and `version` are valid,
/// and whether a field is allowed in that metadata version.
///
/// Text is UTF-8, or Latin-1 in each field that is not UTF-8. Line ends are LF. An empty field counts as missing. If a
/// field that is allowed once comes twice, the first counts.
public struct CoreMetadata: Sendable, Hashable {
    /// A label and an address, from `Project-URL`.
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

    /// The most bytes that a text may have unless the caller says otherwise: 16 MiB.
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
    /// 2.6 on, wheels may only add to them (PEP 808).
    public let dynamic: [String]
    /// `Platform`.
    public let platforms: [String]
    /// `Supported-Platform`.
    public let supportedPlatforms: [String]
    /// `Summary`.
    public let summary: String?
    /// `Description`: the body, else the field without the indentation of its folding.
    public let description: String?
    /// `Description-Content-Type` (2.1).
    public let descriptionContentType: String?
    /// `Keywords`, split at commas.
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
    /// `Import-Name` (2.5, PEP 794); nil if the field is missing, empty if it says that there are none.
    public let importNames: [String]?
    /// `Import-Namespace` (2.5, PEP 794).
    public let importNamespaces: [String]

    /// The fields without a property here, in the order written.
    public let otherFields: [Field]

    /// Reads core metadata.
    ///
    /// Takes time and memory in proportion to the number of bytes, of which there may be `maximumSize`. Throws
    /// ``CoreMetadataError`` if a limit is exceeded, `Metadata-Version` is malformed, or one of `Metadata-Version`,
    /// `Name` and `Version` is missing or comes twice with different values.
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
    /// `Name` in its normal form; nil if it is not a valid project name.
    public var normalizedName: NormalizedName? { NormalizedName(name) }

    /// `Version` as a version; nil if it is not a valid one.
    public var parsedVersion: Version? { Version(version) }

    /// Returns whether installers would take a text for the core metadata of a distribution: its first `Name` and
    /// `Version` are those of the file name, whatever else is wrong with it.
    public static func isMetadata(_ bytes: [UInt8], of filename: DistributionFilename) -> Bool {
        guard bytes.count <= defaultMaximumSize,
            let block = try? HeaderBlock(parsing: bytes[...], maximumFields: maximumFields)
        else { return false }
        var fields = MetadataFields(block.fields)
        guard let name = fields.single("Name"), let version = fields.single("Version") else { return false }
        return NormalizedName(name) == filename.name && Version(version) == filename.version
    }

    /// Whether the dependencies of a source distribution are those of every wheel built from it, so that installers may
    /// resolve them without a build (PEP 643, PEP 714).
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
    /// Reads `label, address`, split at the first comma.
    fileprivate init(parsing text: String) {
        let bytes = ArraySlice(text.utf8)
        let comma = bytes.firstIndex(of: UInt8(ascii: ",")) ?? bytes.endIndex
        label = String(decoding: Whitespace.trimmed(bytes[..<comma]), as: UTF8.self)
        url = String(decoding: Whitespace.trimmed(bytes[comma...].dropFirst()), as: UTF8.self)
    }
}

/// The header fields and the body of a message, split as by Python's `email.parser` (policy `compat32`), to which the
/// core metadata specification refers.
///
/// Lines end in LF, CRLF or CR. A line that starts with a space or a tab continues the field above. The first line
/// that is neither a continuation nor a field ends the header, and is part of the body unless it is empty.
private struct HeaderBlock {
    /// A field: its name, and its lines without line ends; the first line without the name and the colon.
    struct Field {
        let name: String
        var lines: [ArraySlice<UInt8>]
    }

    private(set) var fields: [Field] = []
    private(set) var body: ArraySlice<UInt8> = []

    /// Splits a message, in time proportional to its length.
    init(parsing message: ArraySlice<UInt8>, maximumFields: Int) throws(CoreMetadataError) {
        var rest = message
        var isContinuable = false
        var isFirst = true
        while !rest.isEmpty {
            let (line, next) = Self.firstLine(of: rest)
            if let first = line.first, first == ASCII.space || first == ASCII.tab {
                if isContinuable { fields[fields.count - 1].lines.append(line) }
            } else if isFirst, line.starts(with: "From ".utf8) {
                isContinuable = false
            } else if let colon = Self.colon(of: line) {
                // A field without a name is skipped, together with its continuation.
                isContinuable = colon > line.startIndex
                if isContinuable {
                    guard fields.count < maximumFields else { throw .tooManyFields(limit: maximumFields) }
                    let name = String(decoding: line[..<colon], as: UTF8.self)
                    fields.append(Field(name: name, lines: [line[(colon + 1)...]]))
                }
            } else {
                body = line.isEmpty ? next : rest
                return
            }
            isFirst = false
            rest = next
        }
    }

    /// Returns the index of the colon after a field's name, or nil if the line starts with no name.
    private static func colon(of line: ArraySlice<UInt8>) -> Int? {
        let end = line.firstIndex { byte in byte == UInt8(ascii: ":") || byte <= 0x20 || byte >= 0x7F }
        guard let end, line[end] == UInt8(ascii: ":") else { return nil }
        return end
    }

    private static func firstLine(of text: ArraySlice<UInt8>) -> (line: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        guard let end = text.firstIndex(where: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }) else {
            return (text, text[text.endIndex...])
        }
        let isPair = text[end] == ASCII.carriageReturn && end + 1 < text.endIndex && text[end + 1] == ASCII.lineFeed
        return (text[..<end], text[(end + (isPair ? 2 : 1))...])
    }
}

/// Header fields by name, in any case of its letters, and which of them have been asked for.
private struct MetadataFields {
    private let fields: [HeaderBlock.Field]
    private let placesByName: [String: [Int]]
    private var asked: Set<String> = []

    init(_ fields: [HeaderBlock.Field]) {
        self.fields = fields
        var places: [String: [Int]] = [:]
        for (place, field) in fields.enumerated() {
            places[field.name.lowercased(), default: []].append(place)
        }
        placesByName = places
    }

    /// Returns whether a field is there, even if it is empty.
    func isPresent(_ name: String) -> Bool {
        placesByName[name.lowercased()] != nil
    }

    /// Returns the value of a required field, which may come once (or again with the same value).
    mutating func required(_ name: String) throws(CoreMetadataError) -> String {
        let values = list(name)
        guard let value = values.first else { throw .missingField(name) }
        guard values.allSatisfy({ $0 == value }) else { throw .repeatedField(name) }
        return value
    }

    /// Returns the first value of a field, or nil if it is missing or empty.
    mutating func single(_ name: String) -> String? {
        list(name).first
    }

    /// Returns the first value of a field that may have several lines, or nil if it is missing or empty.
    mutating func text(_ name: String) -> String? {
        for place in places(of: name) {
            let text = MetadataText.multipleLines(fields[place].lines)
            if !text.isEmpty { return text }
        }
        return nil
    }

    /// Returns all values of a field except empty ones.
    mutating func list(_ name: String) -> [String] {
        places(of: name).map { MetadataText.singleLine(fields[$0].lines) }.filter { !$0.isEmpty }
    }

    /// Returns the fields that have not been asked for, in the order written.
    func others() -> [CoreMetadata.Field] {
        fields.filter { !asked.contains($0.name.lowercased()) }
            .map { CoreMetadata.Field(name: $0.name, value: MetadataText.singleLine($0.lines)) }
    }

    private mutating func places(of name: String) -> [Int] {
        let key = name.lowercased()
        asked.insert(key)
        return placesByName[key] ?? []
    }
}

/// The rules by which the bytes of a field or a body become text.
private enum MetadataText {
    /// Decodes bytes as UTF-8 or, if they are not UTF-8, as Latin-1, which cannot fail. NUL, which no database takes,
    /// becomes U+FFFD.
    static func decode(_ bytes: some Collection<UInt8>) -> String {
        let text = String(validating: bytes, as: UTF8.self) ?? latin1(bytes)
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }

    /// Returns a field as a single line, with its continuation lines (RFC 822 §3.1.1) joined by spaces.
    static func singleLine(_ lines: [ArraySlice<UInt8>]) -> String {
        let parts = lines.map(trimmingBlanks).filter { !$0.isEmpty }
        return decode(Array(parts.joined(separator: [ASCII.space])))
    }

    /// Returns a field of several lines, without the indentation that folding puts before every line but the first.
    ///
    /// The indentation is seven spaces and `|`, by the specification, else the eight spaces of distutils and
    /// setuptools, or fewer if a line has fewer.
    static func multipleLines(_ lines: [ArraySlice<UInt8>]) -> String {
        guard let first = lines.first else { return "" }
        let continuation = lines.dropFirst()
        let margin = commonMargin(continuation)
        var text = Array(trimmingLeadingBlanks(first))
        for line in continuation {
            text.append(ASCII.lineFeed)
            text += line.starts(with: pipePrefix) ? line.dropFirst(pipePrefix.count) : line.dropFirst(margin)
        }
        return decode(text)
    }

    /// Returns a body with LF as its line ends.
    static func body(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(ASCII.carriageReturn) else { return decode(bytes) }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == ASCII.carriageReturn {
                text.append(ASCII.lineFeed)
            } else if !(byte == ASCII.lineFeed && previous == ASCII.carriageReturn) {
                text.append(byte)
            }
            previous = byte
        }
        return decode(text)
    }

    private static let pipePrefix = Array("       |".utf8)
    private static let widestMargin = 8

    private static func commonMargin(_ lines: ArraySlice<ArraySlice<UInt8>>) -> Int {
        var margin = widestMargin
        for line in lines where line.contains(where: { !isBlank($0) }) && !line.starts(with: pipePrefix) {
            margin = min(margin, line.prefix(widestMargin).prefix { $0 == ASCII.space }.count)
        }
        return margin
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.tab
    }

    private static func trimmingLeadingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.drop(while: isBlank)
    }

    private static func trimmingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var trimmed = trimmingLeadingBlanks(line)
        while let last = trimmed.last, isBlank(last) {
            trimmed.removeLast()
        }
        return trimmed
    }

    private static func latin1(_ bytes: some Collection<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// Why a text is not core metadata.
public enum CoreMetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text has more bytes than the limit.
    case tooLarge(limit: Int)
    /// The text has more header fields than the limit.
    case tooManyFields(limit: Int)
    /// A required field is missing or empty.
    case missingField(String)
    /// A required field comes again with another value.
    case repeatedField(String)
    /// `Metadata-Version` is not of the form `N.M`.
    case malformedMetadataVersion(String)

    /// The reason, for people.
    public var description: String {
        switch self {
        case .tooLarge(let limit): "the core metadata has more than \(limit) bytes"
        case .tooManyFields(let limit): "the core metadata has more than \(limit) fields"
        case .missingField(let name): "the core metadata has no \(name)"
        case .repeatedField(let name): "the core metadata has more than one \(name)"
        case .malformedMetadataVersion(let text):
            "the core metadata has the Metadata-Version '\(text.prefix(40))', which is not of the form 2.1"
        }
    }
}
