import Glibc
package import NIOCore

/// Reads a multipart/form-data body (RFC 7578, RFC 2046 §5.1) as it arrives: chunks in, fields and files out, no I/O.
///
/// Hand over a chunk with ``receive(_:)``, take what it holds with ``next()`` until that returns nil, and call
/// ``finish()`` when the body has ended. Fields come out whole, in memory of their own; a file's bytes come out as
/// slices of the chunks. Files in other fields than ``MultipartLimits/mainFile`` are skipped. Chunks may split the
/// body anywhere. After an error, every further call throws it again.
package struct MultipartParser: Sendable {
    /// What the body holds, in its order.
    package enum Element: Hashable, Sendable {
        /// A field that has no file name, whole.
        case field(MultipartField)
        /// A file begins; its bytes and its end follow.
        case fileBegan(MultipartFile)
        /// The file's next bytes, at least one.
        case fileBytes(ByteBuffer)
        /// The file is whole.
        case fileEnded
    }

    private enum State {
        case preamble
        case delimiterLine(DelimiterLine)
        case headers(HeaderBlock)
        case field(name: String, limit: Int)
        case file
        case otherFile(name: String, size: Int)
        case epilogue
        case failed(MultipartError)
    }

    private let limits: MultipartLimits
    private var search: DelimiterSearch
    private var state = State.preamble
    private var chunk = ByteBuffer()
    private var fieldValue = ByteBuffer()
    private var preambleBytes = 0
    private var epilogueBytes = 0
    private var allFieldBytes = 0
    private var fileBytes: Int64 = 0

    package init(boundary: MultipartBoundary, limits: MultipartLimits = MultipartLimits()) {
        self.limits = limits
        search = DelimiterSearch(boundary: boundary)
    }

    /// Takes the body's next chunk.
    package mutating func receive(_ bytes: ByteBuffer) {
        if chunk.readableBytes == 0 {
            chunk = bytes
        } else {
            chunk.writeImmutableBuffer(bytes)
        }
    }

    /// Returns the next element, or nil if the chunk is used up.
    ///
    /// - Throws: Why the body is refused.
    package mutating func next() throws(MultipartError) -> Element? {
        do throws(MultipartError) {
            while true {
                switch try step() {
                case .element(let element): return element
                case .goOn: continue
                case .needsMore: return nil
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Ends the body, once ``next()`` has returned nil.
    ///
    /// - Throws: `boundaryNotFound` if its boundary never came, `truncated` if it isn't whole.
    package func finish() throws(MultipartError) {
        switch state {
        case .epilogue: return
        case .delimiterLine(let line) where line.isClosing: return
        case .preamble: throw .boundaryNotFound
        case .failed(let error): throw error
        default: throw .truncated
        }
    }

    private enum Step {
        case element(Element)
        case goOn
        case needsMore
    }

    private mutating func step() throws(MultipartError) -> Step {
        switch state {
        case .preamble: try readPreamble()
        case .delimiterLine(let line): try readDelimiterLine(line)
        case .headers(let block): try readHeaders(block)
        case .field(let name, let limit): try readField(name: name, limit: limit)
        case .file: try readFile()
        case .otherFile(let name, let size): try skipOtherFile(name: name, size: size)
        case .epilogue: try readEpilogue()
        case .failed(let error): throw error
        }
    }

    private mutating func readPreamble() throws(MultipartError) -> Step {
        switch search.next(in: &chunk) {
        case .data(let bytes):
            preambleBytes += bytes.readableBytes
            guard preambleBytes <= limits.preamble else { throw .boundaryNotFound }
            return .goOn
        case .delimiter:
            state = .delimiterLine(DelimiterLine())
            return .goOn
        case .needsMore:
            return .needsMore
        }
    }

    private mutating func readDelimiterLine(_ line: DelimiterLine) throws(MultipartError) -> Step {
        var line = line
        switch try line.next(in: &chunk) {
        case .partFollows:
            state = .headers(HeaderBlock(limit: limits.headers))
            return .goOn
        case .closed:
            state = .epilogue
            return .goOn
        case .needsMore:
            state = .delimiterLine(line)
            return .needsMore
        }
    }

    private mutating func readHeaders(_ block: HeaderBlock) throws(MultipartError) -> Step {
        var block = block
        guard let lines = try block.next(in: &chunk) else {
            state = .headers(block)
            return .needsMore
        }
        let head = try MultipartPartHead(parsing: lines)
        // The empty line that ended the headers may also be the line end before the next boundary.
        search.beginAtLineStart()
        if let filename = head.filename, head.name == limits.mainFile {
            state = .file
            return .element(.fileBegan(MultipartFile(field: head.name, filename: filename)))
        }
        // Every part counts, even an empty one: nothing else bounds their number.
        try count(fieldBytes: lines.count)
        if head.filename != nil {
            state = .otherFile(name: head.name, size: 0)
            return .goOn
        }
        fieldValue = ByteBuffer()
        state = .field(name: head.name, limit: limits.limit(forField: head.name))
        return .goOn
    }

    private mutating func readField(name: String, limit: Int) throws(MultipartError) -> Step {
        switch search.next(in: &chunk) {
        case .data(let bytes):
            guard fieldValue.readableBytes + bytes.readableBytes <= limit else {
                throw .fieldTooLarge(field: name, limit: limit)
            }
            try count(fieldBytes: bytes.readableBytes)
            // Copied, since a slice would keep its whole chunk in memory.
            fieldValue.writeImmutableBuffer(bytes)
            return .goOn
        case .delimiter:
            state = .delimiterLine(DelimiterLine())
            let value = fieldValue
            fieldValue = ByteBuffer()
            return .element(.field(MultipartField(name: name, value: value)))
        case .needsMore:
            return .needsMore
        }
    }

    private mutating func count(fieldBytes: Int) throws(MultipartError) {
        allFieldBytes += fieldBytes
        guard allFieldBytes <= limits.allFields else { throw .fieldsTooLarge(limit: limits.allFields) }
    }

    private mutating func readFile() throws(MultipartError) -> Step {
        switch search.next(in: &chunk) {
        case .data(let bytes):
            fileBytes += Int64(bytes.readableBytes)
            guard fileBytes <= limits.files else { throw .fileTooLarge(limit: limits.files) }
            return .element(.fileBytes(bytes))
        case .delimiter:
            state = .delimiterLine(DelimiterLine())
            return .element(.fileEnded)
        case .needsMore:
            return .needsMore
        }
    }

    /// Skips a file that nobody wants, such as a signature.
    private mutating func skipOtherFile(name: String, size: Int) throws(MultipartError) -> Step {
        switch search.next(in: &chunk) {
        case .data(let bytes):
            let size = size + bytes.readableBytes
            guard size <= limits.otherFile else { throw .fieldTooLarge(field: name, limit: limits.otherFile) }
            try count(fieldBytes: bytes.readableBytes)
            state = .otherFile(name: name, size: size)
            return .goOn
        case .delimiter:
            state = .delimiterLine(DelimiterLine())
            return .goOn
        case .needsMore:
            return .needsMore
        }
    }

    private mutating func readEpilogue() throws(MultipartError) -> Step {
        epilogueBytes += chunk.readableBytes
        chunk.moveReaderIndex(to: chunk.writerIndex)
        guard epilogueBytes <= limits.epilogue else { throw .epilogueTooLarge(limit: limits.epilogue) }
        return .needsMore
    }
}

/// A form's field, whole.
package struct MultipartField: Hashable, Sendable {
    /// The field's name; not empty, without control characters.
    package let name: String
    /// The value's bytes, in memory of their own.
    package let value: ByteBuffer

    package init(name: String, value: ByteBuffer) {
        self.name = name
        self.value = value
    }

    /// Returns the value as text.
    ///
    /// - Throws: `fieldNotText` if it isn't UTF-8.
    package func text() throws(MultipartError) -> String {
        guard let text = value.withUnsafeReadableBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw .fieldNotText(field: name)
        }
        return text
    }
}

/// The head of a file whose bytes follow.
package struct MultipartFile: Hashable, Sendable {
    /// The name of the form's field, such as `content`.
    package let field: String
    /// The file name exactly as the client sent it: without control characters, otherwise unchecked, possibly empty.
    package let filename: String
}

/// The most bytes that a multipart body and its parts may have.
package struct MultipartLimits: Hashable, Sendable {
    /// Bytes before the first boundary.
    package var preamble: Int
    /// Bytes after the closing boundary.
    package var epilogue: Int
    /// Bytes of one part's headers.
    package var headers: Int
    /// Bytes of one field's value, unless ``fieldExceptions`` names the field.
    package var field: Int
    /// Bytes of the values of single fields, which may be longer or must be shorter than ``field``.
    package var fieldExceptions: [String: Int]
    /// Bytes of all parts but ``mainFile`` together, their headers included.
    package var allFields: Int
    /// The field of the one file that is wanted.
    package var mainFile: String
    /// Bytes of that file, or of all together if it is sent more than once.
    package var files: Int64
    /// Bytes of any other file.
    package var otherFile: Int

    package init(
        preamble: Int = 4096,
        epilogue: Int = 4096,
        headers: Int = 8192,
        field: Int = 4 << 20,
        fieldExceptions: [String: Int] = [:],
        allFields: Int = 16 << 20,
        mainFile: String = "content",
        files: Int64 = .max,
        otherFile: Int = 1 << 20
    ) {
        self.preamble = preamble
        self.epilogue = epilogue
        self.headers = headers
        self.field = field
        self.fieldExceptions = fieldExceptions
        self.allFields = allFields
        self.mainFile = mainFile
        self.files = files
        self.otherFile = otherFile
    }

    /// Returns the most bytes that the named field's value may have.
    package func limit(forField name: String) -> Int {
        fieldExceptions[name] ?? field
    }
}

/// Why a multipart/form-data body (RFC 7578) is refused, with a text for people who read their client's output.
package enum MultipartError: Error, Hashable, Sendable {
    /// The `Content-Type` isn't `multipart/form-data`.
    case notFormData
    /// The `Content-Type` names no boundary, two, or one that RFC 2046 §5.1.1 doesn't allow.
    case invalidBoundary
    /// The announced boundary never comes: another one is used, the body is empty, or the preamble is too long.
    case boundaryNotFound
    /// The body ended before the closing boundary.
    case truncated
    /// Text follows a boundary on its line.
    case malformedDelimiter
    /// A line ends in a line feed without a carriage return.
    case bareLineFeed
    /// A part's header is malformed.
    case malformedHeader
    /// A part's header states the same thing twice, or in two forms that differ.
    case ambiguousHeader(name: String)
    /// A part has no `Content-Disposition: form-data` with a name.
    case missingName
    /// A name or file name holds a control character, or isn't UTF-8.
    case invalidName
    /// A part is itself a multipart body.
    case nestedMultipart(field: String)
    /// A part is encoded in a way that form data may not be (RFC 7578 §4.7).
    case unsupportedTransferEncoding(String)
    /// A field's value isn't UTF-8 text.
    case fieldNotText(field: String)
    /// One part's headers are longer than the limit, in bytes.
    case headersTooLarge(limit: Int)
    /// One field's value, or an unwanted file, is longer than its limit, in bytes.
    case fieldTooLarge(field: String, limit: Int)
    /// All fields together, with their headers, are longer than the limit, in bytes.
    case fieldsTooLarge(limit: Int)
    /// All files together are longer than the limit, in bytes.
    case fileTooLarge(limit: Int64)
    /// More follows the closing boundary than the limit, in bytes.
    case epilogueTooLarge(limit: Int)
}

extension MultipartError {
    /// Whether the body broke a limit (413), not the format (400).
    package var isTooLarge: Bool {
        switch self {
        case .headersTooLarge, .fieldTooLarge, .fieldsTooLarge, .fileTooLarge, .epilogueTooLarge: true
        default: false
        }
    }
}

extension MultipartError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFormData: "The request body must be multipart/form-data."
        case .invalidBoundary: "The Content-Type header names no valid multipart boundary."
        case .boundaryNotFound: "The request body doesn't contain the boundary that its Content-Type header names."
        case .truncated: "The request body ends before its closing boundary: the upload was cut short."
        case .malformedDelimiter: "A boundary line of the request body is malformed."
        case .bareLineFeed: "The request body's lines must end in CR LF, not in LF alone."
        case .malformedHeader: "A header inside the multipart body is malformed."
        case .ambiguousHeader(let name): "A part of the multipart body states its \(name) more than once."
        case .missingName: "A part of the multipart body has no Content-Disposition: form-data header with a name."
        case .invalidName: "A name inside the multipart body holds control characters or isn't UTF-8."
        case .nestedMultipart(let field): "The part '\(field)' is itself multipart, which forms may not be."
        case .unsupportedTransferEncoding(let encoding):
            "The Content-Transfer-Encoding '\(encoding)' isn't supported: send the bytes as they are."
        case .fieldNotText(let field): "The field '\(field)' isn't valid UTF-8."
        case .headersTooLarge(let limit): "The headers of a part of the multipart body exceed \(limit) bytes."
        case .fieldTooLarge(let field, let limit): "The field '\(field)' exceeds \(limit) bytes."
        case .fieldsTooLarge(let limit): "The fields of the form exceed \(limit) bytes in total."
        case .fileTooLarge(let limit): "The file exceeds \(limit) bytes."
        case .epilogueTooLarge(let limit): "More than \(limit) bytes follow the closing boundary of the request body."
        }
    }
}

