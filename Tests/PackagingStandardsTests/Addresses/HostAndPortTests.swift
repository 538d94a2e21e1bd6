import PackagingStandards
import Testing

@Suite("Hosts and ports")
struct HostAndPortTests {
    @Test(
        "are read apart",
        arguments: [
            ("localhost", "localhost", nil), ("localhost:80", "localhost", 80), ("a_b:0", "a_b", 0),
            ("a:", "a", nil), ("[::1]", "::1", nil), ("[::1]:65535", "::1", 65_535), ("[::1]:", "::1", nil),
            ("10.0.0.1:00080", "10.0.0.1", 80), ("[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1),
        ] as [(String, String, Int?)])
    func parts(text: String, host: String, port: Int?) throws {
        let place = try #require(HostAndPort(text[...]))
        #expect(place.host == host)
        #expect(place.port == port)
        #expect(place.isBracketed == text.hasPrefix("["))
    }

    @Test(
        "are refused if they could mean something else",
        arguments: [
            "", ":80", "::1", "a:b:1", "a:65536", "a:000080", "a:-1", "a:+1", "a: 1", "a:1 ", "[::1", "[]", "[]:1",
            "[a]:1", "[127.0.0.1]:1", "[::1]1", "[::1]x:1", "[::1%25lo]:1", "a:\u{661}",
        ])
    func refused(text: String) {
        #expect(HostAndPort(text[...]) == nil)
    }

    @Test(
        "have a strict host if it is an address or a name by RFC 1123",
        arguments: [
            ("10.0.0.1", true), ("[::1]", true), ("a.example", true), ("A-1", true), ("1.2.3", false), ("a_b", false),
            ("-a", false), ("a..b", false), ("a.", false), ("ü", false),
        ])
    func strict(text: String, isStrict: Bool) throws {
        #expect(try #require(HostAndPort(text[...])).hasStrictHost == isStrict)
    }
}
