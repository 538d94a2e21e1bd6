import Testing

@testable import ServerConfiguration

@Suite("The realm of the server")
struct RealmTests {
    @Test("is printable ASCII that needs no escapes", arguments: ["Packages of Acme", "~ !"])
    func realm(text: String) throws {
        #expect(try ServerConfiguration.read("[server]\nrealm = '\(text)'").server.realm == text)
    }

    @Test("anything else is refused", arguments: ["", "a\"b", "a\\b", "Köln", String(repeating: "x", count: 65)])
    func wrongRealm(text: String) {
        #expect(
            problems("[server]\nrealm = '\(text)'").first?.hasPrefix(
                "cellar.toml:2: server.realm must be 1 to 64 printable ASCII characters other than \" and \\, not")
                == true)
    }
}
