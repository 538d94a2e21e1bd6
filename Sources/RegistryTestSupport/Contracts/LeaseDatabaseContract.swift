public import Registry
import Testing

/// What every `LeaseDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
///
/// Leases end by the database's own clock, so the checks wait for that, for two seconds.
public enum LeaseDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any LeaseDatabase

    typealias Check = DatabaseCheck<Subject>

    private static let work = LeaseName("work")
    private static let long: Int64 = 600_000_000
    /// Longer than a busy machine takes for a few calls.
    private static let short: Int64 = 2_000_000
    /// Has ended by the next tick of the clock.
    private static let momentary: Int64 = 1

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check(
            "gives a lease to one holder, who may take it again",
            twice: { database, again in
                let lease = try #require(try await database.takeLease(work, for: "a", lasting: long))
                #expect(lease == Lease(name: work, holder: "a", fence: lease.fence))
                #expect(try await again.takeLease(work, for: "b", lasting: long) == nil)
                #expect(try await again.takeLease(LeaseName("other"), for: "b", lasting: long) != nil)
                #expect(try await again.takeLease(work, for: "a", lasting: long) == lease)
            }),
        Check(
            "lets others take a lease that was ended, under a higher number",
            twice: { database, again in
                let first = try #require(try await database.takeLease(work, for: "a", lasting: long))
                try await database.endLease(first)
                let second = try #require(try await again.takeLease(work, for: "b", lasting: long))
                #expect(second.fence > first.fence)
                #expect(try await !database.renewLease(first, lasting: long))
                try await database.endLease(first)
                #expect(try await database.takeLease(work, for: "c", lasting: long) == nil, "the end was another's")
                try await again.endLease(second)
                let third = try #require(try await database.takeLease(work, for: "a", lasting: long))
                #expect(third.fence > second.fence)
            }),
        Check(
            "lets others take a lease that has ended by itself, and its holder finds out",
            twice: { database, again in
                let first = try #require(try await database.takeLease(work, for: "a", lasting: momentary))
                let second = try await eventually { try await again.takeLease(work, for: "b", lasting: long) }
                #expect(second.fence > first.fence)
                #expect(try await !database.renewLease(first, lasting: long))
                #expect(try await database.takeLease(work, for: "a", lasting: long) == nil)
            }),
        Check("gives its own holder a new number after the end") { database in
            let first = try #require(try await database.takeLease(work, for: "a", lasting: momentary))
            // Each taking is a renewal if it comes before the end.
            let second = try await eventually {
                try await database.takeLease(work, for: "a", lasting: momentary).flatMap {
                    $0.fence > first.fence ? $0 : nil
                }
            }
            #expect(second.fence > first.fence)
        },
        Check("keeps a lease that is renewed") { database in
            let lease = try #require(try await database.takeLease(work, for: "a", lasting: short))
            #expect(try await database.renewLease(lease, lasting: long))
            try await Task.sleep(for: .milliseconds(2300))
            #expect(try await database.takeLease(work, for: "b", lasting: long) == nil)
        },
        Check("gives a lease that many take at once to one", manyAtOnce),
        Check(
            "knows the replicas at work, and forgets those that leave or are not seen",
            twice: { database, again in
                let one = ReplicaDescription(id: "1", name: "a:1", version: "1", configuration: "x")
                let two = ReplicaDescription(id: "2", name: "b:2", version: "2", configuration: "y")
                #expect(try await database.noteReplica(one, lasting: long).others.isEmpty)
                let view = try await again.noteReplica(two, lasting: short)
                #expect(view.others.map(\.description) == [one])
                #expect(!view.isRebuilding)
                let all = try await database.replicas()
                #expect(all.map(\.description) == [one, two])
                #expect(all.allSatisfy { $0.seenAt >= $0.startedAt })
                try await waitUntil { try await database.replicas().map(\.description) == [one] }
                let changed = ReplicaDescription(id: "1", name: "a:1", version: "1", configuration: "z")
                _ = try await database.noteReplica(changed, lasting: long)
                #expect(try await again.replicas().map(\.description) == [changed])
                #expect(try await again.replicas().first?.startedAt == all.first?.startedAt)
                try await database.forgetReplica("1")
                #expect(try await again.replicas().isEmpty)
            }),
        Check(
            "tells replicas of a rebuild",
            twice: { database, again in
                let one = ReplicaDescription(id: "1", name: "a:1", version: "1", configuration: "x")
                let lease = try #require(try await again.takeLease(.rebuild, for: "r", lasting: long))
                #expect(try await database.noteReplica(one, lasting: long).isRebuilding)
                try await again.endLease(lease)
                #expect(try await !database.noteReplica(one, lasting: long).isRebuilding)
            }),
    ]

    @Sendable private static func manyAtOnce(_ database: Subject) async throws {
        let leases = try await withThrowingTaskGroup(of: Lease?.self) { tasks in
            for holder in 0..<16 {
                tasks.addTask { try await database.takeLease(work, for: "\(holder)", lasting: long) }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(leases.compactMap(\.self).count == 1)
    }

    private static func eventually<Value>(_ look: () async throws -> Value?) async throws -> Value {
        while true {
            if let value = try await look() { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func waitUntil(_ holds: () async throws -> Bool) async throws {
        while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
    }
}
