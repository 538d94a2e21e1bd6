import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

@Suite("Delayed logins, at every address")
struct LoginDelayTests {
    private static func basic(_ user: String, _ password: String) -> HTTPFields {
        [.authorization: "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()]
    }

    @Test("are answered 429 with Retry-After where a login is needed, and as none where everyone may read")
    func answers() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            let hidden = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            try await fixture.ask { client in
                for number in 0..<5 {
                    let answer = try await client.execute(
                        uri: hidden.page, method: .get, headers: Self.basic("bob", "wrong \(number)"))
                    #expect(answer.status == .unauthorized)
                }
                let headers = Self.basic("bob", "one more")
                for (method, path) in [
                    (HTTPRequest.Method.get, hidden.page), (.get, hidden.address), (.get, "/api/v1/indexes"),
                    (.post, "/main/"), (.get, "/absent/simple/"),
                ] {
                    let answer = try await client.execute(uri: path, method: method, headers: headers)
                    #expect(answer.status.code == 429, "\(path)")
                    #expect(answer.headers[.retryAfter] == "1")
                    #expect(answer.headers[.wwwAuthenticate] == nil)
                    #expect(answer.status.reasonPhrase.hasPrefix("Too many wrong passwords for this user"))
                    #expect(String(buffer: answer.body).contains("Try again in a second."))
                }
                for path in [wheel.page, wheel.address, "/simple/"] {
                    let answer = try await client.execute(uri: path, method: .get, headers: headers)
                    #expect(answer.status == .ok)
                }
                let metrics = String(buffer: try await client.execute(uri: "/metrics", method: .get).body)
                #expect(metrics.contains("cellar_refused_logins_total{reason=\"wrong\"} 5\n"))
                #expect(metrics.contains("cellar_refused_logins_total{reason=\"delayed\"} 8\n"))
                // Others notice nothing, nor does a login that is known to be right.
                for user in ["alice", "bob"] {
                    let answer = try await client.execute(uri: "/api/v1/indexes", method: .get, headers: .basic(user))
                    #expect(answer.status == .ok)
                }
            }
            #expect(fixture.log.lines.count { $0.contains("further ones must wait") } == 1)
            #expect(fixture.log.lines.count { $0.contains("taken for none") } == 5)
        }
    }

    @Test("the challenge names the realm of the settings")
    func realm() async throws {
        var settings = HTTPSettings()
        settings.realm = "Packages of Acme"
        try await HTTPFixture.run(settings: settings) { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(uri: "/secret/simple/", method: .get)
                #expect(answer.status == .unauthorized)
                #expect(
                    answer.headers[.wwwAuthenticate] == "Basic realm=\"Packages of Acme\", charset=\"UTF-8\"")
            }
        }
    }
}
