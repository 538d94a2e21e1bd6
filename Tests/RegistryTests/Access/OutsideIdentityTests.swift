import Registry
import Testing

@Suite("Identities outside")
struct OutsideIdentityTests {
    @Test("providers are those that the configuration can name")
    func providers() {
        for text in ["ldap", "authenticator", "sso:acme", "sso:a.b-c"] {
            #expect(OutsideProvider(text)?.description == text)
        }
        for text in ["", "LDAP", "nis", "sso:", "sso:a b", "sso", "ldap "] { #expect(OutsideProvider(text) == nil) }
        #expect(OutsideProvider.ldap.takesPasswords && OutsideProvider.authenticator.takesPasswords)
        #expect(OutsideProvider("sso:acme")?.takesPasswords == false)
    }

    @Test("subjects are short texts without control characters")
    func subjects() {
        for text in ["7", "00u1a2b3", "é", String(repeating: "é", count: 255)] {
            #expect(OutsideIdentity(.ldap, subject: text)?.subject == text)
        }
        for text in ["", "a\n", "\u{0}", "\u{85}", String(repeating: "a", count: OutsideIdentity.longestSubject + 1)] {
            #expect(OutsideIdentity(.ldap, subject: text) == nil)
        }
    }

    @Test("names lose the white space around them, and groups that no group here can have do not count")
    func people() throws {
        let identity = try #require(OutsideIdentity(.ldap, subject: "7"))
        let person = ProvenPerson(identity, name: " \tada\n", groups: ["dev", "R&D, Europe", "", "dev"])
        #expect(person.name == "ada" && person.groups == ["dev"])
        #expect(ProvenPerson(identity, name: " \n").name.isEmpty)
        let many = ProvenPerson(identity, name: "ada", groups: (1000..<2500).map { "g\($0)" })
        #expect(many.groups.count == ProvenPerson.mostGroups)
        #expect(many.groups.contains("g1000") && !many.groups.contains("g2000"))
    }
}
