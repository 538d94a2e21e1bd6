import NIOCore
import PackagingStandards
import Testing

@Suite("Reading pages in JSON")
struct JSONPageTests {
    private let digest = String(repeating: "ab", count: 32)

    private func read(_ json: String, maxFiles: Int = 100) throws(SimplePageError) -> SimpleProjectPage {
        try SimplePageReader(pageURL: "https://index.example/simple/foo/", maxFiles: maxFiles).json(
            ByteBuffer(string: json))
    }

    private func file(_ members: String) throws -> SimpleFile {
        try #require(
            try read("{\"files\":[{\"filename\":\"foo-1.zip\",\"url\":\"foo-1.zip\",\(members)}]}").files.first)
    }

    private func refusal(_ json: String) -> String {
        do throws(SimplePageError) {
            return "read: \(try read(json).files.map(\.filename))"
        } catch {
            return error.reason
        }
    }

    @Test("A page gives all that it says, whatever the order and what else there is")
    func whole() throws {
        let page = try read(
            """
            { "alternate-locations" : [ { "a": [ {}, [], -1.5e+3, true, null ] } ],
              "files" : [
                { "core-metadata": {"sha256": "\(digest)"}, "data-dist-info-metadata": true, "filename":
                  "foo-1.0-py3-none-any.whl", "hashes": {"md5": "\(String(repeating: "C", count: 32))", "sha256":
                  "\(digest.uppercased())", "unknown": "xyz" }, "provenance": null, "requires-python": ">=3.8",
                  "size": 12345, "upload-time": "2024-02-29T12:34:56.000001Z",
                  "url": "https:\\/\\/files.example\\/p\\/foo-1.0-py3-none-any.whl#sha256=x", "yanked": false,
                  "gpg-sig": true },
                { "filename": "foo-1.0.tar.gz", "url": "../../p/foo-1.0.tar.gz", "hashes": {}, "yanked": "b\\u00e4d",
                  "requires-python": null, "size": null, "upload-time": null, "core-metadata": false,
                  "provenance": "/prov/foo" },
                { "filename": "foo-1.0.tar.gz", "url": "https://other.example/" },
                { "filename": "../foo-1.1.tar.gz", "url": "https://other.example/" } ],
              "meta" : { "_last-serial": 987, "api-version": "1.3" }, "name": "Foo",
              "project-status": {"status": "deprecated", "reason": "use bar"}, "versions": ["0.9", "1.0"] }\n
            """)
        let wheel = SimpleFile(
            filename: "foo-1.0-py3-none-any.whl", url: "https://files.example/p/foo-1.0-py3-none-any.whl",
            sha256: digest, otherDigests: [.init(algorithm: "md5", hex: String(repeating: "c", count: 32))],
            requiresPython: ">=3.8", size: 12345, uploadTime: Timestamp(microseconds: 1_709_210_096_000_001),
            coreMetadata: .sha256(digest))
        let source = SimpleFile(
            filename: "foo-1.0.tar.gz", url: "https://index.example/p/foo-1.0.tar.gz", sha256: nil, size: nil,
            uploadTime: nil, yanked: .yes(reason: "bäd"), provenance: "https://index.example/prov/foo")
        #expect(
            page
                == SimpleProjectPage(
                    name: "foo", files: [wheel, source], versions: ["0.9", "1.0"], status: .deprecated,
                    statusReason: "use bar", lastSerial: 987))
    }

    @Test("Yanks and metadata are read as their PEPs say")
    func attributes() throws {
        #expect(try file("\"yanked\":true").yanked == .yes(reason: nil))
        #expect(try file("\"yanked\":\"\"").yanked == .no)
        #expect(try file("\"yanked\":null").yanked == .no)
        #expect(try file("\"core-metadata\":true").coreMetadata == .unhashed)
        #expect(try file("\"core-metadata\":{\"md5\":\"00\"}").coreMetadata == .unhashed)
        #expect(try file("\"dist-info-metadata\":{\"sha256\":\"\(digest)\"}").coreMetadata == .sha256(digest))
        #expect(try file("\"core-metadata\":false,\"dist-info-metadata\":true").coreMetadata == .none)
        #expect(try file("\"dist-info-metadata\":true,\"core-metadata\":false").coreMetadata == .none)
        #expect(try file("\"upload-time\":\"soon\"").uploadTime == nil)
        #expect(try file("\"requires-python\":\"\"").requiresPython == nil)
    }

    @Test("Escapes are undone; no half of a pair and no NUL comes through")
    func escapes() throws {
        let cases = [
            ("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\u{8}\u{c}\n\r\t"), ("\\ud83d\\ude00!", "😀!"),
            ("\\ud83d!", "\u{FFFD}!"), ("\\ude00\\ud83d", "\u{FFFD}\u{FFFD}"), ("a\\u0000b", "a\u{FFFD}b"),
            ("\\ud83d\\u0041", "\u{FFFD}A"), ("\\u00e9é😀", "éé😀"),
        ]
        for (raw, expected) in cases {
            #expect(try file("\"requires-python\":\"\(raw)\"").requiresPython == expected)
        }
        #expect(try file("\"\\u0073ize\":7").size == 7, "keys may be escaped too")
    }

    @Test("An unknown status counts as active")
    func unknownStatus() throws {
        #expect(try read("{\"files\":[],\"project-status\":{\"status\":\"sleeping\"}}").status == .active)
        #expect(try read("{\"files\":[],\"project-status\":null}").status == .active)
        #expect(try read("{\"files\":[],\"project-status\":{\"status\":\"quarantined\"}}").status == .quarantined)
    }

    static let refused: [(json: String, reason: String)] = [
        ("", "the page is not valid JSON: the text ends too early at byte 0"),
        ("[]", "the page is JSON, but no object"),
        ("{}", "the page has no list of files: it is not a project's page"),
        ("{\"files\":{}}", "the page's files are not an array"),
        ("{\"files\":[],\"files\":[]}", "the page has two lists of files"),
        (
            "{\"meta\":{\"api-version\":\"2.0\"},\"files\":[]}",
            "the page is of version '2.0' of the simple API; versions 1.x are understood"
        ),
        ("{\"files\":[]} x", "the page is not valid JSON: something follows the value at byte 13"),
        ("{\"files\":[],}", "the page is not valid JSON: a value is missing after a comma at byte 12"),
        ("{\"files\":[] \"a\":1}", "the page is not valid JSON: a comma is missing at byte 12"),
        ("{\"a\" 1}", "the page is not valid JSON: a colon is missing at byte 5"),
        ("{\"a\":}", "the page is not valid JSON: a value is missing at byte 5"),
        ("{\"a\":tru}", "the page is not valid JSON: a value is missing at byte 5"),
        ("{\"a\":01}", "the page is not valid JSON: a number begins with 0 at byte 7"),
        ("{\"a\":1.}", "the page is not valid JSON: a digit is missing at byte 7"),
        ("{\"a\":-", "the page is not valid JSON: a digit is missing at byte 6"),
        ("{\"a\":\"\\x\"}", "the page is not valid JSON: an escape is malformed at byte 6"),
        ("{\"a\":\"\\u12\"}", "the page is not valid JSON: an escape is malformed at byte 6"),
        ("{\"a\":\"\n\"}", "the page is not valid JSON: a string has a control character in it at byte 6"),
        ("{\"a\":\"b", "the page is not valid JSON: the text ends inside a string at byte 7"),
    ]

    @Test("Broken and hostile pages are refused, with the reason", arguments: refused)
    func refusals(json: String, reason: String) {
        #expect(refusal(json) == reason)
    }

    /// One bad entry: as a file's text, what becomes of the file (nil: it is left out), and what the faults say.
    struct Bad: Sendable, CustomTestStringConvertible {
        let file: String
        let says: String
        let isKept: @Sendable (SimpleFile?) -> Bool

        init(_ file: String, says: String, _ isKept: @escaping @Sendable (SimpleFile?) -> Bool = { $0 == nil }) {
            self.file = file
            self.says = says
            self.isKept = isKept
        }

        init(member: String, says: String, _ isKept: @escaping @Sendable (SimpleFile?) -> Bool) {
            self.init("{\"filename\":\"bad-1.zip\",\"url\":\"b\",\(member)}", says: says, isKept)
        }

        var testDescription: String { String(file.prefix(120)) }
    }

    static let bad: [Bad] = [
        .init("1", says: "not an object"), .init("null", says: "not an object"), .init("[{}]", says: "not an object"),
        .init("{}", says: "no name or no address"), .init("{\"url\":\"b\"}", says: "no name or no address"),
        .init("{\"filename\":\"bad-1.zip\"}", says: "no name or no address"),
        .init("{\"filename\":null,\"url\":\"b\"}", says: "no name or no address"),
        .init("{\"filename\":7,\"url\":\"b\"}", says: "filename that is not a string"),
        .init("{\"filename\":\"bad-1.zip\",\"url\":[\"b\"]}", says: "url that is not a string"),
        .init("{\"filename\":\"bad-1.zip\",\"url\":\"javascript:x\"}", says: "'bad-1.zip' is not an http or https"),
        .init("{\"filename\":\"bad-1.zip\",\"url\":\"https://\"}", says: "'bad-1.zip' has no valid host"),
        .init("{\"filename\":\"bad-1.zip\",\"url\":\"https://me:x@h/\"}", says: "a user name or password in it"),
        .init(member: "\"hashes\":{\"sha256\":\"00\"}", says: "the SHA-256 of 'bad-1.zip'") { $0 == nil },
        .init(member: "\"hashes\":{\"sha256\":\"sha512-x\"}", says: "the SHA-256 of 'bad-1.zip'") { $0 == nil },
        .init(member: "\"hashes\":{\"sha256\":\"\"}", says: "the SHA-256 of 'bad-1.zip'") { $0?.sha256 == .some(nil) },
        .init(member: "\"hashes\":{\"sha256\":1}", says: "digest that is not a string") { $0?.sha256 == .some(nil) },
        .init(member: "\"hashes\":{\"md5\":\"00\"}", says: "the md5 digest") { $0?.otherDigests == [] },
        .init(member: "\"requires-python\":3", says: "requires-python that is not a string") {
            $0?.requiresPython == .some(nil)
        },
        .init(member: "\"requires-python\":[\">=3\"]", says: "requires-python that is not a string") {
            $0?.requiresPython == .some(nil)
        },
        .init(member: "\"requires-python\":\"\(String(repeating: "x", count: 513))\"", says: "more than 512 bytes") {
            $0?.requiresPython == .some(nil)
        },
        .init(member: "\"size\":\"many\"", says: "size") { $0?.size == .some(nil) },
        .init(member: "\"size\":-1", says: "size") { $0?.size == .some(nil) },
        .init(member: "\"size\":1.5", says: "size") { $0?.size == .some(nil) },
        .init(member: "\"size\":99999999999999999999", says: "size") { $0?.size == .some(nil) },
        .init(member: "\"size\":{}", says: "size") { $0?.size == .some(nil) },
        .init(member: "\"upload-time\":17", says: "upload-time that is not a string") { $0?.uploadTime == .some(nil) },
        .init(member: "\"yanked\":1", says: "yanked that is not a string") { $0?.yanked == .no },
        .init(member: "\"yanked\":\"\(String(repeating: "x", count: 4097))\"", says: "more than 4096 bytes") {
            $0?.yanked == .yes(reason: nil)
        },
        .init(member: "\"core-metadata\":1", says: "core metadata") {
            $0?.coreMetadata == SimpleFile.CoreMetadata.none
        },
        .init(member: "\"core-metadata\":{\"sha256\":\"00\"}", says: "the metadata's SHA-256") {
            $0?.coreMetadata == .unhashed
        },
        .init(member: "\"provenance\":\"ftp://x/\"", says: "the provenance of 'bad-1.zip'") {
            $0?.provenance == .some(nil)
        },
        .init(member: "\"provenance\":true", says: "provenance that is not a string") { $0?.provenance == .some(nil) },
    ]

    @Test("One bad entry does not cost the page, and is noted", arguments: bad)
    func badEntry(bad: Bad) throws {
        let page = try read(
            """
            {"files":[{"filename":"foo-1.zip","url":"a","size":1},\(bad.file),{"filename":"foo-2.zip","url":"a","size":2}]}
            """)
        #expect(page.files.filter { $0.filename.hasPrefix("foo") }.map(\.size) == [1, 2])
        #expect(bad.isKept(page.files.first { $0.filename == "bad-1.zip" }))
        #expect(page.faults.count >= 1)
        #expect(page.faults.examples.contains { $0.contains(bad.says) }, "\(page.faults.examples)")
    }

    @Test("What is wrong beside the files does not cost the page either")
    func badRest() throws {
        let page = try read(
            """
            {"name":1,"meta":{"_last-serial":1.5,"api-version":1},"project-status":{"status":1,"reason":[]},
            "versions":["1",2,null,"\(String(repeating: "1", count: 300))","3"],"files":[]}
            """)
        #expect(page.versions == ["1", "3"])
        #expect(page.status == .active)
        #expect(page.name == "foo")
        #expect(page.faults.count == 5)
        #expect(try read("{\"versions\":null,\"project-status\":\"archived\",\"files\":[]}").versions.isEmpty)
        #expect(try file("\"size\":\"12\"").size == 12, "a number in a string is one")
    }

    @Test("The first of many faults are described, without secrets")
    func manyFaults() throws {
        let files = (0..<50).map { "{\"filename\":\"foo-\($0).zip\",\"url\":\"https://me:secret@h/\"}" }
        let page = try read("{\"files\":[\(files.joined(separator: ","))]}")
        #expect(page.files.isEmpty)
        #expect(page.faults.count == 50)
        #expect(page.faults.examples.count == 5)
        #expect(!page.faults.examples.contains { $0.contains("secret") })
    }

    @Test("A file whose first line is bad is taken from a later one")
    func laterLine() throws {
        let page = try read(
            "{\"files\":[{\"filename\":\"foo-1.zip\",\"url\":\"data:x\"},{\"filename\":\"foo-1.zip\",\"url\":\"a\"}]}")
        #expect(page.files.map(\.url) == ["https://index.example/simple/foo/a"])
    }

    @Test("A digest in an address counts if there is no other; a query stays")
    func fragments() throws {
        let address = "\"url\":\"https:\\/\\/h.example\\/foo-1.zip?sig=a%2Fb#sha256%3D\(digest)\""
        let files = try read("{\"files\":[{\"filename\":\"foo-1.zip\",\(address)}]}").files
        #expect(files.map(\.sha256) == [digest])
        #expect(files.map(\.url) == ["https://h.example/foo-1.zip?sig=a%2Fb"])
    }

    @Test("Values nested 64 deep are passed over, deeper ones refused")
    func nesting() throws {
        let nested = String(repeating: "[{\"a\":", count: 32) + "1" + String(repeating: "}]", count: 32)
        #expect(try read("{\"x\":\(nested),\"files\":[]}").files.isEmpty)
        #expect(
            refusal("{\"a\":" + String(repeating: "[", count: 100_000))
                == "the page is not valid JSON: values are nested deeper than 64 at byte 69")
    }

    @Test("A page lists as many files and versions as it may, and no more")
    func limits() throws {
        let files = (0..<5).map { "{\"filename\":\"foo-\($0).zip\",\"url\":\"a\"}" }.joined(separator: ",")
        #expect(try read("{\"files\":[\(files)]}", maxFiles: 5).files.count == 5)
        #expect(throws: SimplePageError.self) { try read("{\"files\":[\(files)]}", maxFiles: 4) }
        #expect(throws: SimplePageError.self) { try read("{\"files\":[],\"versions\":[\"1\",\"2\"]}", maxFiles: 1) }
    }
}