/// Finds a multipart delimiter (CR LF, two dashes, the boundary) in a stream of chunks that may split it anywhere.
///
/// Nothing is copied: what is held back at the end of a chunk, because it could begin a delimiter, equals the
/// delimiter's own first bytes, so only their number is remembered. A delimiter has a carriage return at its beginning
/// only; if a match breaks off, no other can have begun inside it.
private struct DelimiterSearch: Sendable {
    enum Step: Hashable {
        /// These bytes come before the delimiter.
        case data(ByteBuffer)
        /// The delimiter has been taken.
        case delimiter
        /// The chunk is used up.
        case needsMore
    }

    private let delimiter: ByteBuffer
    /// How many of the delimiter's first bytes have been held back.
    private var matched = 0
    /// How many of those were only assumed, and are no data if the match breaks off.
    private var assumed = 0

    /// Makes a search that begins at the start of a line.
    init(boundary: MultipartBoundary) {
        delimiter = ByteBuffer(string: "\r\n--" + boundary.text)
        beginAtLineStart()
    }

    /// Goes on as if a line had just ended: a body may begin with its first boundary, and a part that has only headers
    /// may be followed by the next part's boundary.
    mutating func beginAtLineStart() {
        matched = 2
        assumed = 2
    }

    /// Takes the next step in a chunk, moving its reader index.
    mutating func next(in chunk: inout ByteBuffer) -> Step {
        if matched > 0, let step = finishMatch(in: &chunk) { return step }
        if chunk.readableBytes == 0 { return .needsMore }
        switch firstIndex(in: chunk) {
        case 0:
            chunk.moveReaderIndex(forwardBy: delimiter.readableBytes)
            return .delimiter
        case let index?:
            return .data(chunk.readSlice(length: index) ?? ByteBuffer())
        case nil:
            matched = heldBackLength(of: chunk)
            let data = chunk.readSlice(length: chunk.readableBytes - matched) ?? ByteBuffer()
            chunk.moveReaderIndex(to: chunk.writerIndex)
            return data.readableBytes == 0 ? .needsMore : .data(data)
        }
    }

