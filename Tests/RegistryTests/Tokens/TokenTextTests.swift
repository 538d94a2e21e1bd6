import RegistryTestSupport
import Testing

@testable import Registry

@Suite("The text of a token")
struct TokenTextTests {
    @Test("a token that was made is read again, and has 190 random bits", arguments: UInt64(0)..<50)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let token = TokenText(using: &random)
        let text = token.reveal()
        #expect(text.utf8.count == 45)
        #expect(text.hasPrefix("cellar_"))
        #expect(TokenText(Array(text.utf8)) == token)
        #expect(token.digest == Sample.digest(text))
        #expect(TokenText(using: &random) != token)
    }

    @Test("every mistyped, swapped, missing or added character is found")
    func checksum() {
        var random = SeededGenerator(seed: 7)
        let bytes = Array(TokenText(using: &random).reveal().utf8)
        for place in bytes.indices {
            for byte in Array("09azAZ_- ".utf8) where byte != bytes[place] {
                var wrong = bytes
                wrong[place] = byte
                #expect(TokenText(wrong) == nil)
            }
            var shorter = bytes
            shorter.remove(at: place)
            #expect(TokenText(shorter) == nil)
            #expect(TokenText(bytes + [bytes[place]]) == nil)
            guard place > 0, bytes[place] != bytes[place - 1] else { continue }
            var swapped = bytes
            swapped.swapAt(place, place - 1)
            #expect(TokenText(swapped) == nil)
        }
    }

    @Test("random texts that begin like tokens are none")
    func random() {
        var random = SeededGenerator(seed: 9)
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for _ in 0..<10_000 {
            let rest = (0..<38).compactMap { _ in letters.randomElement(using: &random) }
            #expect(TokenText(Array("cellar_".utf8) + rest) == nil)
        }
    }

    @Test("the checksum is that of ISO 3309")
    func knownValue() {
        #expect(CRC32.checksum(of: Array("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test("a token is never printed")
    func redacted() {
        var random = SeededGenerator(seed: 1)
        let token = TokenText(using: &random)
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped] { #expect(!text.contains("cellar_")) }
    }
}
