import Testing

@testable import PackagingStandards

@Suite("Percent-encoding")
struct PercentCodingTests {
    @Test(
        "is decoded strictly or leniently",
        arguments: [
            ("a%20b", "a b", "a b"), ("%2f%2F", "//", "//"), ("100%", nil, "100%"), ("%zz", nil, "%zz"),
            ("%+1", nil, "%+1"), ("%2", nil, "%2"), ("", "", ""), ("%25zz", "%zz", "%zz"),
        ] as [(String, String?, String)])
    func decoding(text: String, strict: String?, lenient: String) {
        let bytes = Array(text.utf8)
        #expect(PercentCoding.decode(bytes) == strict.map { Array($0.utf8) })
        #expect(bytes.withUnsafeBytes { PercentCoding.decodeLeniently($0) } == Array(lenient.utf8))
    }

    @Test("leaves visible ASCII alone, which decodes to the text again", arguments: ["a b/ü?%", "\\\u{7F}[x]", "%41"])
    func encoding(text: String) throws {
        for kept in [PercentCoding.Kept.pathCharacters, .visible] {
            var encoded: [UInt8] = []
            Array(text.utf8).withUnsafeBytes { PercentCoding.append($0, keeping: kept, to: &encoded) }
            #expect(encoded.allSatisfy { ASCII.isVisible($0) && $0 != UInt8(ascii: "\\") })
            if !text.contains("%") { #expect(PercentCoding.decode(encoded) == Array(text.utf8)) }
        }
    }
}
