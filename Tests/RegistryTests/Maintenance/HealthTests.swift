import Registry
import RegistryTestSupport
import Testing

@Suite("The health of an installation")
struct HealthTests {
    private let root = TestInstallation.administrator

    private func run(_ test: (TestInstallation) async throws -> Void) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        do {
            try await test(installation)
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
    }

    @Test("is well at first, says what fails, and forgets what works again", arguments: [false, true])
    func findings(isThorough: Bool) async throws {
        try await run { installation in
            let registry = installation.registry
            func wrong() async throws -> [HealthFinding] {
                try await registry.health.findings(isThorough: isThorough, caller: root).filter { !$0.isHealthy }
            }
            #expect(try await wrong() == [])
            registry.jobs.note("counting", failure: "the database is locked")
            let since = try #require(registry.jobs.failing.first).since
            registry.jobs.note("counting", failure: "still")
            #expect(registry.jobs.failing.first?.since == since)
            #expect(try await wrong().map(\.subject) == [.job("counting")])
            #expect(try await wrong().first?.details == ["still"])
            registry.jobs.note("counting", failure: nil)
            #expect(try await wrong() == [])
        }
    }

    @Test("is for administrators")
    func rights() async throws {
        try await run { installation in
            let registry = installation.registry
            for caller in [Caller.anonymous, TestInstallation.alice] {
                await #expect(throws: RegistryError.self) {
                    _ = try await registry.health.findings(isThorough: false, caller: caller)
                }
                #expect(throws: RegistryError.self) { try registry.sweepJob.status(caller: caller) }
                #expect(throws: RegistryError.self) {
                    try registry.sweepJob.start(age: 0, isDryRun: true, isConfirmed: false, caller: caller)
                }
                #expect(throws: RegistryError.self) { try registry.upstreamHealth.standings(caller: caller) }
            }
        }
    }

    @Test("of a sweep: it runs once at a time, and none begins after the end")
    func sweep() async throws {
        try await run { installation in
            let job = installation.registry.sweepJob
            #expect(try job.status(caller: root).state == .none)
            try job.start(age: 0, isDryRun: true, isConfirmed: false, caller: root)
            await job.stop()
            let status = try job.status(caller: root)
            #expect(status.state != .running && status.isDryRun && status.endedAt != nil)
            #expect(throws: RegistryError.self) {
                try job.start(age: 0, isDryRun: true, isConfirmed: false, caller: root)
            }
        }
    }
}
