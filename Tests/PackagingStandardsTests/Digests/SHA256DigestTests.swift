import NIOCore
import PackagingStandards
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("SHA-256 digests")
struct SHA256DigestTests {
    private let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test("a digest prints as the text it came from, in lowercase")
    func printing() throws {
        let digest = try #require(SHA256Digest(hex: text))
        #expect(digest.description == text)
        #expect(SHA256Digest(hex: text.uppercased()) == digest)
        #expect(SHA256Digest(hashing: ByteBuffer(string: "abc")) == digest)
        #expect(SHA256Digest(hashing: Array("abc".utf8)) == digest)
        #expect(digest.bytes.count == 32)
        #expect(digest.bytes.first == 0xba)
    }

    @Test("other texts are no digests", arguments: ["", "ba78", "g", String(repeating: "0", count: 65), "é"])
    func refused(hex: String) {
        #expect(SHA256Digest(hex: hex) == nil)
        #expect(SHA256Digest(hex: String(text.dropLast()) + "g") == nil)
        #expect(SHA256Digest(hex: String(text.dropLast()) + " ") == nil)
    }

    @Test("reads every hexadecimal digit at every place, and no other byte")
    func everyByte() throws {
        for place in [0, 7, 8, 31, 63] {
            for byte in UInt8.min...UInt8.max {
                var digits = [UInt8](repeating: UInt8(ascii: "5"), count: 64)
                digits[place] = byte
                let digest = digits.withUnsafeBytes { SHA256Digest(hexDigits: $0) }
                let character = Character(UnicodeScalar(byte))
                #expect((digest != nil) == (character.isHexDigit && byte < 0x80), "\(byte) at \(place)")
                guard let digest else { continue }
                #expect(digest.description == String(decoding: digits, as: UTF8.self).lowercased())
            }
        }
    }

    @Test("digests sort as their texts do")
    func order() throws {
        let texts = ["00", "0f", "80", "ff"].flatMap { head in
            ["00", "ff"].map { head + String(repeating: "7", count: 60) + $0 }
        }
        let digests = try texts.map { try #require(SHA256Digest(hex: $0)) }
        #expect(digests.shuffled().sorted().map(\.description) == texts.sorted())
    }

    @Test("a digest is a hex text in JSON")
    func coding() throws {
        let digests = FileDigests(
            sha256: try #require(SHA256Digest(hex: text)), md5: "900150983cd24fb0d6963f7d28e17f72", blake2b256: "bd")
        let json = try JSONEncoder().encode(digests)
        #expect(String(decoding: json, as: UTF8.self).contains("\"sha256\":\"\(text)\""))
        #expect(try JSONDecoder().decode(FileDigests.self, from: json) == digests)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                [SHA256Digest].self, from: ByteBuffer(string: "[\"abc\"]").readableBytesView.map { $0 }.asData)
        }
    }
}

extension [UInt8] {
    fileprivate var asData: Data { Data(self) }
}
