import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

@Suite("Accounts, invitations and requests in the management API")
struct AccountsAPITests {
    private static func ask(
        _ client: any TestClientProtocol, _ method: HTTPRequest.Method, _ path: String,
        _ headers: HTTPFields = .basic("root"), body: String? = nil
    ) async throws -> (status: Int, text: String) {
        let answer = try await client.execute(
            uri: "/api/v1" + path, method: method, headers: headers, body: body.map(ByteBuffer.init))
        #expect(answer.headers[.contentType] == "application/json")
        return (answer.status.code, String(buffer: answer.body))
    }

    /// Returns the secret of the link in an answer.
    private static func secret(in text: String) throws -> OneTimeSecret {
        let link = try #require(text.split(separator: "\"").first { $0.hasPrefix("http://localhost/account/") })
        return try #require(OneTimeSecret(String(link.split(separator: "/").last ?? "")))
    }

    @Test("somebody sees their own account")
    func account() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            let token = try await fixture.token("t", of: .user("alice"))
            let service = try await fixture.token("ci", of: .service("ci"))
            try await fixture.ask { client in
                let expected = #"{"name":"alice","administrator":false,"declared":false,"groups":[]}"#
                for headers in [HTTPFields.basic("alice"), .token(token)] {
                    let answer = try await Self.ask(client, .get, "/account", headers)
                    #expect(answer.status == 200 && answer.text == expected)
                }
                #expect(try await Self.ask(client, .get, "/account", [:]).status == 401)
                #expect(try await Self.ask(client, .get, "/account", .token(service)).status == 404)
            }
        }
    }

    @Test("no token sets a password, or ends sessions beyond its scope")
    func tokens() async throws {
        try await HTTPFixture.run { fixture in
            let whole = try await fixture.token("whole", of: .user("alice"))
            let narrow = try await fixture.token("narrow", of: .user("alice"), scope: TokenScope(rights: [.read]))
            let service = try await fixture.token("ci", of: .service("ci"))
            let alice = try #require(try await fixture.registry.database.user(named: "alice"))
            for _ in 0..<2 { _ = try await fixture.registry.tokens.openSession(caller: .person(alice.person)) }
            try await fixture.ask { client in
                let body = #"{"password":"battery staple"}"#
                for headers in [HTTPFields.token(whole), .token(service)] {
                    #expect(try await Self.ask(client, .put, "/account/password", headers, body: body).status == 403)
                }
                #expect(try await Self.ask(client, .put, "/account/password", [:], body: body).status == 401)
                for (headers, status) in [([:] as HTTPFields, 401), (.token(narrow), 403), (.token(service), 403)] {
                    #expect(try await Self.ask(client, .delete, "/account/sessions", headers).status == status)
                }
                for count in [2, 0] {
                    let answer = try await Self.ask(client, .delete, "/account/sessions", .token(whole))
                    #expect(answer.status == 200 && answer.text == #"{"ended":\#(count)}"#)
                }
            }
        }
    }

    @Test("administrators invite people, and take invitations back")
    func invitations() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.registry.granting.addGroup("dev", caller: .localOperator)
            try await fixture.ask { client in
                let order = #"{"name":"eve","administrator":true,"groups":["dev"],"expires_in":900}"#
                let first = try await Self.ask(client, .post, "/invitations", body: order)
                #expect(first.status == 201)
                #expect(first.text.contains(#""id":1,"name":"eve","administrator":true,"groups":["dev"],"#))
                #expect(first.text.contains(#""created_by":"root""#))
                let second = try await Self.ask(client, .post, "/invitations")
                #expect(second.status == 201 && second.text.contains(#""name":null,"administrator":false"#))
                let list = try await Self.ask(client, .get, "/invitations").text
                #expect(list.contains(#""id":1"#) && list.contains(#""id":2"#))
                let secrets = [try Self.secret(in: first.text), try Self.secret(in: second.text)]
                for secret in secrets { #expect(!list.contains(secret.reveal())) }
                #expect(try await Self.ask(client, .delete, "/invitations/2").text == #"{"removed":2}"#)
                #expect(try await Self.ask(client, .delete, "/invitations/2").status == 404)
                let links = fixture.registry.links
                let eve = try #require(try await links.accept(secrets[0], name: "x", passwordHash: "$y$"))
                #expect(eve.name == "eve" && eve.isAdministrator && eve.groups == ["dev"])
                #expect(try await links.accept(secrets[1], name: "x", passwordHash: "$y$") == nil)
            }
        }
    }

    @Test(
        "orders that cannot be are refused",
        arguments: [
            (#"{"name":"a:b"}"#, 400), (#"{"name":"ALICE"}"#, 409), (#"{"groups":["absent"]}"#, 404),
            (#"{"expires_in":899}"#, 400), (#"{"expires_in":2592001}"#, 400), (#"{"admin":true}"#, 400), ("[]", 400),
        ])
    func wrongInvitations(order: String, status: Int) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.ask { client in
                let answer = try await Self.ask(client, .post, "/invitations", body: order)
                #expect(answer.status == status)
            }
        }
    }

    @Test("administrators make links for new passwords")
    func resets() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.ask { client in
                let made = try await Self.ask(client, .post, "/users/Alice/reset", body: #"{"expires_in":900}"#)
                #expect(made.status == 201)
                #expect(made.text.hasPrefix(#"{"name":"alice","link":"http://localhost/account/reset/"#))
                let secret = try Self.secret(in: made.text)
                #expect(try await fixture.registry.links.reset(secret)?.userName == "alice")
                #expect(try await fixture.registry.links.useReset(secret, passwordHash: "$y$9")?.name == "alice")
                #expect(try await Self.ask(client, .post, "/users/nobody/reset").status == 404)
                let body = #"{"expires_in":604801}"#
                #expect(try await Self.ask(client, .post, "/users/alice/reset", body: body).status == 400)
            }
        }
    }

    @Test("administrators decide on requests for accounts")
    func registrations() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            for name in ["eve", "Alice"] {
                try await fixture.registry.registrations.request(
                    name, passwordHash: "$y$secret", note: "It's \(name)", from: IPAddress("2001:db8::1"))
            }
            try await fixture.ask { client in
                let list = try await Self.ask(client, .get, "/registrations").text
                #expect(
                    list.contains(
                        #"{"id":1,"name":"eve","note":"It's eve","address":"2001:db8::1","name_taken":false,"#))
                #expect(list.contains(#""name":"Alice""#) && list.contains(#""name_taken":true"#))
                #expect(!list.contains("$y$"))
                #expect(try await Self.ask(client, .put, "/registrations/1/approval").text == #"{"name":"eve"}"#)
                #expect(try await Self.ask(client, .put, "/registrations/1/approval").status == 404)
                #expect(try await Self.ask(client, .put, "/registrations/2/approval").status == 409)
                #expect(try await Self.ask(client, .delete, "/registrations/2").text == #"{"removed":2}"#)
                #expect(try await Self.ask(client, .delete, "/registrations/2").status == 404)
                #expect(try await fixture.registry.database.user(named: "eve")?.passwordHash == "$y$secret")
            }
        }
    }

    @Test(
        "nobody else may do any of that",
        arguments: [
            (HTTPRequest.Method.get, "/invitations"), (.post, "/invitations"), (.delete, "/invitations/1"),
            (.post, "/users/alice/reset"), (.get, "/registrations"), (.put, "/registrations/1/approval"),
            (.delete, "/registrations/1"),
        ])
    func rights(method: HTTPRequest.Method, path: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            let narrow = try await fixture.token("n", of: .user("root"), scope: TokenScope(rights: [.read]))
            try await fixture.ask { client in
                for (headers, status) in [([:] as HTTPFields, 401), (.basic("bob"), 403), (.token(narrow), 403)] {
                    let answer = try await Self.ask(client, method, path, headers)
                    #expect(answer.status == status)
                }
            }
        }
    }

    @Test("service accounts make no links, since nobody could tell later whether these still count")
    func services() async throws {
        try await HTTPFixture.run { fixture in
            let token = try await fixture.token("ci", of: .service("ci"))
            _ = try await fixture.registry.granting.add(
                .administer, to: .user("bob"), on: .server, caller: .localOperator)
            try await fixture.ask { client in
                // Whoever administers by a grant may, with a token of theirs too.
                let bob = try await fixture.token("b", of: .user("bob"))
                #expect(try await Self.ask(client, .post, "/invitations", .token(bob)).status == 201)
                #expect(try await Self.ask(client, .post, "/users/alice/reset", .token(token)).status == 403)
            }
            let group = try await fixture.token("g", of: .group("ops"))
            _ = try await fixture.registry.granting.add(
                .administer, to: .group("ops"), on: .server, caller: .localOperator)
            try await fixture.ask { client in
                let answer = try await Self.ask(client, .post, "/invitations", .token(group))
                #expect(answer.status == 403 && answer.text.contains("only a person may"))
            }
        }
    }
}
