import Testing

@testable import LDAPAuthentication

@Suite("Texts of others in filters and names")
struct LDAPEscapingTests {
    @Test(
        "stay values (RFC 4515 §3, RFC 4514 §2.4)",
        arguments: [
            ("alice.b-c_d@example", "alice.b-c_d@example"), ("*", "\\2a"), ("a)(uid=*", "a\\29\\28uid\\3d\\2a"),
            ("\\", "\\5c"), ("a b,c=d", "a\\20b\\2cc\\3dd"), ("#1", "\\231"), ("\u{0}", "\\00"), ("ü", "\\c3\\bc"),
            ("", ""),
        ])
    func values(text: String, escaped: String) {
        #expect(LDAPEscaping.filterValue(text) == escaped)
        #expect(LDAPEscaping.nameValue(text) == escaped)
    }

    @Test("what identifies somebody is text that can be read back")
    func subjects() {
        let guid: [UInt8] = [
            0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
        ]
        let text = "00112233-4455-6677-8899-aabbccddeeff"
        #expect(LDAPSubject.text(of: guid, attribute: "objectGUID") == text)
        #expect(LDAPSubject.bytes(of: text, attribute: "OBJECTguid") == guid)
        #expect(LDAPSubject.text(of: Array(guid.dropLast()), attribute: "objectGUID") == nil)
        #expect(LDAPSubject.bytes(of: "0011", attribute: "objectGUID") == nil)
        for value: [UInt8] in [Array("7-a é".utf8), [0xFF, 0x00], Array("hex:00".utf8), [0x0A]] {
            let text = LDAPSubject.text(of: value, attribute: "entryUUID")
            #expect(text.flatMap { LDAPSubject.bytes(of: $0, attribute: "entryUUID") } == value)
        }
        #expect(LDAPSubject.text(of: Array("S-1".utf8), attribute: "objectSid") == "hex:532d31")
        #expect(LDAPSubject.text(of: [], attribute: "entryUUID") == nil)
    }

    @Test("distinguished names are read as libldap does, and compared without case and spacing")
    func names() {
        #expect(LDAPName("CN=R&D\\, Europe, OU=groups,dc=example")?.first == "R&D, Europe")
        #expect(LDAPName("CN=Admins, OU=x")?.folded == LDAPName("cn=admins,ou=X")?.folded)
        #expect(LDAPName("cn=a,ou=x")?.folded != LDAPName("cn=a,ou=y")?.folded)
        for text in ["", "admins", "cn=a,,", "=a"] { #expect(LDAPName(text) == nil, "\(text)") }
    }

    @Test("addresses of referrals have a host and a kind")
    func references() {
        let plain = LDAPReference("ldap://Other.example/ou=a,dc=b??sub")
        #expect(plain?.host == "other.example" && plain?.port == 389 && plain?.base == "ou=a,dc=b")
        #expect(plain?.isEncrypted == false)
        #expect(LDAPReference("ldaps://other.example:1636/")?.base == nil)
        #expect(LDAPReference("ldaps://other.example:1636/")?.port == 1636)
        for text in ["http://a/", "ldapi://%2Fx/", "nothing"] { #expect(LDAPReference(text) == nil, "\(text)") }
    }
}
