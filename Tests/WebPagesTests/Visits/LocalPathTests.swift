import Testing

@testable import WebPages

@Suite("Where a form may lead")
struct LocalPathTests {
    @Test(
        "is a path here",
        arguments: ["/", "/account", "/main/simple/acme/", "/a?b=c&d#e", "/%2f%2fevil", "/a:b", "/.."])
    func local(text: String) {
        #expect(LocalPath(text)?.text == text)
    }

    @Test(
        "is nothing that a browser might take for elsewhere",
        arguments: [
            "", "account", "//evil.example", "/a//b", "/\\evil.example", "\\\\evil.example", "https://evil.example",
            "javascript:alert(1)", " /a", "/a b", "/\t/evil.example", "/\n", "/é",
            "/" + String(repeating: "a", count: 512),
        ])
    func elsewhere(text: String) {
        #expect(LocalPath(text) == nil)
    }
}
