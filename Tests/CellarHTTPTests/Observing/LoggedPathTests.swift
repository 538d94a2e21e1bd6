import Testing

@testable import CellarHTTP

@Suite("Paths in the log")
struct LoggedPathTests {
    @Test(
        "hide the token of the setup link", arguments: ["/-/setup/secret", "//-//setup//secret", "/-/setup/secret/x"])
    func hidden(path: String) {
        #expect(LoggedPath.of(path[...]) == "/-/setup/(hidden)")
    }

    @Test("are otherwise as they were sent", arguments: ["/", "/main/simple/", "/-/setup", "/-/pages/style.css", ""])
    func plain(path: String) {
        #expect(LoggedPath.of(path[...]) == path[...])
    }
}
