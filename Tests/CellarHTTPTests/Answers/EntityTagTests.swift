import CellarHTTP
import Testing

@Suite struct EntityTagTests {
    @Test(
        "If-None-Match compares weakly, in lists too",
        arguments: [
            ("\"abc\"", true), ("W/\"abc\"", true), ("\"x\", \"abc\"", true), ("\"x\",W/\"abc\"", true),
            ("*", true), (" * ", true), (",, \"abc\"", true), ("\"a,b\", \"abc\"", true), ("\"x\" \"abc\"", true),
            ("\"abd\"", false), ("abc", false), ("", false), ("\"abc", false), ("\"ABC\"", false),
            ("\"x\", abc", false),
            ("W/abc", false), ("w/\"abc\"", false), ("*, \"x\"", false), ("\"\"", false), ("\"xabc\"", false),
        ])
    func ifNoneMatch(header: String, matches: Bool) {
        #expect(EntityTag.matches(ifNoneMatch: header, tag: "\"abc\"") == matches)
    }

    @Test("A weak tag of ours matches its strong form")
    func weak() {
        #expect(EntityTag.matches(ifNoneMatch: "\"abc\"", tag: "W/\"abc\""))
        #expect(!EntityTag.matches(ifNoneMatch: "\"x\"", tag: "W/\"abc\""))
    }
}
