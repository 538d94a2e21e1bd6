import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

/// What a reader may not see shows in no list, count, feed or statistic: over three indexes, with grants on projects, for two
/// people, nobody, and an administrator.
@Suite("What is found, and by whom")
struct FindingRightsTests {
    private struct Project {
        let index: IndexName
        let name: String
        /// Who may read it, beside administrators; nil for everyone.
        let readers: Set<String>?

        func isReadable(by user: String?) -> Bool {
            guard user != "root", let readers else { return true }
            return user.map(readers.contains) ?? false
        }
    }

    private static let shared = Project(index: .main, name: "shared-lib", readers: nil)
    /// All but the first require the first.
    private static let projects = [
        shared, Project(index: .main, name: "everyones-app", readers: nil),
        Project(index: .main, name: "alices-thing", readers: ["alice"]),
        Project(index: .main, name: "bobs-thing", readers: ["bob"]),
        Project(index: HTTPFixture.open, name: "open-app", readers: nil),
        Project(index: HTTPFixture.secret, name: "secret-app", readers: ["alice"]),
    ]
    private static let users: [String?] = [nil, "alice", "bob", "root"]

    private static func run(_ test: @Sendable (HTTPFixture, any TestClientProtocol) async throws -> Void) async throws {
        try await HTTPFixture.run { fixture in
            for project in projects {
                var wheel = WheelBuilder(name: project.name, version: "1.0")
                wheel.headers = [
                    ("Summary", "Marker of \(project.name)"), ("Keywords", "keyword,of,\(project.name)"),
                    ("Author", "The author of \(project.name)"), ("Classifier", "Topic :: Marker"),
                    ("Requires-Dist", "alices-thing"), ("Requires-Dist", "secret-app"),
                    ("Requires-Dist", "never-there"),
                ]
                if project.name != shared.name { wheel.headers.append(("Requires-Dist", "shared-lib>=1")) }
                let digest = try await fixture.publish(wheel.filename, try wheel.build(), to: project.index)
                let address = FileAddress(index: project.index, sha256: digest, filename: wheel.filename)
                let file = try await fixture.registry.downloads.file(at: address, caller: .localOperator)
                fixture.registry.downloads.note(file, 0..<10)
            }
            try await fixture.restrict("alices-thing", to: ["alice"])
            try await fixture.restrict("bobs-th*", to: ["bob"])
            try await fixture.registry.downloadCounting.flush()
            try await fixture.ask { client in try await test(fixture, client) }
        }
    }

    private static func answer(
        _ path: String, _ user: String?, _ client: any TestClientProtocol
    ) async throws -> (status: Int, body: String) {
        let headers: HTTPFields = user.map { .basic($0) } ?? [:]
        let answer = try await client.execute(uri: path, method: .get, headers: headers)
        return (answer.status.code, String(buffer: answer.body))
    }

    /// Every address that lists, counts or finds, without the name of a project in it.
    private static var listings: [String] {
        let searches = [
            "", "q=marker", "q=author", "q=keyword", "q=thing", "q=app", "q=hing", "q=a&limit=100",
            "classifier=topic%20::%20marker",
            "q=topic", "q=marker&kind=published", "q=marker&limit=1&offset=1",
        ]
        let places = projects.map(\.index.description)
        return searches.map { "/api/v1/search?\($0)" }
            + places.flatMap { index in
                searches.map { "/api/v1/search?\($0)&index=\(index)" } + [
                    "/api/v1/indexes/\(index)/projects", "/api/v1/indexes/\(index)/projects?q=marker",
                    "/api/v1/releases?index=\(index)", "/\(index)/rss/packages.xml", "/\(index)/rss/updates.xml",
                    "/\(index)/simple/", "/api/v1/indexes/\(index)/projects/shared-lib/dependents",
                    "/api/v1/indexes/\(index)/projects/shared-lib/downloads",
                    "/api/v1/indexes/\(index)/projects/shared-lib/why", "/\(index)/rss/project/shared-lib/releases.xml",
                ]
            } + [
                "/api/v1/releases", "/rss/packages.xml", "/rss/updates.xml", "/rss/project/shared-lib/releases.xml",
                "/api/v1/indexes", "/simple/",
            ]
    }

