import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@Suite("Owners of tokens who are known outside")
struct ConfirmingTests {
    /// A place outside whose people tests change.
    private final class Place: WatchfulProvider {
        let provider = OutsideProvider.ldap
        let people = Mutex<[String: ProvenPerson]?>([:])
        let asked = Mutex<[String]>([])

        func person(withSubject subject: String) async throws -> ProvenPerson? {
            asked.withLock { $0.append(subject) }
            guard let people = people.withLock({ $0 }) else { throw RegistryError(.unavailable, "It is away.") }
            if subject == "odd" { throw RegistryError(.forbidden, "This entry cannot be used.") }
            return people[subject]
        }

        func has(_ person: ProvenPerson) {
            people.withLock { $0?[person.identity.subject] = person }
        }
    }

    private func person(_ subject: String, groups: [String] = []) throws -> ProvenPerson {
        ProvenPerson(
            try #require(OutsideIdentity(.ldap, subject: subject)), name: "user\(subject)", groups: groups,
            isWatched: true)
    }

    private func withInstallation(
        _ body: (TestInstallation, Place, _ turn: () async throws -> Int) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation.open(TestInstallation.Place())
        let place = Place()
        // Older than any confirmation: everybody is due.
        try await body(installation, place) {
            try await installation.registry.confirming.confirm(by: place, every: .seconds(-1), trust: .seconds(60))
        }
        await installation.close()
    }

    private func signIn(_ person: ProvenPerson, _ installation: TestInstallation) async throws {
        let now = Timestamp.now()
        let record = try await installation.database.signIn(
            person, trustedUntil: now.adding(microseconds: 60_000_000),
            by: ChangeAuthor(name: "ldap", userID: nil, at: now))
        _ = try await installation.database.addToken(
            NewToken(digest: Sample.digest(record.name), name: "t", owner: .user(record.name), expiresAt: nil),
            by: Sample.author())
    }

    private func holder(_ name: String, _ installation: TestInstallation) async throws -> Person? {
        try await installation.database.tokenHolders(of: [Sample.digest(name)]).values.first?.owner.person
    }

    @Test("get the groups that they have now, and are refused when they are gone, until they are back")
    func turns() async throws {
        try await withInstallation { installation, place, turn in
            let names = ["1", "2"]
            for name in names {
                place.has(try person(name))
                try await signIn(try person(name), installation)
            }
            #expect(try await turn() == 2)
            place.has(try person("1", groups: ["dev"]))
            place.people.withLock { $0?["2"] = nil }
            #expect(try await turn() == 2)
            #expect(try await holder("user1", installation)?.groups == ["dev"])
            #expect(try await holder("user2", installation) == nil)
            place.has(try person("2"))
            #expect(try await turn() == 2)
            #expect(try await holder("user2", installation) != nil)
        }
    }

    @Test("stay who they are while nobody answers")
    func away() async throws {
        try await withInstallation { installation, place, turn in
            try await signIn(try person("1", groups: ["dev"]), installation)
            place.people.withLock { $0 = nil }
            let error = await #expect(throws: RegistryError.self) { try await turn() }
            #expect(error?.code == .unavailable)
            #expect(try await holder("user1", installation)?.groups == ["dev"])
        }
    }

    @Test("are asked about only if they have tokens and may come in, and one of them holds up no other")
    func due() async throws {
        try await withInstallation { installation, place, turn in
            for name in ["odd", "1", "2", "3"] { try await signIn(try person(name), installation) }
            for name in ["1", "3"] { place.has(try person(name)) }
            _ = try await installation.database.setBlocked(true, ofUser: "user2", by: Sample.author())
            let now = Timestamp.now()
            _ = try await installation.database.signIn(
                try person("4"), trustedUntil: now.adding(microseconds: 60_000_000),
                by: ChangeAuthor(name: "ldap", userID: nil, at: now))
            #expect(try await turn() == 3)
            #expect(place.asked.withLock { Set($0) } == ["odd", "1", "3"])
            #expect(try await holder("userodd", installation) != nil)
        }
    }
}
