import CellarHTTP
import NIOCore
import Testing

@Suite struct MultipartParserTests {
    typealias Build = MultipartBuilder

    /// Bodies with what they hold.
    static let good: [(String, [String])] = [
        (
            Build.body([Build.field(":action", "file_upload"), Build.file("content", "a-1.0.tar.gz", "bytes")]),
            [":action=file_upload", "content@a-1.0.tar.gz:bytes."]
        ),
        (Build.body([Build.field("a", "")]), ["a="]),
        (Build.body([Build.file("content", "x", "")]), ["content@x:."]),
        (Build.body([Build.file("content", "", "y")]), ["content@:y."]),
        (
            Build.body([Build.file("content", "x", "\r\n--\r\n\r\n----boundary4\r\n------boundary4\r\r\n-\r")]),
            ["content@x:\r\n--\r\n\r\n----boundary4\r\n------boundary4\r\r\n-\r."]
        ),
        (Build.body([Build.field("a", "\r\n"), Build.field("a", "\n\n")]), ["a=\r\n", "a=\n\n"]),
        ("preamble\r\n" + Build.body([Build.field("a", "b")]) + "epilogue", ["a=b"]),
        ("\r\n" + Build.body([Build.field("a", "b")]), ["a=b"]),
        ("------boundary42 \t\r\n" + Build.field("a", "b") + "\r\n------boundary42-- \t", ["a=b"]),
        ("------boundary42--", []),
        // A part whose headers are all that it has (RFC 2046 §5.1.1).
        ("------boundary42\r\nContent-Disposition: form-data; name=a\r\n\r\n------boundary42--", ["a="]),
        (
            Build.body([
                Build.part(
                    [
                        "content-transfer-ENCODING: Binary", "X-Other: ä", "CONTENT-DISPOSITION:Form-Data ; NAME=a",
                        "Content-Type: text/plain; charset=utf-8",
                    ], "b")
            ]),
            ["a=b"]
        ),
    ]

    @Test("A body is read alike whole, split at any byte, and byte by byte", arguments: good.indices)
    func everySplit(index: Int) throws {
        let (body, expected) = Self.good[index]
        let bytes = ByteBuffer(string: body)
        #expect(try MultipartContent.read([bytes]).parts == expected)
        for split in 0...bytes.readableBytes {
            var rest = bytes
            let first = rest.readSlice(length: split) ?? ByteBuffer()
            #expect(try MultipartContent.read([first, rest]).parts == expected, "split at \(split)")
        }
        let single = bytes.readableBytesView.map { ByteBuffer(bytes: [$0]) }
        #expect(try MultipartContent.read(single).parts == expected)
    }

    @Test("Any part of a body but the whole is refused", arguments: good.indices)
    func everyTruncation(index: Int) throws {
        let (body, _) = Self.good[index]
        let closing = body.firstRange(of: "------boundary42--")
        let end = try #require(closing?.upperBound)
        let whole = ByteBuffer(string: String(body[..<end]))
        for length in 0..<whole.readableBytes {
            var rest = whole
            let part = rest.readSlice(length: length) ?? ByteBuffer()
            let error = #expect(throws: MultipartError.self, "cut at \(length)") { try MultipartContent.read([part]) }
            #expect(error == .truncated || error == .boundaryNotFound)
        }
    }

    @Test("A file's bytes are slices of the chunks")
    func noCopies() throws {
        var parser = MultipartParser(boundary: try MultipartBoundary("----boundary42"))
        let content = String(repeating: "0123456789", count: 10_000)
        let chunk = ByteBuffer(string: Build.body([Build.file("content", "x", content)]))
        parser.receive(chunk)
        var found = false
        while let element = try parser.next() {
            guard case .fileBytes(let bytes) = element else { continue }
            found = true
            #expect(bytes.readableBytes == content.utf8.count)
            let start = chunk.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
            let sliceStart = bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
            #expect((start..<(start + UInt(chunk.readableBytes))).contains(sliceStart))
        }
        try parser.finish()
        #expect(found)
    }

    @Test("A field's value is memory of its own")
    func fieldsAreCopied() throws {
        var parser = MultipartParser(boundary: try MultipartBoundary("----boundary42"))
        parser.receive(ByteBuffer(string: Build.body([Build.field("a", "b"), Build.field("c", "\u{E9}")])))
        guard case .field(let field) = try parser.next() else {
            Issue.record("no field")
            return
        }
        #expect(field.value.storageCapacity < 64)
        #expect(try field.text() == "b")
    }

