package import NIOCore

/// Reads a multipart/form-data body (RFC 7578, RFC 2046 §5.1) as it arrives: chunks in, fields and files out, no I/O.
///
/// Hand over a chunk with ``receive(_:)``, take what it holds with ``next()`` until that answers nil, and call
/// ``finish()`` when the body has ended. Fields come out whole, in memory of their own; a file's bytes come out as
/// slices of the chunks. Files in other fields than ``MultipartLimits/mainFile`` are read over. Chunks may split the body anywhere. After an error, every further call throws it again.
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

    /// Answers the next element, or nil when the chunk is used up.
    ///
    /// - Throws: what makes the body unacceptable.
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

    /// Says that the body has ended, once ``next()`` has answered nil.
    ///
    /// - Throws: `boundaryNotFound` if it never showed its boundary, `truncated` if it isn't whole.
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
        case .otherFile(let name, let size): try readOtherFile(name: name, size: size)
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
        // Every part counts, also an empty one: there is no other bound on their number.
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
            // Copied: a slice would keep its whole chunk in memory.
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

    /// Reads over a file that nobody wants, such as a signature.
    private mutating func readOtherFile(name: String, size: Int) throws(MultipartError) -> Step {
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
