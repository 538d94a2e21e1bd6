/// A page that is being read, which checks each file and keeps it as a `SimpleFile`.
///
/// A fault of one file does not affect the others: the file is left out if it might not be the one that is meant,
/// else only what is wrong with it is left out.
struct SimplePageDraft {
    private(set) var page: SimpleProjectPage
    /// The address against which links are resolved.
    var base: PageAddress

    private let maxFiles: Int
    private var fileCount = 0
    private var filenames: Set<String> = []
    /// The last Requires-Python: most files have the same as the file before.
    private var lastRequirement: (raw: RawText, text: String)?

    /// Begins an empty page.
    ///
    /// - Parameters:
    ///   - address: where the page came from.
    ///   - maxFiles: the most files and versions.
    ///   - size: the page's size in bytes, from which the number of its files is estimated.
    init(address: PageAddress, maxFiles: Int, size: Int) {
        let name = NormalizedName(bytes: address.lastSegment[...])?.description ?? ""
        page = SimpleProjectPage(name: name, files: [], versions: [], lastSerial: 0)
        base = address
        self.maxFiles = maxFiles
        // A file takes about 320 bytes on PyPI's pages. A set that grows with the files would hash each name twice.
        let expected = min(size / 320, maxFiles)
        page.files.reserveCapacity(expected)
        filenames.reserveCapacity(expected)
    }

    /// Takes the project's name from the page, unless it is invalid.
    mutating func take(name: RawText) {
        if let normalized = NormalizedName(name.string) { page.name = normalized.description }
    }

    mutating func take(serial: Int64) {
        page.lastSerial = serial
    }

    /// Takes a status; an unknown one does not make the page unreadable (PEP 792).
    mutating func take(status: RawText) {
        page.status = ProjectStatus(rawValue: status.string) ?? .active
    }

    mutating func take(statusReason: RawText) {
        page.statusReason = statusReason.bytes.isEmpty ? nil : bounded(statusReason, FieldBound.line, "status reason")
    }

    mutating func take(versions: [String]) {
        page.versions = versions
    }

    /// Notes a fault of the page.
    mutating func note(_ fault: @autoclosure () -> String) {
        page.faults.note(fault())
    }

    /// Returns a text of the page, or notes a fault and returns nil if it has more bytes than `bound`.
    mutating func bounded(_ text: RawText, _ bound: Int, _ thing: @autoclosure () -> String) -> String? {
        // An escape has at most six bytes for one.
        if text.bytes.count <= 6 * bound, let kept = FieldBound.within(bound, text.string) { return kept }
        note("a \(thing()) on the page has more than \(bound) bytes")
        return nil
    }

    /// Refuses a page of another major version (PEP 629, 691).
    func check(apiVersion: RawText) throws(SimplePageError) {
        let text = apiVersion.string
        let major = text.prefix { $0 != "." }
        guard major == "1" else {
            throw SimplePageError(
                "the page is of version \(ShownText.quoted(text)) of the simple API; versions 1.x are understood")
        }
    }

    /// Checks the number of versions or files so far.
    func check(count: Int, of things: String) throws(SimplePageError) {
        guard count <= maxFiles else {
            throw SimplePageError("the page lists more than \(maxFiles) \(things)")
        }
    }

    /// Adds a file, unless its name is unsafe or repeated, or its address or digest is invalid.
    mutating func add(_ fields: SimpleFileFields) throws(SimplePageError) {
        fileCount += 1
        try check(count: fileCount, of: "files")
        let name = fields.filename
        guard DistributionFilename.isSafe(name), filenames.insert(name).inserted else { return }
        guard let file = file(fields) else {
            // A later entry of the same name may be valid.
            filenames.remove(name)
            return
        }
        page.files.append(file)
    }

    /// Returns the file, or notes a fault and returns nil if it might not be the one that is meant.
    private mutating func file(_ fields: SimpleFileFields) -> SimpleFile? {
        let name = fields.filename
        var fields = fields
        if fields.sha256 == nil, let fragment = SimpleFileFields.fragment(of: fields.url) {
            fields.readDigests(in: fragment.text)
        }
        guard let url = address(fields.url, of: "link", name: name) else { return nil }
        var sha256: String?
        if let stated = fields.sha256 {
            sha256 = Self.digest(stated)
            if sha256 == nil {
                note("the SHA-256 of \(ShownText.quoted(name)) is not 64 hexadecimal digits")
                // An empty digest says nothing. Any other must be the file's.
                guard stated.isEmpty else { return nil }
            }
        }
        return SimpleFile(
            filename: name, url: url, sha256: sha256, otherDigests: otherDigests(fields),
            requiresPython: requirement(fields.requiresPython), size: fields.size,
            uploadTime: fields.uploadTime.flatMap(Self.moment), yanked: fields.yanked,
            coreMetadata: coreMetadata(fields, of: name), provenance: provenance(fields, of: name))
    }