    /// Continues a match that earlier chunks began; returns nil if the search must begin again.
    private mutating func finishMatch(in chunk: inout ByteBuffer) -> Step? {
        let length = min(delimiter.readableBytes - matched, chunk.readableBytes)
        guard length > 0 else { return .needsMore }
        guard isDelimiter(from: matched, length: length, at: 0, of: chunk) else {
            let held = delimiter.getSlice(at: assumed, length: matched - assumed)
            matched = 0
            assumed = 0
            return held.flatMap { $0.readableBytes == 0 ? nil : .data($0) }
        }
        chunk.moveReaderIndex(forwardBy: length)
        matched += length
        guard matched == delimiter.readableBytes else { return .needsMore }
        matched = 0
        assumed = 0
        return .delimiter
    }

    /// Returns the index, from the reader index, of the first whole delimiter.
    ///
    /// Jumps from one carriage return to the next: compressed data has one in 256 bytes.
    private func firstIndex(in chunk: ByteBuffer) -> Int? {
        chunk.withUnsafeReadableBytes { bytes in
            delimiter.withUnsafeReadableBytes { needle in
                guard let start = bytes.baseAddress, let needleStart = needle.baseAddress else { return nil }
                var rest = start
                var length = bytes.count
                while length >= needle.count {
                    guard let found = memchr(rest, 0x0D, length - needle.count + 1) else { return nil }
                    let candidate = UnsafeRawPointer(found)
                    if memcmp(candidate, needleStart, needle.count) == 0 { return candidate - start }
                    length -= candidate - rest + 1
                    rest = candidate + 1
                }
                return nil
            }
        }
    }

