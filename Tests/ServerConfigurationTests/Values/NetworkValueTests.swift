import Testing

@testable import ServerConfiguration

@Suite("Addresses")
struct NetworkValueTests {
    @Test(
        "An address and port are read, written back, and known as loopback or not",
        arguments: [
            ("127.0.0.1:6543", "127.0.0.1", 6543, true), ("127.8.9.1:0", "127.8.9.1", 0, true),
            ("[::1]:80", "::1", 80, true), ("localhost:6543", "localhost", 6543, true),
            ("0.0.0.0:6543", "0.0.0.0", 6543, false), ("[::]:65535", "::", 65_535, false),
            ("10.0.0.1:1", "10.0.0.1", 1, false), ("[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, true),
            ("pypi.example.com:443", "pypi.example.com", 443, false),
        ])
    func listenAddresses(text: String, host: String, port: Int, isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(
        "Other texts are no addresses to listen at",
        arguments: [
            "", ":6543", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:6543", "[::1]", "[]:80",
            "1.2.3:80", "256.0.0.1:80", "a b:80", "-a:80", "[127.0.0.1]:80", "host:+80",
            "::ffff:127.0.0.1:80", "127.0.0.1\u{0}.example.com:80",
        ])
    func notListenAddresses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(
        "A base URL loses its last slash and keeps its path",
        arguments: [
            ("https://pypi.example.com", "https://pypi.example.com"),
            ("http://localhost:6543/", "http://localhost:6543"),
            ("HTTPS://PyPI.example.com/Cellar//", "https://pypi.example.com/Cellar"),
            ("http://[::1]:80/x/y", "http://[::1]:80/x/y"), ("https://[::1]", "https://[::1]"),
        ])
    func baseURLs(text: String, written: String) {
        #expect(BaseURL(text)?.description == written)
    }

    @Test(
        "Other texts are no base URLs",
        arguments: [
            "", "pypi.example.com", "ftp://a.b", "https://", "https://user:pw@host", "https://host?x=1",
            "https://host/#a", "https://host/a b", "https://ho st", "//host", "https://host:", "https://host?",
            "https://host#",
        ])
    func notBaseURLs(text: String) {
        #expect(BaseURL(text) == nil)
    }
}