    @Test("no list, feed or count shows what its reader may not see")
    func lists() async throws {
        try await Self.run { _, client in
            for user in Self.users {
                let hidden = Self.projects.filter { !$0.isReadable(by: user) }
                for path in Self.listings {
                    let (status, body) = try await Self.answer(path, user, client)
                    #expect([200, 401, 404].contains(status), "\(path) \(user ?? "-") \(body)")
                    for project in hidden {
                        #expect(!body.contains(project.name), "\(path) \(user ?? "-")")
                    }
                }
                let readable = Self.projects.count - hidden.count
                for text in ["", "q=marker", "q=author", "classifier=topic%20::%20marker", "q=topic"] {
                    let (_, body) = try await Self.answer("/api/v1/search?\(text)", user, client)
                    #expect(body.contains("\"count\":\(readable),"), "\(text) \(user ?? "-"): \(body)")
                }
                let (_, dependents) = try await Self.answer(
                    "/api/v1/indexes/main/projects/shared-lib/dependents", user, client)
                #expect(dependents.contains("\"count\":\(readable - 1),"), "\(user ?? "-"): \(dependents)")
                for path in ["/api/v1/releases", "/rss/packages.xml", "/rss/updates.xml"] {
                    let (_, body) = try await Self.answer(path, user, client)
                    for project in Self.projects where project.isReadable(by: user) {
                        #expect(body.contains(project.name), "\(path) \(user ?? "-")")
                    }
                }
            }
        }
    }

    /// Every address about one project.
    private static func addresses(of project: String, in index: IndexName) -> [String] {
        [
            "/api/v1/indexes/\(index)/projects/\(project)/dependents",
            "/api/v1/indexes/\(index)/projects/\(project)/downloads",
            "/api/v1/indexes/\(index)/projects/\(project)/why",
            "/\(index)/rss/project/\(project)/releases.xml", "/api/v1/search?q=\(project)",
            "/api/v1/search?q=\(project)&index=\(index)", "/api/v1/search?q=\(project.dropLast())x",
        ]
    }

    @Test("a project that may not be seen is answered like one that is not there")
    func alike() async throws {
        try await Self.run { _, client in
            for user in Self.users {
                for project in Self.projects where !project.isReadable(by: user) {
                    // What requires a project says so itself, whether it is there or not.
                    let isRequired = project.name != "bobs-thing"
                    let absent = isRequired ? "never-there" : String(project.name.reversed())
                    for (path, other) in zip(
                        Self.addresses(of: project.name, in: project.index),
                        Self.addresses(of: absent, in: project.index))
                    {
                        let (status, body) = try await Self.answer(path, user, client)
                        let expected = try await Self.answer(other, user, client)
                        #expect(status == expected.status, "\(path) \(user ?? "-")")
                        #expect(body.replacing(project.name, with: absent) == expected.body, "\(path) \(user ?? "-")")
                    }
                }
            }
        }
    }

    @Test("the statistics of the server are administrators' alone")
    func statistics() async throws {
        try await Self.run { _, client in
            for (user, status) in [(nil, 401), ("alice", 403), ("bob", 403), ("root", 200)] {
                let answer = try await Self.answer("/api/v1/statistics", user, client)
                #expect(answer.status == status)
                #expect(answer.body.contains("bobs-thing") == (status == 200))
            }
        }
    }

    @Test("what is known of a project names none that its reader may not see, and no writers to strangers")
    func details() async throws {
        try await Self.run { fixture, _ in
            let people: [(String?, Caller)] = [
                (nil, .anonymous), ("alice", .person(KnownPeople.alice)), ("bob", .person(KnownPeople.bob)),
                ("root", .person(KnownPeople.root)),
            ]
            for (user, caller) in people {
                for project in Self.projects {
                    let name = try #require(NormalizedName(project.name))
                    guard project.isReadable(by: user) else {
                        await #expect(throws: RegistryError.self) {
                            try await fixture.registry.details.detail(of: name, in: project.index, caller: caller)
                        }
                        continue
                    }
                    let detail = try await fixture.registry.details.detail(of: name, in: project.index, caller: caller)
                    #expect((detail.writers == nil) == (user == nil))
                    for requirement in detail.requirements.flatMap(\.requirements) {
                        let required = Self.projects.first { $0.name == requirement.requirement.name.description }
                        let isReadable = required?.isReadable(by: user) ?? false
                        #expect((requirement.index != nil) == isReadable, "\(name) \(user ?? "-")")
                    }
                }
            }
        }
    }
}