    /// Returns the length of the chunk's end that could begin a delimiter.
    private func heldBackLength(of chunk: ByteBuffer) -> Int {
        let window = min(chunk.readableBytes, delimiter.readableBytes - 1)
        let tail = chunk.readableBytesView.suffix(window)
        guard let index = tail.lastIndex(of: UInt8(ascii: "\r")) else { return 0 }
        let length = tail.endIndex - index
        return isDelimiter(from: 0, length: length, at: chunk.readableBytes - length, of: chunk) ? length : 0
    }

    private func isDelimiter(from offset: Int, length: Int, at index: Int, of chunk: ByteBuffer) -> Bool {
        chunk.withUnsafeReadableBytes { bytes in
            delimiter.withUnsafeReadableBytes { needle in
                guard let bytes = bytes.baseAddress, let needle = needle.baseAddress else { return length == 0 }
                return memcmp(bytes + index, needle + offset, length) == 0
            }
        }
    }
}

/// Reads what follows a delimiter on its line: padding only, or the two dashes that close the body
/// (RFC 2046 §5.1.1).
private struct DelimiterLine: Sendable {
    enum Step: Hashable {
        /// A part's headers follow.
        case partFollows
        /// The closing delimiter has ended, with its line.
        case closed
        /// The chunk is used up.
        case needsMore
    }

