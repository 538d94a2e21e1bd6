/// A parser of a project's page in HTML (PEP 503, 592, 629, 658, 714, 792), from an index or as the listing of a plain
/// web server.
struct SimpleHTMLParser {
    /// The address of the page's first `base`, which applies to all links of the page.
    private(set) var base: PageAddress?

    private var scanner: HTMLScanner
    private var draft: SimplePageDraft
    private var hasTags = false
    private var hasForm = false
    private var marks = SimplePageMarks()
    /// The project whose page it must be; nil if it is not known.
    private let project: NormalizedName?
    private var link: SimpleHTMLLink?

    init(
        _ bytes: UnsafeRawBufferPointer, draft: SimplePageDraft, project: NormalizedName? = nil,
        base: PageAddress? = nil
    ) {
        self.project = project
        scanner = HTMLScanner(bytes)
        self.draft = draft
        self.base = base
        if let base { self.draft.base = base }
    }

    /// The page as far as it has been read.
    var page: SimpleProjectPage { draft.page }

    /// Reads the page, or returns nil if a `base` follows links, so that the page must be read again with it.
    mutating func parse() throws -> SimpleProjectPage? {
        while let token = scanner.next() {
            switch token {
            case .text(let text):
                marks.take(text: text)
                link?.append(HTMLScanner.escaped(text))
            case .comment(let comment): readSerial(comment)
            case .end(let name):
                if name.isEqualIgnoringCase(to: "a") {
                    try finishLink()
                } else if name.isEqualIgnoringCase(to: "h1") {
                    marks.endHeading()
                }
            case .start(let name):
                hasTags = true
                guard try start(name) else { return nil }
            }
        }
        try finishLink()
        guard !scanner.isCutShort else {
            throw SimplePageError("the page is cut short: it ends inside a tag or comment")
        }
        guard hasTags else { throw SimplePageError("the page is not HTML") }
        if let project {
            guard marks.isPage(of: project, draft.page.files) else {
                throw SimplePageError(
                    "it is not a project's page: neither a file nor the title is of \(project); it may be a form to sign in, "
                        + "a proxy's notice or an error page")
            }
            return draft.page
        }
        guard !hasForm || !draft.page.files.isEmpty else {
            throw SimplePageError(
                "the page has a form and no files: it is not a project's page, but perhaps a form to sign in")
        }
        return draft.page
    }

    /// Reads a start tag's attributes, and returns false if the page must be read again.
    private mutating func start(_ name: UnsafeRawBufferPointer) throws -> Bool {
        if name.isEqualIgnoringCase(to: "a") {
            // Links do not nest: the next one ends the last.
            try finishLink()
            link = SimpleHTMLLink(reading: &scanner)
        } else if name.isEqualIgnoringCase(to: "meta") {
            try readMeta()
        } else if name.isEqualIgnoringCase(to: "base") {
            return try readBase()
        } else if name.isEqualIgnoringCase(to: "title") {
            if let title = scanner.rawContent() { marks.take(title: title) }
        } else if name.isEqualIgnoringCase(to: "h1") {
            marks.beginHeading()
        } else {
            readOther(name)
        }
        return true
    }

    private mutating func readOther(_ name: UnsafeRawBufferPointer) {
        marks.take(element: name)
        if name.isEqualIgnoringCase(to: "form") {
            hasForm = true
        } else if name.isEqualIgnoringCase(to: "input") {
            while let attribute = scanner.nextAttribute() {
                if attribute.name.isEqualIgnoringCase(to: "type") { marks.take(inputType: attribute.value.bytes) }
            }
        }
    }

    private mutating func finishLink() throws {
        guard let finished = link.take(), let fields = finished.fields else { return }
        try draft.add(fields)
    }

    private mutating func readMeta() throws {
        var name: RawText?
        var content: RawText?
        while let attribute = scanner.nextAttribute() {
            if name == nil, attribute.name.isEqualIgnoringCase(to: "name") { name = attribute.value }
            if content == nil, attribute.name.isEqualIgnoringCase(to: "content") { content = attribute.value }
            if attribute.name.isEqualIgnoringCase(to: "http-equiv"),
                attribute.value.bytes.isEqualIgnoringCase(to: "refresh")
            {
                marks.takeRefresh()
            }
        }
        guard let name, let content else { return }
        if name.isEqual(to: "api-version") || name.bytes.hasPrefix("pypi:") { marks.declare() }
        if name.isEqual(to: "pypi:repository-version") {
            try draft.check(apiVersion: content)
        } else if name.isEqual(to: "pypi:project-status") {
            draft.take(status: content)
        } else if name.isEqual(to: "pypi:project-status-reason") {
            draft.take(statusReason: content)
        }
    }

    private mutating func readBase() throws -> Bool {
        var href: RawText?
        while let attribute = scanner.nextAttribute() {
            if href == nil, attribute.name.isEqualIgnoringCase(to: "href") { href = attribute.value }
        }
        guard base == nil, let href else { return true }
        do throws(AddressProblem) {
            let page = draft.base
            let address = try PageAddress(
                href.withDecodedBytes { bytes throws(AddressProblem) in
                    let end = bytes.firstIndex(of: UInt8(ascii: "#"), from: 0) ?? bytes.count
                    return try page.resolve(bytes[part: 0..<end])
                })
            base = address
            draft.base = address
        } catch {
            throw SimplePageError("the page's base address \(error.reason)")
        }
        return draft.page.files.isEmpty
    }

    /// Reads the comment with the serial of a page from PyPI.
    private mutating func readSerial(_ comment: UnsafeRawBufferPointer) {
        let text = comment.trimmed
        guard text.hasPrefix("SERIAL "), text.count < 32 else { return }
        let digits = String(decoding: text[part: 7..<text.count], as: UTF8.self)
        guard let serial = Int64(digits) else { return }
        marks.declare()
        draft.take(serial: serial)
    }
}

/// A link on a page, with the text in it.
private struct SimpleHTMLLink {
    private var href: RawText?
    private var requiresPython: RawText?
    private var uploadTime: RawText?
    private var yanked = SimpleFile.Yanked.no
    private var metadata: RawText?
    private var formerMetadata: RawText?
    private var provenance: RawText?
    /// The first piece of text, and what follows it: tags in a link split its text.
    private var text: RawText?
    private var moreText: [UInt8] = []

    /// The longest text that is kept, in bytes: no file name is longer.
    private static let longestText = 1024

    /// Reads the attributes of an `a`; if two have one name, the first counts.
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

    /// Adds a piece of the text in the link.
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

    /// The file to which the link leads; nil if it leads to none.
    var fields: SimpleFileFields? {
        guard let href, !href.bytes.isEmpty, let filename = textualName ?? name(in: href) else { return nil }
        var fields = SimpleFileFields(filename: filename, url: href)
        fields.requiresPython = requiresPython
        fields.uploadTime = uploadTime
        fields.yanked = yanked
        fields.provenance = provenance
        // If both attributes are there, the newer one decides (PEP 714).
        fields.coreMetadata = (metadata ?? formerMetadata).map(SimpleFileFields.Metadata.init) ?? .none
        // Only a fragment: a place on the page itself.
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

    /// The suffixes of all kinds of distributions, which distinguish them from links to other things.
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
