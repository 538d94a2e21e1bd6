import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

@Suite("Who sees what")
struct AccessTests {
    private static let unreadable = [
        "/secret/", "/secret/simple/", "/secret/simple/alpha/", "/secret/simple/absent/", "/secret/simple/Alpha/",
        "/secret/pypi/alpha/json", "/secret/pypi/absent/json",
        "/secret/files/\(String(repeating: "0", count: 64))/alpha-1.0-py3-none-any.whl",
        "/api/v1/indexes/secret/projects", "/api/v1/indexes/secret/projects/alpha",
        "/api/v1/indexes/secret/projects/absent",
    ]

    private static func status(_ path: String, _ headers: HTTPFields, _ fixture: HTTPFixture) async throws -> Int {
        try await fixture.ask { client in
            try await client.execute(uri: path, method: .get, headers: headers).status.code
        }
    }

    @Test("strangers are asked who they are for every name, people without rights find nothing")
    func concealed() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            for path in Self.unreadable + [wheel.address, wheel.address + ".metadata"] {
                #expect(try await Self.status(path, [:], fixture) == 401, "\(path)")
                #expect(try await Self.status(path, .basic("bob"), fixture) == 404, "\(path)")
            }
            for path in [wheel.page, wheel.address, wheel.address + ".metadata", "/secret/pypi/alpha/json"] {
                #expect(try await Self.status(path, .basic("alice"), fixture) == 200, "\(path)")
                #expect(try await Self.status(path, .basic("root"), fixture) == 200, "\(path)")
            }
        }
    }

    @Test("an answer does not tell a project that may not be read from one that is not there")
    func alike() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            try await fixture.ask { client in
                for headers in [HTTPFields(), .basic("bob")] {
                    let there = try await client.execute(uri: "/secret/simple/alpha/", method: .get, headers: headers)
                    let absent = try await client.execute(uri: "/secret/simple/absent/", method: .get, headers: headers)
                    #expect(there.head == absent.head)
                    #expect(there.body == absent.body)
                }
            }
        }
    }

    @Test("bytes are served only by the index that holds them")
    func otherIndex() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let elsewhere = wheel.address.replacing("/secret/", with: "/main/")
            #expect(try await Self.status(elsewhere, .basic("root"), fixture) == 404)
        }
    }

    @Test(
        "wrong credentials are told, also where anybody may read",
        arguments: ["Basic bm9ib2R5Ondyb25n", "Basic", "Basic !", "Bearer abc", "", "Basic YWxpY2U="])
    func wrong(header: String) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            for path in ["/simple/", wheel.page, wheel.address, "/pypi/alpha/json", "/simple/Alpha", "/api/v1/indexes"]
            {
                try await fixture.ask { client in
                    let answer = try await client.execute(
                        uri: path, method: .get, headers: [.authorization: header])
                    #expect(answer.status == .unauthorized, "\(path)")
                    #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
                }
            }
        }
    }

    @Test("a quarantined project is listed without files, and its files are refused with the reason")
    func quarantined() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            #expect(try await Self.status(wheel.address, [:], fixture) == 200)
            try await fixture.registry.setStatus(
                .quarantined, reason: "suspicious", of: try #require(NormalizedName("alpha")), in: .main,
                caller: .localOperator)
            try await fixture.ask { client in
                for path in [wheel.address, wheel.address + ".metadata"] {
                    let answer = try await client.execute(uri: path, method: .get)
                    #expect(answer.status == .forbidden)
                    #expect(String(buffer: answer.body).contains("quarantined"))
                }
                for page in [wheel.page, "/pypi/alpha/json", "/pypi/alpha/1.0/json"] {
                    let answer = try await client.execute(uri: page, method: .get)
                    #expect(answer.status == .ok)
                    #expect(!String(buffer: answer.body).contains(wheel.filename), "\(page)")
                }
            }
        }
    }
}
