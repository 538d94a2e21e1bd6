import PackagingStandards
import Testing

@Suite("Addresses on the web")
struct WebAddressTests {
    @Test(
        "are read into one form",
        arguments: [
            ("https://Pypi.ORG/simple/", "https://pypi.org/simple/"), ("HTTPS://pypi.org", "https://pypi.org/"),
            ("https://pypi.org:443/a", "https://pypi.org/a"), ("http://a:8080/b?c#d", "http://a:8080/b?c"),
            ("http://a./b", "http://a/b"), ("http://u:p@a/b", "http://a/b"),
            ("http://[FE80::1]:1/", "http://[fe80::1]:1/"),
            ("http://a?q", "http://a/?q"), ("http://a/b c", "http://a/b%20c"), ("http://a/ü", "http://a/%C3%BC"),
            ("http://a/../b/./c", "http://a/b/c"), ("http://a/b\\c", "http://a/b%5Cc"), ("http://a:/b", "http://a/b"),
        ])
    func forms(_ text: String, _ form: String) {
        #expect(WebAddress(text)?.description == form)
    }

    @Test(
        "that could be read in two ways are refused",
        arguments: [
            "http://a@b@c/", "http://a\\@b/", "http://a b/", "http://a\u{0}b/", "http://a%2fb/", "http://a\tb/",
            "http://ａ/", "http://a:1:2/", "http://a:-1/", "http://a:0/", "http://a:65536/", "http://[::1/",
            "http://::1/",
            "http://[::1%25lo]/", "http://[127.0.0.1]/", "http://a../", "http://.a/", "http:///b", "http:a", "//a/b",
            "ws://a/", "http://a\r\nb/", "http://[::1]x/",
        ])
    func refused(_ text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test(
        "references are read against them",
        arguments: [
            ("c", "https://h/a/c"), ("/c", "https://h/c"), ("../c", "https://h/c"), ("../../../c", "https://h/c"),
            ("?x", "https://h/a/b?x"), ("#f", "https://h/a/b?q"), ("", "https://h/a/b?q"), ("//i/c", "https://i/c"),
            ("http://i/c", "http://i/c"), ("c?u=http://x/", "https://h/a/c?u=http://x/"), (".", "https://h/a/"),
            ("..", "https://h/"), ("c:d", nil), ("javascript:x", nil), ("./c:d", "https://h/a/c:d"),
        ] as [(String, String?)])
    func references(_ reference: String, _ expected: String?) throws {
        let base = try #require(WebAddress("https://h/a/b?q"))
        #expect(base.resolving(reference)?.description == expected)
    }

    @Test("are logged without what may be a signature")
    func redacted() {
        #expect(WebAddress("https://u:p@h/f?X-Amz-Signature=secret")?.redacted == "https://h/f")
    }
}
