import Testing

@testable import PackagingStandards

@Suite("Base64")
struct Base64Tests {
    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * 151 + 7) }
    }

    @Test("What is written for addresses is read back by the lenient reader", arguments: 0..<40)
    func roundTrip(count: Int) {
        let bytes = Self.bytes(count)
        let text = Base64.encodeForURLs(bytes)
        #expect(!text.contains { "+/=".contains($0) })
        #expect(Base64.decodeLeniently(ArraySlice(text.utf8)) == bytes)
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)
        #expect(Base64.decode(padded[...].utf8) == bytes)
        #expect(Base64.decodeLeniently(ArraySlice(padded.utf8)) == bytes)
    }

    @Test(
        "The strict reader takes one spelling alone",
        arguments: ["YQ", "YQ=", "YR==", "YWJ=", "Y===", "====", "YQ==\n", "Y Q=", "YW_-", "é", "YQ==YQ=="])
    func strict(text: String) {
        #expect(Base64.decode(text[...].utf8) == nil)
    }

    @Test("The lenient reader ignores bits that are left over, and refuses other characters")
    func lenient() {
        #expect(Base64.decodeLeniently(ArraySlice("YR".utf8)) == [0x61])
        #expect(Base64.decodeLeniently(ArraySlice("Y!".utf8)) == nil)
        #expect(Base64.decodeLeniently(ArraySlice("Y=Q".utf8)) == nil)
    }
}
