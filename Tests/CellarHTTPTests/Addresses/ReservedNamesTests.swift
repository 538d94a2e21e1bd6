import Registry
import Testing

@testable import CellarHTTP

/// No name that an index may have changes what an address without it names.
@Suite("Reserved names")
struct ReservedNamesTests {
    /// Addresses of `main` and of the server, each written without an index.
    private static let paths = [
        "/simple/", "/simple/a/", "/legacy/", "/files/\(String(repeating: "0", count: 64))/a-1.0.tar.gz",
        "/pypi/", "/pypi/a/", "/pypi/a/json", "/pypi/a/1.0/json", "/pypi/simple/", "/pypi/simple/a/", "/health/live",
        "/health/ready", "/metrics", "/api/v1/indexes", "/projects/a/", "/admin/", "/account/", "/auth/", "/login",
        "/static/a", "/rss/updates.xml", "/namespace/a", "/namespaces", "/integrity/a/1.0/f/provenance", "/json/",
        "/_/oidc/audience", "/-/setup/a", "/.well-known/a",
    ]

    @Test("an address's first segment is no index's name", arguments: paths)
    func firstSegment(path: String) throws {
        let first = try #require(path.split(separator: "/").first)
        #expect(IndexName(String(first)) == nil)
    }

    @Test("every reserved name is reserved for an address", arguments: IndexName.reserved.sorted())
    func reserved(name: String) {
        #expect(Self.paths.contains { $0.hasPrefix("/\(name)/") || $0 == "/\(name)" })
    }

    @Test(
        "behind an index's name stands the index's own, whatever it is called",
        arguments: ["main", "team", "a", "0", "v1", "live", "ready", "metadata", "legacy-2", "simple-", "x-json"])
    func own(name: String) throws {
        let index = try #require(IndexName(name))
        #expect(try Address(path: "/\(name)/") == .index(index, listing: "simple/"))
        #expect(try Address(path: "/\(name)/simple/") == .projectList(index, hasSlash: true))
        #expect(try Address(path: "/\(name)/simple/\(name)/") == .project(index, name: name, hasSlash: true))
        #expect(try Address(path: "/pypi/\(name)/simple/") == .projectList(index, hasSlash: true))
        #expect(try Address(path: "/\(name)/pypi/\(name)/json") == .projectJSON(index, name: name, version: nil))
    }

    @Test("an index is called as a project is, and neither hides the other")
    func sameNames() throws {
        let team = try #require(IndexName("team"))
        #expect(try Address(path: "/pypi/team/json") == .projectJSON(.main, name: "team", version: nil))
        #expect(try Address(path: "/pypi/team/") == .projectOrIndex(name: "team", hasSlash: true))
        #expect(try Address(path: "/pypi/team/simple/json/") == .project(team, name: "json", hasSlash: true))
        #expect(try Address(path: "/simple/team/") == .project(.main, name: "team", hasSlash: true))
    }
}