    // MARK: Parts

    private mutating func coreMetadata(_ fields: SimpleFileFields, of name: String) -> SimpleFile.CoreMetadata {
        switch fields.coreMetadata {
        case .none: return .none
        case .unhashed: return .unhashed
        case .sha256(let stated):
            if let digest = Self.digest(stated) { return .sha256(digest) }
            note("the metadata's SHA-256 of \(ShownText.quoted(name)) is not 64 hexadecimal digits")
            return .unhashed
        }
    }

    private mutating func provenance(_ fields: SimpleFileFields, of name: String) -> String? {
        guard let provenance = fields.provenance, !provenance.bytes.isEmpty else { return nil }
        return address(provenance, of: "provenance", name: name)
    }

    /// Returns the absolute address without its fragment, or notes a fault and returns nil.
    private mutating func address(_ text: RawText, of thing: String, name: String) -> String? {
        do throws(AddressProblem) {
            return try text.withDecodedBytes { bytes throws(AddressProblem) in
                let end = bytes.firstIndex(of: UInt8(ascii: "#"), from: 0) ?? bytes.count
                return try base.resolve(bytes[part: 0..<end])
            }
        } catch {
            note("the \(thing) of \(ShownText.quoted(name)) \(error.reason)")
            return nil
        }
    }

    private mutating func requirement(_ text: RawText?) -> String? {
        guard let text, !text.bytes.isEmpty else { return nil }
        if let lastRequirement, lastRequirement.raw.isWritten(as: text) { return lastRequirement.text }
        guard let requirement = bounded(text, FieldBound.requiresPython, "requires-python") else { return nil }
        lastRequirement = (text, requirement)
        return requirement
    }

    private static func moment(_ text: RawText) -> Timestamp? {
        text.withDecodedBytes { Timestamp(iso8601: $0) }
    }

    /// Returns a SHA-256 in lowercase digits, or nil for anything else.
    private static func digest(_ text: DigestText) -> String? {
        text.withBytes { bytes in
            guard let digest = SHA256Digest(hexDigits: bytes) else { return nil }
            let isLowercase = bytes.allSatisfy { $0 & 0x60 != 0x40 }
            return isLowercase ? String(decoding: bytes, as: UTF8.self) : digest.description
        }
    }

    /// The number of hexadecimal digits of each algorithm that `hashlib` guarantees, except SHA-256 and those without a
    /// fixed length.
    private static let digestLengths: [String: Int] = [
        "md5": 32, "sha1": 40, "sha224": 56, "sha384": 96, "sha512": 128, "sha3_224": 56, "sha3_256": 64,
        "sha3_384": 96, "sha3_512": 128, "blake2b": 128, "blake2s": 64, "blake2b_256": 64,
    ]
    /// The most digests of one file that are read.
    private static let maximumDigests = 16

    /// Returns the digests of known algorithms; others, and those of a wrong length, are left out.
    private mutating func otherDigests(_ fields: SimpleFileFields) -> [SimpleFile.Digest] {
        if fields.otherDigests.isEmpty { return [] }
        if fields.otherDigests.count > Self.maximumDigests {
            note("\(ShownText.quoted(fields.filename)) has more than \(Self.maximumDigests) digests")
        }
        var digests: [SimpleFile.Digest] = []
        for (algorithm, hex) in fields.otherDigests.prefix(Self.maximumDigests) {
            let algorithm = algorithm.string.lowercased()
            let hex = hex.string.lowercased()
            guard let length = Self.digestLengths[algorithm] else { continue }
            guard hex.utf8.count == length, hex.utf8.allSatisfy({ HexCoding.value(ofDigit: $0) != nil }) else {
                note(
                    "the \(algorithm) digest of \(ShownText.quoted(fields.filename)) is not \(length) hexadecimal digits"
                )
                continue
            }
            guard !digests.contains(where: { $0.algorithm == algorithm }) else { continue }
            digests.append(SimpleFile.Digest(algorithm: algorithm, hex: hex))
        }
        return digests
    }
}

/// What a page says of a file, unchecked.
struct SimpleFileFields {
    var filename: String
    /// The address, with or without a fragment.
    var url: RawText
    var sha256: DigestText?
    var otherDigests: [(algorithm: DigestText, hex: DigestText)] = []
    var requiresPython: RawText?
    var size: Int64?
    var uploadTime: RawText?
    var yanked = SimpleFile.Yanked.no
    var coreMetadata = Metadata.none
    var provenance: RawText?