    private enum State {
        case start
        case firstDash
        case padding
        case carriageReturn
    }

    /// The most bytes of padding that are accepted; only mail has any.
    private static let longestPadding = 256

    private var state = State.start
    private var padding = 0
    /// Whether both dashes have been seen: the body may end from here on.
    private(set) var isClosing = false

    /// Takes bytes until the line ends, moving the chunk's reader index.
    mutating func next(in chunk: inout ByteBuffer) throws(MultipartError) -> Step {
        while let byte = chunk.readInteger(as: UInt8.self) {
            switch (state, byte) {
            case (.start, UInt8(ascii: "-")):
                state = .firstDash
            case (.firstDash, UInt8(ascii: "-")):
                isClosing = true
                state = .padding
            case (.start, UInt8(ascii: "\r")), (.padding, UInt8(ascii: "\r")):
                state = .carriageReturn
            case (.start, UInt8(ascii: " ")), (.padding, UInt8(ascii: " ")),
                (.start, UInt8(ascii: "\t")), (.padding, UInt8(ascii: "\t")):
                padding += 1
                guard padding <= Self.longestPadding else { throw .malformedDelimiter }
                state = .padding
            case (.carriageReturn, UInt8(ascii: "\n")):
                return isClosing ? .closed : .partFollows
            case (.start, UInt8(ascii: "\n")), (.padding, UInt8(ascii: "\n")):
                throw .bareLineFeed
            default:
                throw .malformedDelimiter
            }
        }
        return .needsMore
    }
}

/// Collects one part's headers, up to the empty line that ends them.
private struct HeaderBlock: Sendable {
    /// How many bytes are read at a time, so that few of a file's first bytes are copied in vain.
    private static let stride = 512

    private let limit: Int
    /// Begins with the end of the delimiter's line, so that a part without headers ends like the others.
    private var bytes = Array("\r\n".utf8)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes until the headers end, moving the chunk's reader index; returns the lines without the empty one, or
    /// nil if the chunk is used up.
    mutating func next(in chunk: inout ByteBuffer) throws(MultipartError) -> [UInt8]? {
        while chunk.readableBytes > 0 {
            let known = bytes.count
            let length = min(Self.stride, chunk.readableBytes)
            bytes.append(contentsOf: chunk.readableBytesView.prefix(length))
            if let end = try end(startingAt: known) {
                chunk.moveReaderIndex(forwardBy: end - known)
                guard end - 2 <= limit else { throw .headersTooLarge(limit: limit) }
                return Array(bytes[2..<(end - 2)])
            }
            chunk.moveReaderIndex(forwardBy: length)
            guard bytes.count - 2 <= limit else { throw .headersTooLarge(limit: limit) }
        }
        return nil
    }

    /// Returns the index behind the empty line, searched for among the new bytes, or nil if it has not come yet.
    private func end(startingAt known: Int) throws(MultipartError) -> Int? {
        for index in known..<bytes.count where bytes[index] == UInt8(ascii: "\n") {
            guard bytes[index - 1] == UInt8(ascii: "\r") else { throw .bareLineFeed }
            if bytes[index - 3] == UInt8(ascii: "\r"), bytes[index - 2] == UInt8(ascii: "\n") { return index + 1 }
        }
        return nil
    }
}
