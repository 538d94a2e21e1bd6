import Testing

@testable import CellarHTTP

@Suite("Paths in the log")
struct LoggedPathTests {
    @Test(
        "hide the token of the setup link", arguments: ["/-/setup/secret", "//-//setup//secret", "/-/setup/secret/x"])
    func hidden(path: String) {
        #expect(LoggedPath.of(path[...]) == "/-/setup/(hidden)")
    }

    @Test(
        "hide the secrets of one-time links",
        arguments: [
            ("/account/invitation/secret", "/account/invitation/(hidden)"),
            ("//account//reset//secret", "/account/reset/(hidden)"),
            ("/%61ccount/re%73et/secret", "/%61ccount/re%73et/(hidden)"),
            ("/account/invitation/%20secret/x", "/account/invitation/(hidden)"),
        ])
    func links(path: String, shown: String) {
        #expect(LoggedPath.of(path[...]) == shown)
    }

    @Test(
        "are otherwise as they were sent",
        arguments: [
            "/", "/main/simple/", "/-/setup", "/-/pages/style.css", "", "/account", "/account/password/x",
            "/account/reset", "/acme/reset/x", "/%zz/reset/x",
        ])
    func plain(path: String) {
        #expect(LoggedPath.of(path[...]) == path[...])
    }
}
