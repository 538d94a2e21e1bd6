public import NIOCore

/// Reads the page of a project as an index serves it: PEP 503, 592, 629, 658, 691, 700, 714, 740 and 792, in JSON or in
/// HTML.
///
/// What comes out has absolute `http` and `https` addresses only, without user names, passwords and fragments; digests
/// of the right length in lowercase; each file name once (the first wins), and only names for which
/// `DistributionFilename.isSafe` holds: others are left out, as are a page's links that name no file. `versions` is
/// empty if the page does not list them, as HTML never does; `name` is the last part of the page's address where
/// the page does not tell its own. A status that PEP 792 does not know counts as active.
///
/// One bad entry does not cost the page: files whose address is no `http` or `https` one or holds a user name, or whose
/// SHA-256 is none, are left out, and so is whatever else of a file has a wrong type, or more bytes than `FieldBound`
/// says. The page's `faults` tell of it.
///
/// Refused with a `SimplePageError` are JSON that is not UTF-8, and pages that are cut short or malformed, have more files than
/// allowed, or are of another major version. Takes time and memory in proportion to the page, whatever stands in it.
public struct SimplePageReader: Sendable {
    /// The most files that a page may list, and the most versions.
    public let maxFiles: Int
    let pageURL: String
    let project: NormalizedName?

    /// Reads pages that came from this address.
    ///
    /// - Parameters:
    ///   - pageURL: the absolute address that the page came from in the end, after all redirects.
    ///   - maxFiles: the most files that it may list.
    ///   - project: whose page it must be: HTML that shows no sign of it, such as a form to sign in, is refused. Nil to
    ///     take any list of links.
    public init(pageURL: String, maxFiles: Int, project: NormalizedName? = nil) {
        self.project = project
        self.pageURL = pageURL
        self.maxFiles = maxFiles
    }

    /// Reads `application/vnd.pypi.simple.v1+json`.
    public func json(_ bytes: ByteBuffer) throws(SimplePageError) -> SimpleProjectPage {
        try read(bytes) { bytes in
            var parser = SimpleJSONParser(bytes, draft: try emptyDraft(size: bytes.count))
            return try parser.parse()
        }
    }

    /// Reads `application/vnd.pypi.simple.v1+html` or `text/html`.
    ///
    /// What is no UTF-8, in a text of some link, is replaced as browsers do.
    public func html(_ bytes: ByteBuffer) throws(SimplePageError) -> SimpleProjectPage {
        do {
            return try parsedHTML(bytes)
        } catch  where error == PageEncoding.notUTF8 {
            var page = try parsedHTML(ByteBuffer(string: String(buffer: bytes)))
            page.faults.note(error.reason)
            return page
        }
    }

    private func parsedHTML(_ bytes: ByteBuffer) throws(SimplePageError) -> SimpleProjectPage {
        try read(bytes) { bytes in
            let draft = try emptyDraft(size: bytes.count)
            var parser = SimpleHTMLParser(bytes, draft: draft, project: project)
            if let page = try parser.parse() { return page }
            // A `base` came behind links: it holds for them too.
            var again = SimpleHTMLParser(bytes, draft: draft, project: project, base: parser.base)
            return try again.parse() ?? again.page
        }
    }

    private func emptyDraft(size: Int) throws -> SimplePageDraft {
        let address: PageAddress
        do {
            address = try PageAddress(pageURL)
        } catch {
            throw SimplePageError("the page's own address \(error.reason)")
        }
        return SimplePageDraft(address: address, maxFiles: maxFiles, size: size)
    }

    private func read(
        _ buffer: ByteBuffer, _ body: (UnsafeRawBufferPointer) throws -> SimpleProjectPage
    ) throws(SimplePageError) -> SimpleProjectPage {
        do {
            return try buffer.withUnsafeReadableBytes { bytes in try body(try PageEncoding.checked(bytes)) }
        } catch let error as SimplePageError {
            throw error
        } catch {
            throw SimplePageError("the page is not valid JSON: \(error)")
        }
    }
}

/// The encoding of a page: UTF-8, whatever it says of itself.
private enum PageEncoding {
    /// The page's bytes without a byte order mark, once they are known to be UTF-8 without NUL.
    static func checked(_ bytes: UnsafeRawBufferPointer) throws(SimplePageError) -> UnsafeRawBufferPointer {
        let isMarked = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        let text = isMarked ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
        let start = try endOfASCII(text)
        guard start < text.count else { return text }
        guard String(validating: text[start...], as: UTF8.self) != nil else {
            throw notUTF8
        }
        guard text.firstIndex(of: 0, from: start) == nil else { throw nulByte }
        return text
    }

    /// Why a page is refused that is not UTF-8.
    static let notUTF8 = SimplePageError("the page is not UTF-8")

    private static let nulByte = SimplePageError("the page has NUL bytes in it")

    /// Where the first byte beyond ASCII stands.
    private static func endOfASCII(_ text: UnsafeRawBufferPointer) throws(SimplePageError) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        var index = 0
        while index + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word & tops != 0 { break }
            if (word &- ones) & tops != 0 { throw nulByte }
            index += 8
        }
        while index < text.count, text[index] < 0x80 {
            if text[index] == 0 { throw nulByte }
            index += 1
        }
        return index
    }
}

/// Why a page of the simple API is refused: it is broken, hostile, or no such page.
public struct SimplePageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence without the last full stop, for people; without addresses, so that no secret is in it.
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