    @Test("A field that isn't UTF-8 says so")
    func notText() {
        let field = MultipartField(name: "summary", value: ByteBuffer(bytes: [0x66, 0xFC, 0x72]))
        #expect(throws: MultipartError.fieldNotText(field: "summary")) { try field.text() }
    }

    @Test("An error stays")
    func failed() throws {
        var parser = MultipartParser(boundary: try MultipartBoundary("b"))
        parser.receive(ByteBuffer(string: "--b\n"))
        for _ in 0..<3 {
            #expect(throws: MultipartError.bareLineFeed) { try parser.next() }
        }
        #expect(throws: MultipartError.bareLineFeed) { try parser.finish() }
    }

    /// Bodies with why they are refused.
    static let bad: [(String, MultipartError)] = [
        ("", .boundaryNotFound),
        ("hello", .boundaryNotFound),
        (Build.body([Build.field("a", "b")], boundary: "----other"), .boundaryNotFound),
        (Build.body([Build.field("a", "b")]).replacingOccurrences("\r\n", "\n"), .bareLineFeed),
        ("------boundary42\r\nContent-Disposition: form-data; name=a\n\r\n", .bareLineFeed),
        ("------boundary42x\r\n", .malformedDelimiter),
        ("------boundary42-\r\n", .malformedDelimiter),
        ("------boundary42--x", .malformedDelimiter),
        ("------boundary42" + String(repeating: " ", count: 1000), .malformedDelimiter),
        (Build.body(["no colon\r\n\r\n"]), .malformedHeader),
        (Build.body([Build.part([": x"], "")]), .malformedHeader),
        (Build.body([Build.part(["A : x"], "")]), .malformedHeader),
        (Build.body([Build.part(["Content-Disposition: form-data;", " name=a"], "")]), .malformedHeader),
        (Build.body([Build.part(["Content-Disposition: form-data; name=\"a"], "")]), .malformedHeader),
        (Build.body([Build.part(["Content-Disposition: form-data; name=\"a\"b"], "")]), .malformedHeader),
        (Build.body(["\r\nvalue"]), .missingName),
        (Build.body([Build.part(["Content-Type: text/plain"], "x")]), .missingName),
        (Build.body([Build.part(["Content-Disposition: attachment; name=a"], "x")]), .missingName),
        (Build.body([Build.part(["Content-Disposition: form-data"], "x")]), .missingName),
        (Build.body([Build.field("", "x")]), .missingName),
        (Build.body([Build.field("a\u{0}b", "x")]), .invalidName),
        (Build.body([Build.file("content", "a\tb\u{7F}", "x")]), .invalidName),
        (
            Build.body([Build.part(["Content-Disposition: form-data; name=a; name=b"], "")]),
            .ambiguousHeader(name: "name")
        ),
        (
            Build.body([
                Build.part(["Content-Disposition: form-data; name=a", "content-disposition: form-data; name=b"], "")
            ]),
            .ambiguousHeader(name: "Content-Disposition")
        ),
        (
            Build.body([
                Build.part(["Content-Disposition: form-data; name=a; filename=x; filename*=utf-8''y"], "")
            ]),
            .ambiguousHeader(name: "filename")
        ),
        (
            Build.body([
                Build.part(["Content-Disposition: form-data; name=a", "Content-Type: Multipart/Mixed; boundary=c"], "")
            ]),
            .nestedMultipart(field: "a")
        ),
        (
            Build.body([
                Build.part(["Content-Disposition: form-data; name=a", "Content-Transfer-Encoding: BASE64"], "")
            ]),
            .unsupportedTransferEncoding("base64")
        ),
    ]

    @Test("A malformed body is refused with its reason, however it is split", arguments: bad.indices)
    func malformed(index: Int) throws {
        let (body, expected) = Self.bad[index]
        #expect(throws: expected) { try MultipartContent.read(body) }
        let single = body.utf8.map { ByteBuffer(bytes: [$0]) }
        #expect(throws: expected) { try MultipartContent.read(single) }
        #expect(!expected.isTooLarge)
        #expect(!expected.description.isEmpty)
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
