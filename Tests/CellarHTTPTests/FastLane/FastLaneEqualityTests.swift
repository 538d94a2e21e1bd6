import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import CellarHTTP

/// Everything that the fast lane can answer, the router answers alike.
@Suite("The fast lane and the router")
struct FastLaneEqualityTests {
    private struct Asked: Sendable {
        let method: String
        let path: String
        let headers: [String]
        /// Who answers, if there is something to send.
        var lane = Lane.fast

        /// Only the router finds out that credentials are wrong, and so count as none.
        var isFast: Bool { lane.isFast && !headers.contains("Authorization: Basic bm9ib2R5Ondyb25n") }
    }

    private enum Lane {
        case fast
        case router
        /// Answered by the lane: the connection ends.
        case last
        /// Not read by the lane: its part in the connection ends.
        case odd

        var isFast: Bool { self == .fast || self == .last }
    }

    private struct Observed: Equatable {
        var status: Int
        var reason: String
        var headers: [String]
        var body: ByteBuffer
    }

    private static let forms = [
        "", "Accept: application/vnd.pypi.simple.v1+json", "Accept: application/vnd.pypi.simple.v1+html",
        "Accept: text/html", "Accept: image/png",
    ]
    private static let encodings = ["", "gzip", "gzip, deflate, zstd", "br, identity;q=0"].map { coding in
        coding.isEmpty ? "" : "Accept-Encoding: \(coding)"
    }
    private static let callers = ["", "YWxpY2U6c2VjcmV0", "Ym9iOnNlY3JldA==", "bm9ib2R5Ondyb25n"].map { credentials in
        credentials.isEmpty ? "" : "Authorization: Basic \(credentials)"
    }

    @Test("pages are alike in every form, coding, condition and for every caller")
    func pages() async throws {
        try await compare { fixture in
            let alpha = try await fixture.publishWheel("alpha")
            for version in 2...20 { try await fixture.publishWheel("alpha", "\(version).0") }
            try await fixture.publishWheel("beta", to: HTTPFixture.secret)
            let tag = try await Self.entityTag(of: alpha.page, fixture)
            let conditions = ["", "If-None-Match: \(tag)", "If-None-Match: W/\(tag), \"x\"", "If-None-Match: \"x\""]
            let paths = [alpha.page, "/main/simple/", "/secret/simple/beta/"]
            var asked: [Asked] = []
            for path in paths {
                for form in Self.forms {
                    for encoding in Self.encodings {
                        asked.append(Asked(method: "GET", path: path, headers: [form, encoding]))
                    }
                }
                for condition in conditions {
                    for caller in Self.callers {
                        for method in ["GET", "HEAD"] {
                            asked.append(Asked(method: method, path: path, headers: [condition, caller]))
                        }
                    }
                }
            }
            let others = [
                "/simple/alpha/", "/pypi/alpha/", "/pypi/simple/alpha/", "/pypi/main/simple/alpha/", "/simple/Alpha/",
                "/simple/alpha", "/simple/absent/", "/absent/simple/", "/simple/alpha/?format=text/html", "/simple//",
                "/pypi/alpha/json", "/health/live", "/simple/%61lpha/",
            ]
            return asked
                + others.map { path in
                    let isOdd = path.contains("?") || path.hasSuffix("//")
                    let isRouters = path.hasSuffix("/json") || path.hasPrefix("/health/")
                    return Asked(
                        method: "GET", path: path, headers: [], lane: isOdd ? .odd : isRouters ? .router : .fast)
                }
        }
    }

    @Test("what pages of any site may read is alike, and so are odd addresses and an empty password")
    func openToWebPages() async throws {
        try await compare { fixture in
            let open = try await fixture.publishWheel("alpha", to: HTTPFixture.open)
            let main = try await fixture.publishWheel("alpha")
            var paths = [open, main].flatMap { [$0.page, $0.address, $0.address + ".metadata"] }
            paths += [
                "/open/simple/", "/open/simple/absent/", "/main/+simple/alpha/", "/main/%2Bsimple/alpha/",
                "/+simple/alpha/", "/main/simple//alpha/", "/main/alpha/1.0/", "/main//alpha", "/absent/simple/alpha/",
                "/secret/simple/alpha/",
            ]
            return paths.flatMap { path in
                ["", "Origin: https://pyodide.example", "Authorization: Basic YWxpY2U6", "If-None-Match: *"].map {
                    Asked(method: "GET", path: path, headers: [$0])
                }
            }
        }
    }

