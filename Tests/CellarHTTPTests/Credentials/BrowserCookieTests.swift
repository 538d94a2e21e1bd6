import HTTPTypes
import Testing

@testable import CellarHTTP

@Suite("Cookies of the pages for people")
struct BrowserCookieTests {
    @Test("are safe from scripts and other sites, and under https from other hosts and plain connections")
    func fields() {
        #expect(
            BrowserCookie.session.field("abc", isEncrypted: true, maxAge: 60)
                == "__Host-cellar_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60")
        #expect(
            BrowserCookie.form.field("abc", isEncrypted: false, maxAge: nil)
                == "cellar_form=abc; Path=/; HttpOnly; SameSite=Lax")
    }

    @Test(
        "are read under the name that they were set with, among others",
        arguments: [
            ("cellar_session=a", false, ["a"]), ("x=1; cellar_session=a;y=2", false, ["a"]),
            ("cellar_session=a; cellar_session=b", false, ["a", "b"]),
            ("cellar_session=1; cellar_session=2; cellar_session=3; cellar_session=4", false, ["1", "2", "3"]),
            ("__Host-cellar_session=a", false, []), ("cellar_session=a", true, []),
            ("__Host-cellar_session=a", true, ["a"]), ("xcellar_session=a", false, []), ("cellar_session", false, []),
            ("Cellar_Session=a", false, []), ("", false, []),
        ])
    func reading(header: String, isEncrypted: Bool, values: [String]) {
        #expect(BrowserCookie.session.values(in: [.cookie: header], isEncrypted: isEncrypted) == values)
        #expect(BrowserCookie.form.values(in: [.cookie: header], isEncrypted: isEncrypted).isEmpty)
    }

    @Test("may come in several fields, as over HTTP/2")
    func severalFields() {
        var fields = HTTPFields()
        fields.append(HTTPField(name: .cookie, value: "x=1"))
        fields.append(HTTPField(name: .cookie, value: "cellar_session=a"))
        #expect(BrowserCookie.session.values(in: fields, isEncrypted: false) == ["a"])
    }
}
