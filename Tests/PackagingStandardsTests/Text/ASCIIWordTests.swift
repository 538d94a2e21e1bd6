import Testing

@testable import PackagingStandards

@Suite("Eight bytes at once")
struct ASCIIWordTests {
    private func word(_ bytes: [UInt8]) throws -> ASCIIWord {
        try bytes.withUnsafeBytes { try #require(ASCIIWord($0, at: 0)) }
    }

    @Test("say of every byte at every position what it is")
    func bytes() throws {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/".utf8)
        for place in 0..<8 {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array("abcdefgh".utf8)
                bytes[place] = byte
                let word = try word(bytes)
                #expect(word.isPlain == plain.contains(byte), "\(byte) at \(place)")
                #expect(word.last == bytes[7])
                guard byte < 0x80 else { continue }
                #expect(word.hasSlash == (byte == UInt8(ascii: "/")), "\(byte) at \(place)")
            }
        }
    }

    @Test("find a dot after a slash, which may come before them")
    func dots() throws {
        for place in 0..<7 {
            var bytes = Array("abcdefgh".utf8)
            bytes[place] = UInt8(ascii: "/")
            #expect(try !word(bytes).hasDotBehindSlash(before: UInt8(ascii: "a")))
            bytes[place + 1] = UInt8(ascii: ".")
            #expect(try word(bytes).hasDotBehindSlash(before: UInt8(ascii: "a")))
        }
        let dot = try word(Array(".bcdefgh".utf8))
        #expect(dot.hasDotBehindSlash(before: UInt8(ascii: "/")))
        #expect(!dot.hasDotBehindSlash(before: UInt8(ascii: ".")))
        #expect(try word(Array("../../..".utf8)).hasDotBehindSlash(before: 0))
    }

    @Test("a text of any length has only characters of a range, or not")
    func ranges() {
        for length in 0..<20 {
            #expect(ASCII.areAll(String(repeating: " ", count: length), from: 0x20))
            #expect(ASCII.areAll(String(repeating: "~", count: length), from: 0x7E))
            for place in 0..<length {
                for byte in UInt8.min..<0x80 {
                    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    bytes[place] = byte
                    let text = String(decoding: bytes, as: UTF8.self)
                    #expect(ASCII.areAll(text, from: 0x21) == (byte > 0x20 && byte < 0x7F), "\(byte) at \(place)")
                }
                #expect(!ASCII.areAll(String(repeating: "a", count: place) + "\u{E9}", from: 0x21))
            }
        }
    }

    @Test("are not read if fewer are left")
    func short() {
        Array("abcdefgh".utf8).withUnsafeBytes { bytes in
            #expect(ASCIIWord(bytes, at: 1) == nil)
            #expect(ASCIIWord(bytes, at: 0) != nil)
        }
    }
}
