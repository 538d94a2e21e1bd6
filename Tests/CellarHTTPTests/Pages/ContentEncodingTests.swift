import CellarHTTP
import Testing

@Suite struct ContentEncodingTests {
    @Test(
        "The heaviest encoding is chosen",
        arguments: [
            (nil, .identity), ("", .identity), ("identity", .identity), ("deflate, br", .identity),
            ("gzip, deflate", .gzip), ("gzip, deflate, br", .gzip), ("gzip, deflate, zstd", .zstd),
            ("gzip, deflate, br, zstd", .zstd), ("gzip", .gzip), ("x-gzip", .gzip), ("GZIP", .gzip), ("zstd", .zstd),
            ("zstd;q=0.5, gzip", .gzip), ("zstd;q=0.5, gzip;q=0.5", .zstd), ("zstd;q=0, gzip;q=0.1", .gzip),
            ("gzip;q=0.5, identity", .identity), ("gzip;q=0.5, identity;q=0.5", .gzip), ("gzip;q=0", .identity),
            ("*", .zstd), ("*;q=0.5, gzip", .gzip), ("zstd;q=0, *", .gzip), ("*;q=0, identity;q=0.1", .identity),
            ("*;q=0, gzip", .gzip), ("identity;q=0, gzip;q=0.001", .gzip), ("gzip;q=abc", .identity),
        ] as [(String?, ContentEncoding)])
    func accepted(header: String?, expected: ContentEncoding) {
        #expect(ContentEncoding.negotiated(header) == expected)
    }

    @Test(
        "Nothing is answered if even identity is refused",
        arguments: ["identity;q=0", "*;q=0", "br, *;q=0", "identity;q=0, gzip;q=0"])
    func unacceptable(header: String) {
        #expect(ContentEncoding.negotiated(header) == nil)
    }
}