    @Test("what grants restrict is alike for every caller: pages, lists, files")
    func restricted() async throws {
        try await compare { fixture in
            let alpha = try await fixture.publishWheel("alpha")
            let beta = try await fixture.publishWheel("beta")
            let gamma = try await fixture.publishWheel("gamma")
            try await fixture.restrict("beta", to: ["alice"])
            try await fixture.restrict("gam*", to: ["bob"])
            let paths =
                [alpha, beta, gamma].flatMap { [$0.page, $0.address, $0.address + ".metadata"] } + [
                    "/main/simple/", "/main/simple/absent/", "/open/simple/", "/main/simple/Beta/",
                ]
            return paths.flatMap { path in
                Self.callers.flatMap { caller in
                    ["GET", "HEAD"].map { Asked(method: $0, path: path, headers: [caller]) }
                }
            }
        }
    }

    @Test("tokens are alike, however they are sent: pages, lists, files")
    func tokens() async throws {
        try await compare { fixture in
            let alpha = try await fixture.publishWheel("alpha")
            let beta = try await fixture.publishWheel("beta")
            let hidden = try await fixture.publishWheel("hidden", to: HTTPFixture.secret)
            try await fixture.restrict("beta", to: ["alice"])
            let beta1 = try #require(NormalizedName("beta"))
            let all = try await fixture.token("all", of: .user("alice"))
            let narrow = try await fixture.token("beta", of: .user("alice"), scope: TokenScope(projects: [beta1]))
            let writer = try await fixture.token("writer", of: .user("alice"), scope: TokenScope(rights: [.write]))
            let service = try await fixture.token("ci", of: .service("ci"))
            var headers: [[String]] = []
            for token in [all, narrow, writer, service] {
                let basic = HTTPFields.token(token, user: "ci+billing")[.authorization] ?? ""
                headers += [
                    ["Authorization: \(basic)"], ["Authorization: bearer \(token)"], ["PRIVATE-TOKEN: \(token)"],
                ]
            }
            headers += [["Authorization: Bearer \(all)", "private-token: \(all)"], ["PRIVATE-TOKEN: "]]
            let paths =
                [alpha, beta, hidden].flatMap { [$0.page, $0.address, $0.address + ".metadata"] } + [
                    "/main/simple/", "/secret/simple/", "/main/simple/absent/",
                ]
            return paths.flatMap { path in
                headers.flatMap { headers in
                    ["GET", "HEAD"].map { Asked(method: $0, path: path, headers: headers) }
                }
            }
        }
    }

    @Test("sessions of browsers are alike, and left to the router: pages, lists, files")
    func sessions() async throws {
        try await compare { fixture in
            let alpha = try await fixture.publishWheel("alpha")
            let hidden = try await fixture.publishWheel("hidden", to: HTTPFixture.secret)
            try await fixture.addPeople()
            let user = try #require(try await fixture.registry.database.user(named: "alice"))
            let session = try await fixture.registry.tokens.openSession(caller: .person(user.person)).text.reveal()
            let paths = [alpha, hidden].flatMap { [$0.page, $0.address, $0.address + ".metadata"] }
            let headers: [([String], Lane)] = [
                (["Cookie: cellar_session=\(session)"], .router),
                (["Cookie: a=b; cellar_session=\(session); c=d"], .router),
                (["Cookie: a=b", "Cookie: cellar_session=\(session)"], .router),
                (["Cookie: cellar_session=old"], .router), (["Cookie: __Host-cellar_session=\(session)"], .router),
                (["Cookie: cellar_session=\(session)", "Authorization: Basic Ym9iOnNlY3JldA=="], .router),
                (["Cookie: cellar_form=x; other=1"], .fast), ([], .fast),
            ]
            return (paths + ["/main/simple/", "/secret/simple/"]).flatMap { path in
                headers.flatMap { headers, lane in
                    ["GET", "HEAD"].map { Asked(method: $0, path: path, headers: headers, lane: lane) }
                }
            }
        }
    }

