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
                let reason = attribute.value
                let mayFit = !reason.bytes.isEmpty && reason.bytes.count <= 6 * FieldBound.line
                yanked = .yes(reason: mayFit ? FieldBound.within(FieldBound.line, reason.string) : nil)
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

    /// The file that the link leads to; nil if it leads to none.
    var fields: SimpleFileFields? {
        guard let href, !href.bytes.isEmpty, let filename = textualName ?? name(in: href) else { return nil }
        var fields = SimpleFileFields(filename: filename, url: href)
        fields.requiresPython = requiresPython
        fields.uploadTime = uploadTime
        fields.yanked = yanked
        fields.provenance = provenance
        // The newer attribute decides where both are there (PEP 714).
        fields.coreMetadata = (metadata ?? formerMetadata).map(SimpleFileFields.Metadata.init) ?? .none
        // Nothing but a fragment: a place on the page itself.
        if let fragment = SimpleFileFields.fragment(of: href), fragment.start == 0 { return nil }
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
        ".tar.z", ".tbz", ".tar.lzma", ".tar",
    ]

    private static func filename(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard DistributionFilename.isSafe(bytes) else { return nil }
        let hasSuffix = suffixes.contains { suffix in
            let start = bytes.count - suffix.utf8CodeUnitCount
            return start > 0 && bytes[part: start..<bytes.count].isEqualIgnoringCase(to: suffix)
        }
        return hasSuffix ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
