import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Registry
import Testing

@testable import WebPages

@Suite("The pages of one-time links")
struct LinkPagesTests {
    private typealias Parts = WebPagesFixture.Parts

    private static let good = "password=correct+horse&repeated=correct+horse"

    private static func invite(_ parts: Parts, name: String? = nil) async throws -> String {
        try await parts.registry.links.invite(InvitationOrder(name: name), caller: .localOperator).path
    }

    private static func reset(_ parts: Parts) async throws -> String {
        try await parts.registry.links.makeReset(ofUser: "ada", caller: .localOperator).path
    }

    @Test("show a form that nothing keeps, and whose address nobody is told; looking at it uses nothing")
    func looking() async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("ada")
            let paths = [
                try await Self.invite(parts), try await Self.invite(parts, name: "eve"), try await Self.reset(parts),
            ]
            for path in paths {
                for method in [HTTPRequest.Method.get, .head, .get] {
                    let page = try await parts.client.execute(uri: path, method: method)
                    #expect(page.status == .ok)
                    #expect(page.headers[.cacheControl] == "no-store")
                    #expect(page.headers[named: "Referrer-Policy"] == "strict-origin")
                    guard method == .get else { continue }
                    #expect(page.text.contains("<label for=\"password\">"))
                    #expect(page.text.contains("href=\"../../-/pages/style.css\""))
                    #expect(!page.text.contains(path.split(separator: "/").last ?? ""))
                }
            }
            #expect(try await parts.get(paths[1]).text.contains("value=\"eve\" readonly"))
            #expect(try await parts.get(paths[2]).text.contains("value=\"ada\" readonly"))
        }
    }

    @Test("an invitation makes the account once, and signs in, also with spaces around its code")
    func invitation() async throws {
        try await WebPagesFixture().run { parts in
            let path = try await Self.invite(parts)
            let padded = path.replacing("invitation/", with: "invitation/%20%09") + "%0D%0A%20"
            #expect(try await parts.get(padded).status == .ok)
            let answer = try await parts.post(padded, "name=eve&" + Self.good)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "./../../account?done=welcome")
            let session = try #require(answer.session)
            #expect(try await parts.get("/account?done=welcome", session: session).text.contains("Welcome."))
            #expect(try await parts.registry.database.user(named: "eve")?.passwordHash == "$y$correct horse")
            for again in [try await parts.get(path), try await parts.post(path, "name=mallory&" + Self.good)] {
                #expect(again.status == .gone)
                #expect(again.session == nil)
            }
            #expect(try await parts.registry.database.users().map(\.name) == ["eve"])
        }
    }

    @Test("an invitation with a name gives that name")
    func fixedName() async throws {
        try await WebPagesFixture().run { parts in
            let path = try await Self.invite(parts, name: "eve")
            #expect(try await parts.post(path, "name=root&" + Self.good).status == .seeOther)
            #expect(try await parts.registry.database.users().map(\.name) == ["eve"])
        }
    }

    @Test(
        "show what is wrong, and stay open",
        arguments: [
            ("name=&\(good)", "id=\"name-error\""), ("name=a:b&\(good)", "id=\"name-error\""),
            ("name=ADA&\(good)", "There is a user of this name already."),
            ("name=eve&password=short&repeated=short", "Too short."),
            ("name=eve&password=correct+horse&repeated=correct+house", "not the same"), ("", "Too short."),
        ])
    func wrong(form: String, text: String) async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("ada")
            let path = try await Self.invite(parts)
            let answer = try await parts.post(path, form)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains(text))
            #expect(answer.text.contains("role=\"alert\""))
            #expect(try await parts.get(path).status == .ok)
            #expect(try await parts.registry.database.users().count == 1)
        }
    }

    @Test("a link sets a password once, ends all sessions, and signs in")
    func newPassword() async throws {
        try await WebPagesFixture().run { parts in
            let old = try await parts.add("ada")
            let path = try await Self.reset(parts)
            #expect(try await parts.post(path, "password=short&repeated=short").status == .unprocessableContent)
            let answer = try await parts.post(path, Self.good)
            #expect(answer.status == .seeOther)
            #expect(try await parts.isGood(try #require(answer.session)))
            #expect(try await !parts.isGood(old))
            #expect(try await parts.registry.database.user(named: "ada")?.passwordHash == "$y$correct horse")
            for again in [try await parts.get(path), try await parts.post(path, Self.good)] {
                #expect(again.status == .gone)
            }
        }
    }

    @Test("end with the role of whoever made them")
    func makers() async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("root", isAdministrator: true)
            try await parts.add("other", isAdministrator: true)
            try await parts.add("ada")
            let root = Caller.person(try #require(try await parts.registry.database.user(named: "root")).person)
            let links = parts.registry.links
            let paths = [
                try await links.invite(InvitationOrder(isAdministrator: true), caller: root).path,
                try await links.makeReset(ofUser: "ada", caller: root).path,
            ]
            for path in paths { #expect(try await parts.get(path).status == .ok) }
            _ = try await parts.registry.people.setAdministrator(false, ofUser: "root", caller: .localOperator)
            for path in paths {
                #expect(try await parts.get(path).status == .gone)
                #expect(try await parts.post(path, "name=eve&" + Self.good).status == .gone)
            }
        }
    }

    @Test("a wrong code opens nothing", arguments: ["x", "%zz", "%00", String(repeating: "A", count: 43)])
    func unknown(code: String) async throws {
        try await WebPagesFixture().run { parts in
            for kind in ["invitation", "reset"] {
                let path = "/account/\(kind)/\(code)"
                let answers = [
                    try await parts.get(path), try await parts.post(path, "name=eve&" + Self.good),
                ]
                #expect(answers.map(\.status) == [.gone, .gone])
            }
            let users = try await parts.registry.database.users()
            #expect(users.isEmpty)
        }
    }

    @Test("a request for an account waits, and says nothing of whether the name is taken")
    func registration() async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("ada")
            #expect(try await parts.get("/account/register").text.contains("<label for=\"note\">"))
            var pages: Set<String> = []
            for name in ["eve", "ada"] {
                let answer = try await parts.post("/account/register", "name=\(name)&note=It+is+me&" + Self.good)
                #expect(answer.status == .accepted)
                pages.insert(answer.text)
            }
            #expect(pages.count == 1)
            let waiting = try await parts.registry.registrations.all(caller: .localOperator)
            #expect(waiting.map(\.name) == ["eve", "ada"])
            #expect(waiting.map(\.isNameTaken) == [false, true])
            #expect(waiting[0].note == "It is me" && waiting[0].address == "192.0.2.1")
            try await parts.registry.registrations.approve(waiting[0].id, caller: .localOperator)
            #expect(try await parts.registry.database.user(named: "eve")?.passwordHash == "$y$correct horse")
            for (form, status) in [
                ("name=a:b&\(Self.good)", 422), ("name=eve&password=short&repeated=short", 422),
                ("name=eve&note=\(String(repeating: "n", count: 201))&\(Self.good)", 422),
                ("name=eve&note=a%0Ab&\(Self.good)", 422),
            ] {
                let answer = try await parts.post("/account/register", form)
                #expect(answer.status.code == status)
                #expect(answer.text.contains("role=\"alert\""))
            }
            for number in 1..<Registration.mostOfOneNetwork {
                _ = try await parts.post("/account/register", "name=eve\(number)&" + Self.good)
            }
            let full = try await parts.post("/account/register", "name=more&" + Self.good)
            #expect(full.status == .conflict)
            #expect(full.text.contains("from your address are waiting"))
        }
    }
}
