public import NIOCore

/// A reader of a project's page in JSON or HTML, as an index serves it (PEP 503, 592, 629, 658, 691, 700, 714, 740,
/// 792).
///
/// The result has absolute `http` and `https` addresses only, without user names, passwords and fragments. Digests have
/// the right length and are in lowercase. Each file name comes once, from its first entry, and is safe by
/// `DistributionFilename.isSafe`: others are left out, as are links that name no file. `versions` is empty if the page
/// does not list them, as in HTML. `name` is the last part of the page's address if the page does not say it. An
/// unknown status (PEP 792) counts as active.
///
/// A bad entry does not spoil the page. A file is left out if its address is not `http` or `https` or has a user name,
/// or if its SHA-256 is malformed. Anything else of a file is left out if it has a wrong type, or more bytes than its
/// `FieldBound`. The page's `faults` say so.
///
/// JSON that is not UTF-8 is refused with a `SimplePageError`, as are pages that are cut short or malformed, have more
/// files than allowed, or are of another major version. Reading takes time and memory in proportion to the page,
/// whatever is on it.
public struct SimplePageReader: Sendable {
    /// The most files, and the most versions, that a page may list.
    public let maxFiles: Int
    let pageURL: String
    let project: NormalizedName?

    /// Makes a reader of pages from this address.
    ///
    /// - Parameters:
    ///   - pageURL: the absolute address of the page, after all redirects.
    ///   - maxFiles: the most files, and the most versions, that it may list.
    ///   - project: the project whose page it must be: HTML without a sign of it, such as a form to sign in, is
    ///     refused. Nil accepts any list of links.
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
    /// Bytes that are not UTF-8, in the text of some link, are replaced as by browsers.
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
            // A `base` after links applies to them too.
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

/// The encoding of a page: UTF-8, whatever the page says.
private enum PageEncoding {
    /// Checks that the page's bytes are UTF-8 without NUL, and returns them without a byte order mark.
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

    /// The error for a page that is not UTF-8.
    static let notUTF8 = SimplePageError("the page is not UTF-8")

    private static let nulByte = SimplePageError("the page has NUL bytes in it")

    /// Returns the index of the first byte beyond ASCII.
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

/// Why a page of the simple API is refused: it is broken, hostile, or another kind of page.
public struct SimplePageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence for people, without the last full stop, and without addresses, which may contain secrets.
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
