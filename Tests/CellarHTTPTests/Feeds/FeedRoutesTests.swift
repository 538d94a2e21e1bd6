import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

@Suite("RSS feeds")
struct FeedRoutesTests {
    private static func publish(
        _ fixture: HTTPFixture, _ name: String, _ version: String, summary: String, to index: IndexName = .main
    ) async throws {
        var wheel = WheelBuilder(name: name, version: version)
        wheel.headers = [("Summary", summary)]
        try await fixture.publish(wheel.filename, try wheel.build(), to: index)
    }

    private static func feed(
        _ path: String, _ client: any TestClientProtocol, _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await client.execute(uri: path, method: .get, headers: headers)
    }

    @Test("list projects, releases and the releases of a project, newest first")
    func lists() async throws {
        try await HTTPFixture.run(settings: HTTPSettings(baseURL: "https://pypi.example.com")) { fixture in
            try await Self.publish(fixture, "one", "1.0", summary: "The <first> & \u{7} \"one\"")
            try await Self.publish(fixture, "two", "1.0+local", summary: "x", to: HTTPFixture.open)
            try await Self.publish(fixture, "one", "2.0", summary: "x")
            try await fixture.ask { client in
                let updates = try await Self.feed("/rss/updates.xml", client)
                #expect(updates.status == .ok)
                #expect(updates.headers[.contentType] == "application/rss+xml; charset=utf-8")
                let titles = ["<title>one 2.0</title>", "<title>two 1.0+local</title>", "<title>one 1.0</title>"]
                let text = String(buffer: updates.body)
                let places = titles.compactMap { text.firstRange(of: $0)?.lowerBound }
                #expect(places.count == 3 && places == places.sorted())
                #expect(text.contains("<link>https://pypi.example.com/open/projects/two/1.0+local/</link>"))
                #expect(text.contains("&amp;lt;first&amp;gt; &amp;amp; \u{FFFD} &amp;quot;one&amp;quot;"))
                let packages = String(buffer: try await Self.feed("/rss/packages.xml", client).body)
                #expect(packages.contains("<title>one added to main</title>"))
                #expect(packages.contains("<title>two added to open</title>"))
                let open = String(buffer: try await Self.feed("/open/rss/updates.xml", client).body)
                #expect(open.contains("two 1.0+local") && !open.contains("one 2.0"))
                let releases = String(buffer: try await Self.feed("/rss/project/One/releases.xml", client).body)
                #expect(releases.contains("<title>2.0</title>") && releases.contains("<title>1.0</title>"))
                #expect(releases.contains("<link>https://pypi.example.com/main/projects/one/</link>"))
            }
        }
    }

    @Test("are the same until something changes, and answer 304 then")
    func conditions() async throws {
        try await HTTPFixture.run { fixture in
            try await Self.publish(fixture, "one", "1.0", summary: "x")
            try await fixture.ask { client in
                for path in ["/rss/updates.xml", "/main/rss/packages.xml", "/rss/project/one/releases.xml"] {
                    let tag = try #require(try await Self.feed(path, client).headers[.eTag])
                    let again = try await Self.feed(path, client, [.ifNoneMatch: tag])
                    #expect(again.status == .notModified, "\(path)")
                    #expect(again.body.readableBytes == 0)
                    #expect(again.headers[.cacheControl] == "private, no-cache")
                    #expect(again.headers[.vary] == "Authorization, PRIVATE-TOKEN, Cookie")
                }
                let tag = try #require(try await Self.feed("/rss/updates.xml", client).headers[.eTag])
                try await Self.publish(fixture, "one", "2.0", summary: "x")
                #expect(try await Self.feed("/rss/updates.xml", client, [.ifNoneMatch: tag]).status == .ok)
                let head = try await client.execute(uri: "/rss/updates.xml", method: .head)
                #expect(head.status == .ok && head.body.readableBytes == 0)
            }
        }
    }

    @Test(
        "are at no other address, and changed by nobody",
        arguments: [
            "/rss/", "/rss/other.xml", "/rss/updates.xml/", "/rss/project/one/", "/rss/project/one/releases.xml/",
            "/main/rss/", "/main/rss/project/one/updates.xml", "/absent/rss/updates.xml",
            "/rss/project/absent/releases.xml",
        ])
    func elsewhere(path: String) async throws {
        try await HTTPFixture.run { fixture in
            try await Self.publish(fixture, "one", "1.0", summary: "x")
            try await fixture.ask { client in
                let status = try await Self.feed(path, client, .basic("bob")).status.code
                #expect(status == 404)
                let post = try await client.execute(uri: "/rss/updates.xml", method: .post, headers: .basic("bob"))
                #expect(post.status == .methodNotAllowed)
            }
        }
    }
}