    @Test("files are alike, with ranges and conditions, small and large")
    func files() async throws {
        try await compare { fixture in
            let wheels = [
                try await fixture.publishWheel("small"), try await fixture.publishWheel("large", padding: 400_000),
                try await fixture.publishWheel("hidden", to: HTTPFixture.secret),
            ]
            let ranges = [
                "", "Range: bytes=0-9", "Range: bytes=-10", "Range: bytes=5-", "Range: bytes=99999999-",
                "Range: bytes=0-1,3-4", "Range: lines=1-2",
            ]
            var asked: [Asked] = []
            for wheel in wheels {
                let tag = "\"\(wheel.digest)\""
                for path in [wheel.address, wheel.address + ".metadata"] {
                    for method in ["GET", "HEAD"] {
                        for range in ranges { asked.append(Asked(method: method, path: path, headers: [range])) }
                        for caller in Self.callers {
                            asked.append(Asked(method: method, path: path, headers: [caller]))
                        }
                        for condition in ["If-None-Match: \(tag)", "If-Range: \(tag)", "If-Range: \"x\""] {
                            asked.append(
                                Asked(method: method, path: path, headers: [condition, "Range: bytes=1-2"]))
                        }
                    }
                }
                asked.append(Asked(method: "GET", path: wheel.address + "/", headers: [], lane: .odd))
                asked.append(Asked(method: "GET", path: wheel.address + "?a", headers: [], lane: .odd))
            }
            return asked
        }
    }

    @Test("what is not available any more is refused alike")
    func refused() async throws {
        try await compare { fixture in
            let blocked = try await fixture.publishWheel("blocked")
            let deleted = try await fixture.publishWheel("deleted")
            let name = try #require(NormalizedName("blocked"))
            try await fixture.registry.management.setStatus(
                .quarantined, reason: nil, of: name, in: .main, caller: .localOperator)
            let project = try #require(NormalizedName("deleted"))
            try await fixture.registry.management.delete(
                FileTarget(index: .main, project: project, selection: .file(deleted.filename)), caller: .localOperator)
            return [blocked, deleted].flatMap { wheel in
                [wheel.page, wheel.address, wheel.address + ".metadata"].map {
                    Asked(method: "GET", path: $0, headers: [])
                }
            }
        }
    }

    @Test("requests whose head is odd are answered alike")
    func oddHeads() async throws {
        try await compare { fixture in
            let page = try await fixture.publishWheel("alpha").page
            let odd = [
                ["Host: other"], ["Expect: 100-continue"], ["Content-Length: 0"],
                ["Accept: text/html", "Accept: application/vnd.pypi.simple.v1+json;q=0.5"],
                ["Authorization: Basic YWxpY2U6c2VjcmV0", "Authorization: Basic YWxpY2U6c2VjcmV0"],
            ].map { Asked(method: "GET", path: page, headers: $0, lane: .odd) }
            let plain = [
                ["Connection: keep-alive"], ["Connection: Keep-Alive"], ["Cookie: a=b"], ["User-Agent: pip/26.3"],
            ].map { Asked(method: "GET", path: page, headers: $0) }
            return odd + plain
        }
    }

    @Test("the last answer of a connection is alike, from the first request on and after others")
    func last() async throws {
        try await compare { fixture in
            let small = try await fixture.publishWheel("small")
            let large = try await fixture.publishWheel("large", padding: 400_000)
            let paths = [small.page, small.address, small.address + ".metadata", large.address]
            return paths.flatMap { path in
                [(["Connection: close"], Lane.last), ([], .fast), (["Connection: Close", "Accept: text/html"], .last)]
                    .flatMap { headers, lane in
                        ["GET", "HEAD"].map { Asked(method: $0, path: path, headers: headers, lane: lane) }
                    }
            } + [
                Asked(method: "GET", path: small.page, headers: ["Connection: keep-alive, close"], lane: .odd),
                Asked(
                    method: "GET", path: small.page, headers: ["Connection: keep-alive", "Connection: close"],
                    lane: .last),
            ]
        }
    }

    /// Asks everything with the fast lane and without, once everything that may be in memory is; with a database that shows
    /// without a read what was committed, and with one that does not.
    private func compare(_ prepare: (HTTPFixture) async throws -> [Asked]) async throws {
        try await compare(changes: nil, prepare)
        try await compare(changes: { _ in }, prepare)
    }