    enum Metadata {
        case none
        case unhashed
        case sha256(DigestText)
    }
}

extension SimpleFileFields.Metadata {
    /// Reads the attribute of PEP 658 and 714: `true`, or a digest as `sha256=…`.
    init(attribute: RawText) {
        let prefix: StaticString = "sha256="
        if attribute.escapes == .none, attribute.bytes.hasPrefix(prefix) {
            let hex = attribute.bytes[part: prefix.utf8CodeUnitCount..<attribute.bytes.count]
            self = .sha256(.raw(RawText(bytes: hex, escapes: .none)))
        } else {
            self = attribute.isEqual(to: "false") ? .none : .unhashed
        }
    }
}

/// A digest, or the name of its algorithm: as written on the page, or decoded.
enum DigestText {
    case raw(RawText)
    case decoded(String)

    var string: String {
        switch self {
        case .raw(let raw): raw.string
        case .decoded(let text): text
        }
    }

    var isEmpty: Bool {
        switch self {
        case .raw(let raw): raw.bytes.isEmpty
        case .decoded(let text): text.isEmpty
        }
    }

    func isEqual(to text: StaticString) -> Bool {
        withBytes { $0.isEqual(to: text) }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .raw(let raw): return raw.withDecodedBytes(body)
        case .decoded(var text): return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
    }
}

// MARK: Digests in fragments

extension SimpleFileFields {
    /// Returns the fragment of an address, and where its `#` is, or nil if it has none.
    static func fragment(of url: RawText) -> (text: RawText, start: Int)? {
        let bytes = url.bytes
        var start = 0
        while let hash = bytes.firstIndex(of: UInt8(ascii: "#"), from: start) {
            start = hash + 1
            // The `#` in a reference such as `&#43;` begins no fragment.
            if url.escapes == .html, hash > 0, bytes[hash - 1] == UInt8(ascii: "&") { continue }
            return (RawText(bytes: bytes[part: start..<bytes.count], escapes: url.escapes), hash)
        }
        return nil
    }

    /// Reads the digests as `algorithm=digest`, separated by `&` from each other and from other things.
    fileprivate mutating func readDigests(in fragment: RawText) {
        // `=` and `&` may be percent-encoded: a fragment is part of a URL.
        let isPlain =
            fragment.bytes.firstIndex(of: UInt8(ascii: "%"), from: 0) == nil
            && fragment.bytes.firstIndex(of: UInt8(ascii: "#"), from: 0) == nil
            && (fragment.escapes != .json || fragment.bytes.firstIndex(of: UInt8(ascii: "\\"), from: 0) == nil)
        guard !isPlain, fragment.bytes.count <= PageAddress.maximumLength else {
            return readPlainDigests(in: fragment)
        }
        let decoded = fragment.withDecodedBytes { PercentCoding.decodeLeniently($0) }
        decoded.withRawBytes { bytes in
            Self.forEachDigest(in: bytes, hasReferences: false) { algorithm, hex in
                take(
                    .decoded(String(decoding: algorithm, as: UTF8.self)),
                    .decoded(String(decoding: hex, as: UTF8.self)))
            }
        }
    }

    private mutating func readPlainDigests(in fragment: RawText) {
        Self.forEachDigest(in: fragment.bytes, hasReferences: fragment.escapes == .html) { algorithm, hex in
            take(.raw(RawText(bytes: algorithm, escapes: .none)), .raw(RawText(bytes: hex, escapes: .none)))
        }
    }

    private mutating func take(_ algorithm: DigestText, _ hex: DigestText) {
        if algorithm.isEqual(to: "sha256") {
            sha256 = sha256 ?? hex
        } else {
            otherDigests.append((algorithm, hex))
        }
    }

    private static func forEachDigest(
        in fragment: UnsafeRawBufferPointer, hasReferences: Bool,
        _ take: (_ algorithm: UnsafeRawBufferPointer, _ hex: UnsafeRawBufferPointer) -> Void
    ) {
        var rest = fragment
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&"), from: 0) ?? rest.count
            let part = rest[part: 0..<end]
            rest = rest[part: min(end + 1, rest.count)..<rest.count]
            if hasReferences, rest.hasPrefix("amp;") { rest = rest[part: 4..<rest.count] }
            guard let equals = part.firstIndex(of: UInt8(ascii: "="), from: 0) else { continue }
            take(part[part: 0..<equals].trimmed, part[part: (equals + 1)..<part.count].trimmed)
        }
    }
}
