import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("Exceptions")
struct ExceptionsTests {
    private let upstream = InMemoryUpstream()
    private let clock = TestClock()
    private static let day: Int64 = 86400 * 1_000_000

    private func open(
        _ place: TestInstallation.Place? = nil, policy: IndexPolicy = IndexPolicy(minAge: 7 * day)
    ) async throws -> TestInstallation {
        let team = try #require(IndexName("team"))
        return try await TestInstallation.open(
            try place ?? TestInstallation.Place(),
            indexes: [.caching(policy: policy), .caching(team, [.index(.main)])], upstreams: [upstream],
            clock: clock.clock)
    }

    private func serveYoungAndOld() throws -> (young: String, old: String) {
        let young = try UpstreamSample("six", "2.0", uploadTime: clock.now)
        let old = try UpstreamSample("six", "1.0")
        upstream.serve("six", [old, young], freshFor: 30 * 86400)
        return (young.file.filename, old.file.filename)
    }

    private func request(
        _ version: String? = nil, reason: String = "needed now", days: Int64? = nil
    ) throws -> ExceptionRequest {
        ExceptionRequest(
            index: .main, project: try projectName("six"), version: try version.map { try #require(Version($0)) },
            reason: reason, expiresAt: days.map { clock.now.adding(microseconds: $0 * Self.day) })
    }

    @Test("let a release through at once, in the indexes that look there too, until they end")
    func endsByItself() async throws {
        let (young, old) = try serveYoungAndOld()
        let installation = try await open()
        let registry = installation.registry
        let team = try #require(IndexName("team"))
        #expect(try await ReadPage("six", of: registry)?.filenames == [old])
        #expect(try await ReadPage("six", of: registry, in: team)?.filenames == [old])

        let added = try await registry.policies.add(request("2", days: 2), caller: TestInstallation.administrator)
        #expect(added.createdBy == "root")
        #expect(added.createdAt == clock.now)
        #expect(try await ReadPage("six", of: registry)?.filenames == [old, young])
        #expect(try await ReadPage("six", of: registry, in: team)?.filenames == [old, young])

        clock.advance(seconds: 2 * 86400 - 1)
        #expect(try await ReadPage("six", of: registry)?.filenames == [old, young])
        clock.advance(seconds: 1)
        #expect(try await ReadPage("six", of: registry)?.filenames == [old])
        #expect(try await ReadPage("six", of: registry, in: team)?.filenames == [old])
        await installation.close()
    }

    @Test("are listed, and hold no longer once they are removed")
    func removed() async throws {
        let (young, old) = try serveYoungAndOld()
        let installation = try await open()
        let registry = installation.registry
        let root = TestInstallation.administrator
        let added = try await registry.policies.add(request(), caller: root)
        #expect(try await ReadPage("six", of: registry)?.filenames == [old, young])
        #expect(try await registry.policies.exceptions(in: .main, caller: root) == [added])
        #expect(try await registry.policies.exceptions(of: projectName("other"), in: .main, caller: root).isEmpty)

        try await registry.policies.remove(added.id, in: .main, caller: root)
        #expect(try await ReadPage("six", of: registry)?.filenames == [old])
        #expect(try await registry.policies.exceptions(in: .main, caller: root).isEmpty)
        let again = await #expect(throws: RegistryError.self) {
            try await registry.policies.remove(added.id, in: .main, caller: root)
        }
        #expect(again?.code == .notFound)
        let actions = try await registry.management.audit(AuditQuery(limit: 2), caller: root).map(\.actor)
        #expect(actions == ["root", "root"])
        await installation.close()
    }

    @Test("that another process makes or removes are seen with its next change that is observed")
    func otherProcess() async throws {
        let (young, old) = try serveYoungAndOld()
        let place = try TestInstallation.Place()
        let server = try await open(place)
        let command = try await open(place)
        #expect(try await ReadPage("six", of: server.registry)?.filenames == [old])
        let added = try await command.registry.policies.add(request(), caller: .localOperator)
        try await server.registry.freshness.ensureCurrent()
        #expect(try await ReadPage("six", of: server.registry)?.filenames == [old, young])
        try await command.registry.policies.remove(added.id, in: .main, caller: .localOperator)
        try await server.registry.freshness.ensureCurrent()
        #expect(try await ReadPage("six", of: server.registry)?.filenames == [old])
        await command.close()
        await server.close()
    }

    @Test("do not lift a denial")
    func denial() async throws {
        let (_, old) = try serveYoungAndOld()
        let denied = try #require(ProjectRequirement("six>=2"))
        let installation = try await open(policy: IndexPolicy(deny: [denied]))
        _ = try await installation.registry.policies.add(request(), caller: .localOperator)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [old])
        await installation.close()
    }

    @Test("are the administrators' alone")
    func administrators() async throws {
        let installation = try await open()
        let registry = installation.registry
        for (caller, code) in [
            (Caller.anonymous, RegistryError.Code.authenticationRequired), (TestInstallation.alice, .forbidden),
        ] {
            let calls: [() async throws -> Void] = [
                { _ = try await registry.policies.add(request(), caller: caller) },
                { _ = try await registry.policies.exceptions(in: .main, caller: caller) },
                { try await registry.policies.remove(1, in: .main, caller: caller) },
            ]
            for call in calls {
                let error = await #expect(throws: RegistryError.self) { try await call() }
                #expect(error?.code == code)
            }
        }
        await installation.close()
    }

    @Test(
        "need a reason of one line, and an end that is to come",
        arguments: [
            ("", nil, .invalidRequest), (" \t", nil, .invalidRequest), ("a\nb", nil, .invalidRequest),
            ("\u{85}x", nil, .invalidRequest), (String(repeating: "x", count: 501), nil, .invalidRequest),
            ("fine", 0, .conflict), ("fine", -1, .conflict), (String(repeating: "é", count: 500), 1, nil),
        ] as [(String, Int64?, RegistryError.Code?)])
    func checked(reason: String, days: Int64?, code: RegistryError.Code?) async throws {
        let installation = try await open()
        var thrown: RegistryError.Code?
        do {
            _ = try await installation.registry.policies.add(
                request(reason: reason, days: days), caller: .localOperator)
        } catch let error as RegistryError {
            thrown = error.code
        }
        #expect(thrown == code)
        let kept = try await installation.registry.policies.exceptions(in: .main, caller: .localOperator)
        #expect(kept.count == (code == nil ? 1 : 0))
        await installation.close()
    }
}