    private func compare(
        changes: (@Sendable (ChangesMoment) async throws -> Void)?, _ prepare: (HTTPFixture) async throws -> [Asked]
    ) async throws {
        try await HTTPFixture.run(changes: changes) { fixture in
            // Each twice, since the second answer may come from the lane's own memory.
            let asked = try await prepare(fixture).flatMap { [$0, $0] }
            _ = try await ask(asked, fixture, hasFastLane: false)
            try await Self.waitForCompression(asked, fixture)
            let slow = try await ask(asked, fixture, hasFastLane: false)
            let fast = try await ask(asked, fixture, hasFastLane: true)
            for (request, (slow, fast)) in zip(asked, zip(slow.answers, fast.answers)) {
                #expect(fast == slow, "\(request.method) \(request.path) \(request.headers)")
            }
            #expect(!slow.isFast.contains(true))
            for (index, request) in asked.enumerated() {
                let isSent = [200, 206, 304, 416].contains(fast.answers[index].status)
                #expect(
                    fast.isFast[index] == (request.isFast && isSent),
                    "\(fast.answers[index].status) \(request.method) \(request.path) \(request.headers)")
            }
            #expect(fast.lines == slow.lines)
            #expect(fast.counts == slow.counts)
        }
    }

    private func ask(
        _ asked: [Asked], _ fixture: HTTPFixture, hasFastLane: Bool
    ) async throws -> (answers: [Observed], isFast: [Bool], lines: [String], counts: [String: Int]) {
        let linesBefore = fixture.log.lines.count
        let before = Self.counts(fixture)
        let parts = try await fixture.serve(hasFastLane: hasFastLane) { port in
            var parts: [(answers: [Observed], isFast: [Bool])] = []
            for part in Self.connections(asked) {
                parts.append(try await RawConnection.open(port) { try await answers(part, &$0, fixture) })
            }
            return parts
        }
        let lines = fixture.log.lines.dropFirst(linesBefore).filter { $0.contains(" agent=") }.map {
            $0.replacing(/\ ms=[0-9.e-]+/, with: "")
        }
        #expect(lines.count == asked.count)
        let counts = Self.counts(fixture).merging(before) { $0 - $1 }
        return (parts.flatMap { $0.answers }, parts.flatMap { $0.isFast }, lines, counts)
    }

    /// The requests of each connection: an odd one is the last on its own, and so is one that ends it.
    private static func connections(_ asked: [Asked]) -> [[Asked]] {
        asked.reduce(into: [[]]) { parts, request in
            parts[parts.count - 1].append(request)
            if request.lane == .odd || request.lane == .last { parts.append([]) }
        }
    }

    private func answers(
        _ asked: [Asked], _ connection: inout RawConnection, _ fixture: HTTPFixture
    ) async throws -> (answers: [Observed], isFast: [Bool]) {
        var answers: [Observed] = []
        var isFast: [Bool] = []
        for request in asked {
            let before = Self.recorded(fixture)
            try await connection.request(request.method, request.path, request.headers.filter { !$0.isEmpty })
            let answer = try await connection.answer(isHead: request.method == "HEAD")
            answers.append(
                Observed(
                    status: answer.status, reason: answer.reason,
                    headers: answer.headers.filter { !$0.hasPrefix("date: ") }, body: answer.body))
            // A request is counted when its answer has been written.
            while Self.recorded(fixture).all == before.all { try await Task.sleep(for: .milliseconds(1)) }
            isFast.append(Self.recorded(fixture).fast > before.fast)
        }
        return (answers, isFast)
    }

    /// How many requests have been answered, and how many of them by the fast lane.
    private static func recorded(_ fixture: HTTPFixture) -> (all: Int, fast: Int) {
        let state = fixture.service.metrics.snapshot
        return (state.requests.flatMap(\.outcomes).reduce(0) { $0 + $1.count }, state.fastLaneRequests)
    }

    /// All counts, without times.
    private static func counts(_ fixture: HTTPFixture) -> [String: Int] {
        let state = fixture.service.metrics.snapshot
        var counts: [String: Int] = [:]
        for (kind, requests) in zip(RequestKind.allCases, state.requests) {
            for outcome in requests.outcomes {
                counts["\(kind.name) \(outcome.methodName) \(outcome.status)"] = outcome.count
            }
            counts["bytes \(kind.name)"] = Int(requests.bytesSent)
            counts["latencies \(kind.name)"] = requests.latencies.count
        }
        for outcome in RegistryMetrics.PageOutcome.allCases {
            counts["pages \(outcome)"] = fixture.registry.metrics.pages.count(of: outcome)
        }
        return counts
    }

    private static func entityTag(of page: String, _ fixture: HTTPFixture) async throws -> String {
        try await fixture.ask { client in
            try await client.execute(uri: page, method: .get) { $0.headers[.eTag] ?? "" }
        }
    }

    /// Waits for the compressed forms, which are made after the answer.
    private static func waitForCompression(_ asked: [Asked], _ fixture: HTTPFixture) async throws {
        for request in asked where request.path.hasPrefix("/main/simple/alpha/") {
            let name = try #require(NormalizedName("alpha"))
            for format in [PageKey.Format.json, .html] {
                let key = PageKey(index: .main, subject: .project(name), format: format)
                while let page = fixture.registry.invalidation.pages.kept(key, now: Timestamp.now()),
                    page.isBeingCompressed
                {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            return
        }
    }
}
