import Registry
import Testing

@testable import LDAPAuthentication

@Suite("OpenLDAP's library")
struct LDAPLibraryTests {
    @Test("is the first that can be opened and has all functions")
    func names() {
        #expect(LDAPLibrary.open([]) == nil)
        #expect(LDAPLibrary.open(["libcellar-is-none.so.1"]) == nil)
        // The C library can be opened, and speaks with no directory.
        #expect(LDAPLibrary.open(["libc.so.6"]) == nil)
        #expect(LDAPLibrary.open(["libcellar-is-none.so.1", "libc.so.6"] + LDAPLibrary.names) != nil)
    }

    @Test("is missed with a text that says what to install")
    func missing() throws {
        try LDAPLibrary.check()
        let error = #expect(throws: RegistryError.self) { try LDAPLibrary.check(LDAPLibrary.open([])) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("apt-get install libldap-2.5-0") == true)
    }
}
