import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Registry
import Testing

@testable import WebPages

@Suite("The page of one's own account")
struct AccountPagesTests {
    private static let good = "present=ada%27s+password&password=another+one&repeated=another+one"

    @Test("is for who is signed in; others are led to the form")
    func page() async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada", isAdministrator: true)
            try await parts.registry.granting.addGroup("dev", caller: .localOperator)
            _ = try await parts.registry.granting.addMember("ada", to: "dev", caller: .localOperator)
            let page = try await parts.get("/account", session: session)
            #expect(page.status == .ok)
            #expect(page.headers[.cacheControl] == "no-store")
            for text in ["<dd>ada</dd>", "<dd>administrator</dd>", "<dd>dev</dd>", "<label for=\"present\">"] {
                #expect(page.text.contains(text), "\(text)")
            }
            for answer in [
                try await parts.get("/account"), try await parts.get("/account", session: "cellar_old"),
            ] {
                #expect(answer.status == .seeOther)
                #expect(answer.headers[.location] == "./login?next=/account")
            }
            #expect(try await parts.get("/account", session: "cellar_old").session == "")
        }
    }

    @Test("changes the password, and leaves this browser alone signed in")
    func change() async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada")
            let other = try await parts.session(of: "ada")
            let answer = try await parts.post("/account/password", Self.good, session: session)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "./../account?done=password")
            let new = try #require(answer.session)
            for old in [session, other] { #expect(try await !parts.isGood(old)) }
            let page = try await parts.get("/account?done=password", session: new)
            #expect(page.text.contains("role=\"status\">Your password is changed."))
            #expect(try await parts.registry.database.user(named: "ada")?.passwordHash == "$y$another one")
            let line = try #require(
                try await parts.registry.database.audit(limit: 10, before: nil).first { $0.action == "user.password" })
            #expect(line.actor == "ada")
        }
    }

    @Test(
        "changes nothing if something is wrong",
        arguments: [
            ("present=wrong&password=another+one&repeated=another+one", "This is not your present password."),
            ("present=&password=another+one&repeated=another+one", "This is not your present password."),
            ("present=ada%27s+password&password=short&repeated=short", "Too short."),
            ("present=ada%27s+password&password=another+one&repeated=another+two", "not the same"),
        ])
    func wrong(form: String, text: String) async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada")
            let answer = try await parts.post("/account/password", form, session: session)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains(text))
            #expect(answer.text.contains("role=\"alert\""))
            #expect(try await parts.isGood(session))
            #expect(try await parts.registry.database.user(named: "ada")?.passwordHash == "$y$")
        }
    }

    @Test("tells people whom the configuration declares who sets their password")
    func declared() async throws {
        try await WebPagesFixture().run { parts in
            let ada = DeclaredPerson(name: "ada", passwordHash: "$y$", isAdministrator: false)
            try await parts.registry.declaring.declare(Declaration(people: [ada]))
            let session = try await parts.session(of: "ada")
            let page = try await parts.get("/account", session: session)
            #expect(page.text.contains("configuration declares your account"))
            #expect(!page.text.contains("name=\"present\""))
            let answer = try await parts.post("/account/password", Self.good, session: session)
            #expect(answer.status == .conflict)
            #expect(try await parts.isGood(session))
        }
    }

    @Test("asks nobody for a password who has none here")
    func elsewhere() async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada")
            try await parts.registry.people.link("ada", provider: "ldap", subject: "7", caller: .localOperator)
            // The link ended what was traded for the password.
            #expect(try await !parts.isGood(session))
            let fresh = try await parts.session(of: "ada")
            let page = try await parts.get("/account", session: fresh)
            #expect(page.text.contains("You have no password here"))
            #expect(!page.text.contains("name=\"present\""))
            #expect(try await parts.post("/account/password", Self.good, session: fresh).status == .conflict)
        }
    }

    @Test("ends all sessions of a person, and no others")
    func everywhere() async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada")
            let (other, bob) = (try await parts.session(of: "ada"), try await parts.add("bob"))
            let answer = try await parts.post("/account/sign-out", "", session: session)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "./../")
            #expect(answer.session == "")
            for ended in [session, other] { #expect(try await !parts.isGood(ended)) }
            #expect(try await parts.isGood(bob))
        }
    }
}
