import NIOCore
import PackagingStandards
import Testing

@Suite("Digests of files")
struct FileHasherTests {
    // From sha256sum, md5sum and b2sum -l 256.
    @Test(
        "each digest is what the standard tools print",
        arguments: [
            (
                "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "d41d8cd98f00b204e9800998ecf8427e",
                "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
            ),
            (
                "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "900150983cd24fb0d6963f7d28e17f72",
                "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
            ),
        ])
    func digestsOfKnownTexts(text: String, sha256: String, md5: String, blake2b256: String) {
        var hasher = FileHasher()
        hasher.update(ByteBuffer(string: text))
        let digests = hasher.finalize()
        #expect(digests.sha256.description == sha256)
        #expect(digests.md5 == md5)
        #expect(digests.blake2b256 == blake2b256)
        #expect(hasher.byteCount == Int64(text.utf8.count))
    }

    // From b2sum.
    @Test("a BLAKE2b digest of 512 bits is what the standard tool prints")
    func longBLAKE2b() {
        var hash = BLAKE2b(.bits512)
        hash.update(Array("ab".utf8))
        hash.update(ByteBuffer(string: "c"))
        #expect(
            hash.hexDigest == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
    }

    @Test(
        "the digests don't depend on how the bytes are cut", arguments: [1, 63, 64, 65, 127, 128, 129, 16_384, 50_001])
    func cutting(step: Int) {
        let bytes = (0..<50_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var whole = FileHasher()
        whole.update(bytes)
        var cut = FileHasher()
        for start in stride(from: 0, to: bytes.count, by: step) {
            cut.update(Array(bytes[start..<min(start + step, bytes.count)]))
        }
        #expect(cut.finalize() == whole.finalize())
        #expect(cut.byteCount == 50_001)
    }

    @Test("a copy is independent of its original")
    func copies() {
        var one = FileHasher()
        one.update(Array("ab".utf8))
        var other = one
        other.update(Array("x".utf8))
        one.update(Array("c".utf8))
        var abc = FileHasher()
        abc.update(Array("abc".utf8))
        #expect(one.finalize() == abc.finalize())
        #expect(other.finalize() != abc.finalize())
        #expect(one.finalize() == one.finalize())
    }
}
