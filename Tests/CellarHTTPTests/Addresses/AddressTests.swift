import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

@Suite("Addresses")
struct AddressTests {
    private static let digest = String(repeating: "0a", count: 32)
    private static let team = IndexName("team") ?? .main

    private static func file(_ index: IndexName, isMetadata: Bool = false) throws -> Address {
        let sha256 = try #require(SHA256Digest(hex: digest))
        return .file(
            FileAddress(index: index, sha256: sha256, filename: "a-1.0.tar.gz"), isMetadata: isMetadata)
    }

    @Test(
        "each address names one thing",
        arguments: [
            ("/", .root), ("/metrics", .metrics), ("/health/live", .health(isReadiness: false)),
            ("/health/ready/", .health(isReadiness: true)),
            ("/_/oidc/audience", .trustedPublishing(.audience)), ("/_/oidc/mint-token", .trustedPublishing(.mint)),
            ("/_/oidc/burn-token", .trustedPublishing(.burn)), ("/.well-known/pytp", .trustedPublishing(.discovery)),
            ("/api/v1", .api([])),
            ("/api/v1/indexes/main/projects/a%20b", .api(["indexes", "main", "projects", "a b"])),
            ("/team", .index(team, listing: "team/simple/")), ("/team/", .index(team, listing: "simple/")),
            ("/team/legacy", .index(team, listing: "simple/")), ("/team/legacy/", .index(team, listing: "../simple/")),
            ("/legacy/", .index(.main, listing: "../simple/")),
            ("/pypi/team/legacy/", .index(team, listing: "../simple/")),
            ("/team/simple", .projectList(team, hasSlash: false)),
            ("/team/simple/", .projectList(team, hasSlash: true)),
            ("/simple/", .projectList(.main, hasSlash: true)), ("/pypi/", .projectList(.main, hasSlash: true)),
            ("/pypi/simple/", .projectList(.main, hasSlash: true)),
            ("/pypi/team/simple/", .projectList(team, hasSlash: true)),
            ("/team/simple/A_b/", .project(team, name: "A_b", hasSlash: true)),
            ("/simple/a", .project(.main, name: "a", hasSlash: false)),
            ("/simple/team/", .project(.main, name: "team", hasSlash: true)),
            ("/team/+simple/a/", .project(team, name: "a", hasSlash: true)),
            ("/%2Bsimple/a/", .project(.main, name: "a", hasSlash: true)),
            ("/team/%2bsimple/", .projectList(team, hasSlash: true)),
            ("/team/simple//a/", .projectBehindEmptySegment(team, name: "a", hasSlash: true)),
            ("/team/a/1.0/", .publishedProject(team, name: "a", depth: 2)),
            ("/team//a", .publishedProject(team, name: "a", depth: 1)),
            ("/team/other", .publishedProject(team, name: "other", depth: 0)),
            ("/team/pypi/", .index(team, listing: "../simple/")),
            ("/pypi/a/", .projectOrIndex(name: "a", hasSlash: true)),
            ("/pypi/simple/a/", .project(.main, name: "a", hasSlash: true)),
            ("/pypi/simple/json/", .project(.main, name: "json", hasSlash: true)),
            ("/pypi/team/simple/a/", .project(team, name: "a", hasSlash: true)),
            ("/pypi/a/json", .projectJSON(.main, name: "a", version: nil)),
            ("/pypi/simple/json", .projectJSON(.main, name: "simple", version: nil)),
            ("/pypi/a/1.0/json", .projectJSON(.main, name: "a", version: "1.0")),
            ("/pypi/a/1.0/json/", .projectJSON(.main, name: "a", version: "1.0")),
            ("/team/pypi/a/json", .projectJSON(team, name: "a", version: nil)),
            ("/team/pypi/a/1%211.0/json", .projectJSON(team, name: "a", version: "1!1.0")),
            (
                "/team/integrity/A/1%211.0/a-1!1.0.tar.gz/provenance",
                .provenance(team, project: "A", version: "1!1.0", filename: "a-1!1.0.tar.gz")
            ),
            (
                "/integrity/a/1.0/a-1.0.tar.gz/provenance",
                .provenance(.main, project: "a", version: "1.0", filename: "a-1.0.tar.gz")
            ),
        ] as [(String, Address)])
    func named(path: String, address: Address) throws {
        #expect(try Address(path: path) == address)
    }

