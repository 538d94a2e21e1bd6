/// A link of a page, and the text inside it.
struct SimpleHTMLLink {
    private var href: RawText?
    private var requiresPython: RawText?
    private var uploadTime: RawText?
    private var yanked = SimpleFile.Yanked.no
    private var metadata: RawText?
    private var formerMetadata: RawText?
    private var provenance: RawText?
    /// The first piece of text, and what follows it: tags inside a link part its text.
    private var text: RawText?
    private var moreText: [UInt8] = []

    /// No file name is longer; more text than this need not be kept to know that it is none.
    private static let longestText = 1024

    /// Reads the attributes of an `a`; of two with one name, the first counts.
    init(reading scanner: inout HTMLScanner) {
        var isYanked = false
        while let attribute = scanner.nextAttribute() {
            let name = attribute.name
            if name.isEqualIgnoringCase(to: "href") {
                href = href ?? attribute.value
            } else if name.count < 6 || !name[part: 0..<5].isEqualIgnoringCase(to: "data-") {
                continue
            } else if name.isEqualIgnoringCase(to: "data-requires-python") {
                requiresPython = requiresPython ?? attribute.value
            } else if name.isEqualIgnoringCase(to: "data-core-metadata") {
                metadata = metadata ?? attribute.value
            } else if name.isEqualIgnoringCase(to: "data-dist-info-metadata") {
                formerMetadata = formerMetadata ?? attribute.value
            } else if name.isEqualIgnoringCase(to: "data-yanked") {
                if isYanked { continue }
                isYanked = true
                yanked = .yes(reason: attribute.value.bytes.isEmpty ? nil : attribute.value.string)
            } else if name.isEqualIgnoringCase(to: "data-upload-time") {
                uploadTime = uploadTime ?? attribute.value
            } else if name.isEqualIgnoringCase(to: "data-provenance") {
                provenance = provenance ?? attribute.value
            }
        }
    }

    /// Takes a piece of the text inside the link.
    mutating func append(_ piece: RawText) {
        guard let text else {
            text = piece
            return
        }
        guard text.bytes.count + moreText.count <= Self.longestText, piece.bytes.count <= Self.longestText else {
            return
        }
        piece.withDecodedBytes { moreText.append(contentsOf: $0) }
    }

    /// The file that the link leads to; nil where it leads to none.
    var fields: SimpleFileFields? {
        guard let href, !href.bytes.isEmpty, let filename = textualName ?? name(in: href) else { return nil }
        var fields = SimpleFileFields(filename: filename, url: href)
        fields.requiresPython = requiresPython
        fields.uploadTime = uploadTime
        fields.yanked = yanked
        fields.provenance = provenance
        // The newer attribute decides where both are there (PEP 714).
        fields.coreMetadata = (metadata ?? formerMetadata).map(SimpleFileFields.Metadata.init) ?? .none
        guard let fragment = Self.fragment(of: href) else { return fields }
        // Nothing but the fragment: a place on the page itself.
        guard fragment.startIndex > 0 else { return nil }
        Self.readDigests(in: fragment.text, into: &fields)
        return fields
    }

    // MARK: Names

    private var textualName: String? {
        guard let text, text.bytes.count <= Self.longestText else { return nil }
        if moreText.isEmpty, text.escapes == .none { return Self.filename(text.bytes.trimmed) }
        var whole = text.withDecodedBytes { Array($0) }
        whole += moreText
        return whole.withRawBytes { Self.filename($0.trimmed) }
    }

    private func name(in href: RawText) -> String? {
        guard href.bytes.count <= PageAddress.maximumLength else { return nil }
        let name = href.withDecodedBytes { PageAddress.lastSegment(of: $0, skippingSlash: false) }
        return name.withRawBytes { Self.filename($0) }
    }

    /// What distributions have been, so that links to other things are told apart.
    private static let suffixes: [StaticString] = [
        ".whl", ".tar.gz", ".zip", ".egg", ".exe", ".tar.bz2", ".tgz", ".msi", ".rpm", ".dmg", ".deb", ".tar.xz",
        ".tar.z",
    ]

    private static func filename(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard DistributionFilename.isSafe(bytes) else { return nil }
        let hasSuffix = suffixes.contains { suffix in
            let start = bytes.count - suffix.utf8CodeUnitCount
            return start > 0 && bytes[part: start..<bytes.count].isEqualIgnoringCase(to: suffix)
        }
        return hasSuffix ? String(decoding: bytes, as: UTF8.self) : nil
    }

    // MARK: Digests

    private static func fragment(of href: RawText) -> (text: RawText, startIndex: Int)? {
        let bytes = href.bytes
        var start = 0
        while let hash = bytes.firstIndex(of: UInt8(ascii: "#"), from: start) {
            start = hash + 1
            // A reference such as `&#43;` holds a `#` that begins no fragment.
            if href.escapes == .html, hash > 0, bytes[hash - 1] == UInt8(ascii: "&") { continue }
            return (RawText(bytes: bytes[part: start..<bytes.count], escapes: href.escapes), hash)
        }
        return nil
    }

    /// Reads `algorithm=digest`, of which a fragment may have several, with other things, parted by `&`.
    private static func readDigests(in fragment: RawText, into fields: inout SimpleFileFields) {
        var rest = fragment.bytes
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&"), from: 0) ?? rest.count
            let part = rest[part: 0..<end]
            rest = rest[part: min(end + 1, rest.count)..<rest.count]
            if fragment.escapes == .html, rest.hasPrefix("amp;") { rest = rest[part: 4..<rest.count] }
            guard let equals = part.firstIndex(of: UInt8(ascii: "="), from: 0) else { continue }
            let algorithm = RawText(bytes: part[part: 0..<equals], escapes: .none)
            let hex = RawText(bytes: part[part: (equals + 1)..<part.count].trimmed, escapes: .none)
            if algorithm.isEqual(to: "sha256") {
                fields.sha256 = fields.sha256 ?? hex
            } else {
                fields.otherDigests.append((algorithm, hex))
            }
        }
    }
}
