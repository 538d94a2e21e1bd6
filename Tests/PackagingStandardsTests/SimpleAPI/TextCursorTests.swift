import NIOCore
import Testing

@testable import PackagingStandards

@Suite("Text that is escaped eight bytes at once")
struct TextCursorTests {
    private func html(_ text: String) -> String {
        var buffer = ByteBuffer()
        buffer.writeHTML(escaping: text)
        return String(buffer: buffer)
    }

    private func json(_ text: String) -> String {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { $0.string(text) }
        return String(buffer: buffer)
    }

    /// A text of letters with other characters in two places, and the same with each in a written form.
    private func cases(
        _ forms: [(Character, String)], _ check: (_ text: String, _ expected: String) -> Void
    ) {
        for length in 0..<20 {
            for first in 0...length {
                for (character, form) in forms {
                    for second in [first + 1, first + 7, first + 8] {
                        var (text, expected) = ("", "")
                        for place in 0..<length {
                            let letter = Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(place)))
                            text.append(place == first || place == second ? character : letter)
                            expected += place == first || place == second ? form : String(letter)
                        }
                        check(text, expected)
                    }
                }
            }
        }
    }

    @Test("HTML is right for every length and place")
    func writesHTML() {
        let forms: [(Character, String)] = [
            ("<", "&lt;"), ("\"", "&quot;"), ("\u{E9}", "\u{E9}"), ("\u{1}", "\u{FFFD}"),
        ]
        cases(forms) { text, expected in #expect(html(text) == expected) }
    }

    @Test("JSON is right for every length and place")
    func writesJSON() {
        let forms: [(Character, String)] = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\u{1F600}", "\u{1F600}"), ("\u{1}", "\\u0001"),
        ]
        cases(forms) { text, expected in #expect(json(text) == "\"\(expected)\"") }
    }
}