    @Test("files are where pages link to them, from every address of a page")
    func files() throws {
        for prefix in ["", "/main", "/pypi", "/pypi/main"] {
            #expect(try Address(path: "\(prefix)/files/\(Self.digest)/a-1.0.tar.gz") == Self.file(.main))
        }
        #expect(
            try Address(path: "/team/files/\(Self.digest)/a-1.0.tar.gz.metadata")
                == Self.file(Self.team, isMetadata: true))
    }

    @Test(
        "other paths name nothing",
        arguments: [
            "", "simple/", "//", "//simple/", "/simple//", "/simple/./", "/simple/../", "/simple/%2e%2e/",
            "/simple/a/b", "/simple//a/b/", "/simple///a/", "//simple//a/", "/team//simple/a/", "/team/files//a-1.whl",
            "/team/a/not-a-version/", "/favicon.ico", "/team/static/1.0/", "/health", "/health/other", "/api",
            "/api/v2", "/metrics/x", "/Team/simple/a/b",
            "/files/\(digest)", "/files/\(digest)/", "/files/\(digest)/a-1.0.tar.gz/", "/files/\(digest)/a/b",
            "/files/00/a-1.0.tar.gz", "/files/\(digest)/..", "/files/\(digest)/a%5Cb.whl",
            "/team/integrity/a/1.0/a-1.0.tar.gz", "/team/integrity/a/1.0/a-1.0.tar.gz/other",
            "/team/integrity/a/1.0/a%5Cb/provenance", "/team/integrity/a/1.0/x/a-1.0.tar.gz/provenance",
            "/team/health/live", "/team/api/v1", "/team/metrics", "/pypi/team/other/", "/*",
        ])
    func nothing(path: String) throws {
        #expect(try Address(path: path) == nil)
    }

    @Test("a malformed escape is an error, not nothing", arguments: ["/simple/%", "/simple/%zz/", "/simple/a%2Fb/"])
    func malformed(path: String) {
        #expect(throws: PathNameError.self) { try Address(path: path) }
    }

    @Test(
        "files are published to the addresses of an index",
        arguments: [
            ("/", .main), ("/team", team), ("/team/", team), ("/team/legacy", team), ("/team/legacy/", team),
            ("/team/simple/", team), ("/legacy/", .main), ("/simple/", .main), ("/pypi", .main), ("/pypi/", .main),
            ("/pypi/simple/", .main), ("/pypi/team", team), ("/pypi/team/", team), ("/pypi/team/legacy/", team),
            ("/simple/a/", nil), ("/pypi/a/json", nil), ("/pypi/Not_an_index/", nil), ("/metrics", nil),
        ] as [(String, IndexName?)])
    func uploads(path: String, index: IndexName?) throws {
        #expect(try Address(path: path)?.uploadIndex == index)
    }
}

@Suite("Paths read the quick way")
struct PlainAddressTests {
    private static let digest = String(repeating: "ab", count: 32)

    @Test(
        "are read alike the other way, or not at all",
        arguments: [
            "/", "/main/", "/main/simple/", "/main/simple/six/", "/main/simple/six", "/main/simple//", "/main//six/",
            "/simple/six/", "/simple/simple/six/", "/pypi/simple/six/", "/api/simple/six/", "/legacy/simple/six/",
            "/main/simple/Six.Py/", "/main/simple/./", "/main/simple/../", "/main/simple/s%69x/", "/Main/simple/six/",
            "/main/simple/six/x/", "/main/simple/simple/", "/main/files/\(digest)/a-1.whl", "/main/files/x/a-1.whl",
            "/main/files/\(digest)/a-1.whl.metadata", "/main/files/\(digest)/a-1.whl/", "/main/files/\(digest)/",
            "/main/files/\(digest)/.metadata", "/main/files/\(digest)/a b.whl", "/main/files/\(digest)/../x",
            "/files/\(digest)/a-1.whl", "/main/files/\(digest.uppercased())/a-1.whl", "//simple/six/",
            "main/simple/six/",
        ])
    func alike(_ path: String) throws {
        guard let plain = Address(plain: path) else { return }
        #expect(try Address(path: path) == plain)
    }

    @Test("are those that installers ask for")
    func installers() {
        #expect(Address(plain: "/main/simple/six/") != nil)
        #expect(Address(plain: "/main/files/\(Self.digest)/a-1.whl.metadata") != nil)
    }
}
