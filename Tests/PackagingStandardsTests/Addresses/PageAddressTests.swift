import NIOCore
import PackagingStandards
import Testing

@Suite("Addresses of links")
struct PageAddressTests {
    private func resolve(_ reference: String, on page: String) throws -> String {
        let html = ByteBuffer(string: "<a href=\"\(reference)\">x-1.zip</a>")
        return try #require(try SimplePageReader(pageURL: page, maxFiles: 1).html(html).files.first).url
    }

    /// RFC 3986 §5.4, as far as the schemes allow.
    static let examples = [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("g#s", "http://a/b/c/g"),
        ("g?y#s", "http://a/b/c/g?y"), (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../", "http://a/"),
        ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g;x=1/../y", "http://a/b/c/y"), ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
    ]

    @Test("References resolve as RFC 3986 shows", arguments: examples)
    func rfc(reference: String, expected: String) throws {
        #expect(try resolve(reference, on: "http://a/b/c/d;p?q") == expected)
    }

    static let others = [
        ("  https://h.example/x \n", "https://h.example/x"), ("HTTPS://H.Example:0443/A", "https://h.example:443/A"),
        ("https://h.example", "https://h.example/"), ("https://h.example?x", "https://h.example/?x"),
        ("https://h.example:/x", "https://h.example/x"), ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://h.example/a/../b/./c", "https://h.example/b/c"), ("https://h.example/..", "https://h.example/"),
        ("a b", "https://p.example/s/foo/a%20b"), ("é", "https://p.example/s/foo/%C3%A9"),
        ("100%", "https://p.example/s/foo/100%25"), ("a%2", "https://p.example/s/foo/a%252"),
        ("a%2fb%zz", "https://p.example/s/foo/a%2fb%25zz"), ("a\\b", "https://p.example/s/foo/a%5Cb"),
        ("a\n\tb", "https://p.example/s/foo/ab"), ("a//b", "https://p.example/s/foo/a//b"),
        ("https://h.example/%2B[x]", "https://h.example/%2B%5Bx%5D"),
    ]

    @Test("Addresses come out in lowercase, encoded and without dots", arguments: others)
    func forms(reference: String, expected: String) throws {
        #expect(try resolve(reference, on: "https://p.example/s/foo/") == expected)
    }

    @Test("Dots and what needs a percent sign are found wherever they are in a long address")
    func everyPlace() throws {
        for count in 0..<24 {
            let before = String(repeating: "b", count: count)
            let address = { (part: String) in "https://h.example/a/\(before)\(part)/cccccccccccccccc" }
            #expect(try resolve(address("/.."), on: "https://p.example/") == "https://h.example/a/cccccccccccccccc")
            #expect(try resolve(address("/."), on: "https://p.example/") == address(""))
            #expect(try resolve(address("["), on: "https://p.example/") == address("%5B"))
            #expect(try resolve(address(".d"), on: "https://p.example/") == address(".d"))
        }
    }

    @Test("A user in the page's own address is dropped")
    func userInfo() throws {
        #expect(try resolve("a", on: "https://me:secret@h.example/s/") == "https://h.example/s/a")
        #expect(try resolve("a", on: "https://me@evil@h.example/s/") == "https://h.example/s/a")
    }

    @Test("An address may be long, but not without end")
    func length() throws {
        let long = String(repeating: "a/", count: 4000)
        #expect(try resolve(long, on: "http://h/").hasSuffix(long))
        for endless in [long + long, String(repeating: "é", count: 4000)] {
            let html = ByteBuffer(string: "<a href=\"\(endless)\">a-1.zip</a>")
            let page = try SimplePageReader(pageURL: "http://h/", maxFiles: 1).html(html)
            #expect(page.files.isEmpty)
            #expect(page.faults.examples == ["the link of 'a-1.zip' is longer than 8192 bytes"])
        }
    }
}
