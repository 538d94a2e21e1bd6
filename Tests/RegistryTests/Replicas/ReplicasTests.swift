import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import Registry

@Suite("Several servers on one database")
struct ReplicasTests {
    private struct Broken: Error {}

    private static func withTwo(
        _ test: (TestInstallation, TestInstallation) async throws -> Void
    ) async throws {
        let place = try TestInstallation.Place()
        let first = try await TestInstallation.open(place)
        let second = try await TestInstallation.open(place)
        try await test(first, second)
        await first.close()
        await second.close()
    }

    private static func gauge(_ name: String, of installation: TestInstallation) -> String? {
        PrometheusText.text(of: installation.registry.metricFamilies).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test("know of each other, and whether their configurations differ")
    func differences() async throws {
        try await Self.withTwo { first, second in
            let (a, b) = (first.registry.replicas, second.registry.replicas)
            try await a.enter(name: "a:1", version: "1", configuration: "x")
            #expect(Self.gauge("cellar_replicas", of: first) == "1")
            try await b.enter(name: "b:2", version: "1", configuration: "y")
            try await a.note()
            #expect(a.others.map(\.description.name) == ["b:2"])
            #expect(Self.gauge("cellar_replicas", of: first) == "2")
            #expect(Self.gauge("cellar_replicas_differing", of: first) == "1")
            try await b.note(configuration: "x")
            try await a.note()
            #expect(Self.gauge("cellar_replicas_differing", of: first) == "0")
            #expect(try await a.list(caller: .localOperator).map(\.description.name) == ["a:1", "b:2"])
            await #expect(throws: RegistryError.self) { try await a.list(caller: .anonymous) }
            try await b.leave()
            try await a.note()
            #expect(a.others.isEmpty)
        }
    }

    @Test("keep a rebuild from beginning, and refuse writes during one")
    func rebuild() async throws {
        try await Self.withTwo { first, second in
            try await first.registry.replicas.enter(name: "a:1", version: "1", configuration: "x")
            let error = await #expect(throws: RegistryError.self) {
                try await second.registry.rebuilding.rebuild()
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("a:1") == true)

            let lease = try #require(try await second.database.takeLease(.rebuild, for: "other", lasting: 600_000_000))
            try await first.registry.replicas.note()
            #expect(first.registry.replicas.reasonAgainstWriting != nil)
            #expect(throws: RegistryError.self) { try first.registry.replicas.requireWriting() }
            try await second.database.endLease(lease)
            try await first.registry.replicas.note()
            #expect(first.registry.replicas.reasonAgainstWriting == nil)
            try first.registry.replicas.requireWriting()

            try await first.registry.replicas.leave()
            try await second.registry.rebuilding.rebuild()
        }
    }

    @Test("that start with an empty database at once make it again once")
    func rebuildOnce() async throws {
        try await Self.withTwo { first, second in
            async let one = first.registry.rebuilding.rebuildIfEmpty()
            async let two = second.registry.rebuilding.rebuildIfEmpty()
            let done = try await [one, two]
            // There is nothing to rebuild from, so the second finds it as empty as the first.
            #expect(done.compactMap(\.self).count == 2)
            try await Upload("alpha", "1.0").publish(to: first)
            #expect(try await second.registry.rebuilding.rebuildIfEmpty() == nil)
        }
    }

    @Test("do work once, and again when it is due")
    func work() async throws {
        try await Self.withTwo { first, second in
            let count = Atomic(0)
            let name = LeaseName("work")
            @Sendable func work() { count.add(1, ordering: .relaxed) }
            #expect(try await first.registry.leases.once(name, every: .milliseconds(1500)) { work() })
            #expect(try await !second.registry.leases.once(name, every: .milliseconds(1500)) { work() })
            #expect(try await first.registry.leases.once(name, every: .milliseconds(1500)) { work() })
            #expect(count.load(ordering: .relaxed) == 2)
            // The first server is gone: the second takes over.
            while try await !second.registry.leases.once(name, every: .milliseconds(1500), { work() }) {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(count.load(ordering: .relaxed) == 3)
        }
    }

    @Test("hold a lease for as long as the work goes on, and end it with the work")
    func holding() async throws {
        try await Self.withTwo { first, second in
            let gate = TestGate()
            let work = Task {
                try await Self.hold(first) {
                    try await gate.pass()
                    return 1
                }
            }
            await gate.waitForArrivals(1)
            await #expect(throws: RegistryError.self) { try await Self.hold(second) { 2 } }
            gate.open()
            let first1 = try await work.value
            let second2 = try await Self.hold(second) { 2 }
            #expect(first1 == 1 && second2 == 2)
            await #expect(throws: Broken.self) { try await Self.hold(first) { throw Broken() } }
            let second3 = try await Self.hold(second) { 3 }
            #expect(second3 == 3)
        }
    }

    private static func hold(
        _ installation: TestInstallation, _ work: @escaping @Sendable () async throws -> Int
    ) async throws -> Int {
        try await installation.registry.leases.holding(
            LeaseName("work"), patience: .zero, orElse: RegistryError(.conflict, "busy"), work)
    }
}
