import Foundation
import NIOCore
import PackagingStandards
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer, body)
        return String(buffer: buffer)
    }

    @Test("Commas stand between members and elements, and nowhere else")
    func commas() {
        let text = written { json in
            json.object { json in
                json.key("empty")
                json.object { _ in }
                json.key("list")
                json.array { json in
                    json.integer(1)
                    json.array { _ in }
                    json.boolean(true)
                    json.boolean(false)
                    json.null()
                    json.object { json in
                        json.key("a")
                        json.string("b")
                    }
                    json.raw(ByteBuffer(string: "{\"kept\":1}"))
                    json.string(orNull: nil)
                    json.string(orNull: "x")
                    json.timestamp(Timestamp(microseconds: 0))
                }
                json.key("last")
                json.integer(2)
            }
        }
        #expect(
            text == """
                {"empty":{},"list":[1,[],true,false,null,{"a":"b"},{"kept":1},null,"x","1970-01-01T00:00:00.000000Z"],"last":2}
                """)
    }

    @Test(
        "Integers are written whole",
        arguments: [0, 7, -1, 10, 1234567890, Int64.max, Int64.min])
    func integers(number: Int64) {
        #expect(written { $0.integer(number) } == String(number))
    }

    @Test("Every ASCII character at every place of a word is read back as itself")
    func escapes() throws {
        for scalar in (0..<128 as Range<UInt8>) {
            for position in 0..<17 {
                var bytes = Array("abcdefghijklmnop".utf8)
                bytes.insert(scalar, at: position)
                let text = String(decoding: bytes, as: UTF8.self)
                let json = written { json in
                    json.array { $0.string(text) }
                }
                #expect(json.utf8.allSatisfy { $0 >= 0x20 })
                #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
            }
        }
    }

    @Test("Text beyond ASCII and long text pass unchanged, in keys too")
    func beyondASCII() throws {
        let texts = ["", "äöü€😀\u{2028}", String(repeating: "long \"quoted\" text\n", count: 5000), "\u{0}", "\u{7F}"]
        for text in texts {
            let json = written { json in
                json.object { json in
                    json.key(text)
                    json.string(text)
                }
            }
            #expect(try JSONDecoder().decode([String: String].self, from: Data(json.utf8)) == [text: text])
        }
    }

    @Test("What the buffer held stays before, and an error keeps what was written")
    func appends() {
        struct Stop: Error {}
        var buffer = ByteBuffer(string: "head ")
        #expect(throws: Stop.self) {
            try JSONWriter.write(into: &buffer) { (json: inout JSONWriter) throws(Stop) in
                json.integer(1)
                throw Stop()
            }
        }
        #expect(String(buffer: buffer) == "head 1")
    }
}
