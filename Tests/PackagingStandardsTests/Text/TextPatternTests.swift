import Testing

@testable import PackagingStandards

@Suite("Patterns of texts")
struct TextPatternTests {
    @Test(
        "Stars stand for any text",
        arguments: [
            ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "abcd", false), ("a*", "a", true), ("*a", "ba", true),
            ("*a*", "bab", true), ("*ab*ab", "ab", false), ("*ab*ab", "abab", true), ("a*b*c", "axbxc", true),
            ("a*b*c", "acb", false), ("abc", "abc", true), ("abc", "abcd", false), ("", "", true), ("", "a", false),
            ("a**b", "ab", true), ("aba*aba", "aba", false), ("?", "a", false), ("[a]", "a", false),
            ("K*", "\u{212A}x", false),
        ])
    func glob(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(TextPattern.glob(pattern).matches(text) == matches)
    }

    @Test("A pattern with many stars takes no longer than its text and itself")
    func hostileGlob() {
        let pattern = String(repeating: "a*", count: 500) + "b"
        #expect(!TextPattern.glob(pattern).matches(String(repeating: "a", count: 2000)))
    }

    @Test("A star in what is read makes a pattern of it")
    func reading() {
        #expect(TextPattern("refs/tags/*") == .glob("refs/tags/*"))
        #expect(TextPattern("refs/tags/v1") == .exactly("refs/tags/v1"))
        #expect(TextPattern("**").matchesEverything)
        #expect(!TextPattern("").matchesEverything)
        #expect(!TextPattern.exactly("K").matches("\u{212A}"))
    }
}
