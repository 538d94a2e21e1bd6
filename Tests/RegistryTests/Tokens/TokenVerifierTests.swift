import PackagingStandards
import RegistryTestSupport
import Synchronization
import Testing

@testable import Registry

@Suite("Recognising tokens")
struct TokenVerifierTests {
    /// A database that knows some tokens, and counts its queries.
    private final class Directory: TokenDatabase {
        struct State {
            var holders: [SHA256Digest: TokenHolder] = [:]
            var queries: [Int] = []
            var running = 0
            var mostRunning = 0
            var uses: [[Int64: Timestamp]] = []
            var failure: RegistryError?
            var accessEpoch: Int64 = 1
            var now = SampleTime.start
        }

        let state = Mutex(State())

        func tokenHolders(of digests: [SHA256Digest]) async throws -> [SHA256Digest: TokenHolder] {
            state.withLock { state in
                state.queries.append(digests.count)
                state.running += 1
                state.mostRunning = max(state.mostRunning, state.running)
            }
            try await Task.sleep(for: .milliseconds(2))
            return try state.withLock { state in
                state.running -= 1
                if let failure = state.failure { throw failure }
                return state.holders.filter { digests.contains($0.key) }
            }
        }

        func recordTokenUses(_ uses: [Int64: Timestamp]) async throws {
            try state.withLock { state in
                if let failure = state.failure { throw failure }
                state.uses.append(uses)
            }
        }

        private static let absent = RegistryError(.internal, "This is not asked here.")
        func addToken(_ token: NewToken, by change: ChangeAuthor) async throws -> TokenRecord { throw Self.absent }
        func tokens(of owner: TokenOwnerName?) async throws -> [TokenRecord] { throw Self.absent }
        func removeToken(_ id: Int64, by change: ChangeAuthor) async throws -> TokenRecord? { throw Self.absent }
        func removeSessions(ofUserID id: Int64, by change: ChangeAuthor) async throws -> Int { throw Self.absent }
        func serviceAccounts() async throws -> [ServiceAccount] { throw Self.absent }
        func addServiceAccount(_ name: String, by change: ChangeAuthor) async throws { throw Self.absent }
        func removeServiceAccount(_ name: String, by change: ChangeAuthor) async throws { throw Self.absent }
    }

    private let directory = Directory()
    private let verifier: TokenVerifier

    init() {
        let directory = directory
        verifier = TokenVerifier(
            database: directory, accessEpoch: { directory.state.withLock { $0.accessEpoch } },
            clock: WallClock { directory.state.withLock { $0.now } })
    }

    private func text(_ seed: UInt64) -> TokenText {
        var random = SeededGenerator(seed: seed)
        return TokenText(using: &random)
    }

    private func bytes(_ seed: UInt64) -> [UInt8] { Array(text(seed).reveal().utf8) }

    private func give(_ seed: UInt64, expiresAt: Timestamp? = nil) {
        let holder = TokenHolder(
            id: Int64(seed), name: "t\(seed)", owner: .service(NamedOwner(id: 1, name: "ci")), scope: .everything,
            expiresAt: expiresAt)
        directory.state.withLock { $0.holders[text(seed).digest] = holder }
    }

    private var queries: [Int] { directory.state.withLock { $0.queries } }

    private func message(_ sent: [UInt8]) async -> String? {
        do {
            _ = try await verifier.holder(of: sent)
            return nil
        } catch {
            return (error as? RegistryError)?.message ?? "\(error)"
        }
    }

    @Test("a token is looked up again when what the outside said of its owner counts no more, though nothing changed")
    func trust() async throws {
        let end = SampleTime.after(60)
        func owner(_ groups: Set<String>, until: Timestamp?) -> TokenHolder {
            let person = Person(id: 7, name: "ada", isAdministrator: false, groups: groups, validUntil: until)
            return TokenHolder(id: 1, name: "t", owner: .person(person), scope: .everything, expiresAt: nil)
        }
        directory.state.withLock { $0.holders[text(1).digest] = owner(["dev"], until: end) }
        #expect(try await verifier.holder(of: bytes(1)).owner.person?.groups == ["dev"])
        directory.state.withLock { state in
            state.holders[text(1).digest] = owner([], until: nil)
            state.now = SampleTime.after(59)
        }
        #expect(verifier.knownHolder(of: bytes(1))?.owner.person?.groups == ["dev"])
        directory.state.withLock { $0.now = end }
        #expect(verifier.knownHolder(of: bytes(1)) == nil)
        #expect(try await verifier.holder(of: bytes(1)).owner.person?.groups == [])
        #expect(verifier.knownHolder(of: bytes(1)) != nil)
        #expect(queries.count == 2)
    }

    @Test("a token costs one query, until people or rights change")
    func remembered() async throws {
        give(1)
        #expect(verifier.knownHolder(of: bytes(1)) == nil)
        #expect(try await verifier.holder(of: bytes(1)).name == "t1")
        #expect(verifier.knownHolder(of: bytes(1))?.id == 1)
        #expect(try await verifier.holder(of: bytes(1)).id == 1)
        #expect(queries == [1])
        directory.state.withLock { $0.accessEpoch = 2 }
        #expect(verifier.knownHolder(of: bytes(1)) == nil)
        #expect(try await verifier.holder(of: bytes(1)).id == 1)
        #expect(queries == [1, 1])
        directory.state.withLock { state in
            state.accessEpoch = 3
            state.holders = [:]
        }
        #expect(verifier.knownHolder(of: bytes(1)) == nil)
        #expect(await message(bytes(1))?.contains("There is no such token") == true)
    }

    @Test("a token that expires is refused from that moment on, in words that say so")
    func expiry() async throws {
        give(1, expiresAt: SampleTime.after(60))
        directory.state.withLock { $0.now = SampleTime.after(59) }
        #expect(try await verifier.holder(of: bytes(1)).id == 1)
        directory.state.withLock { $0.now = SampleTime.after(60) }
        #expect(verifier.knownHolder(of: bytes(1)) == nil)
        #expect(await message(bytes(1)) == "The token t1 expired at 2026-01-01T00:01Z. Make another one.")
        #expect(queries == [1])
        give(2, expiresAt: SampleTime.after(60))
        #expect(await message(bytes(2))?.contains("expired") == true)
    }

    @Test("a mistyped token is told so, without a query")
    func mistyped() async {
        for sent in [bytes(1).dropLast() + [0x21], Array("cellar_".utf8), Array("cellar_hunter2".utf8), []] {
            #expect(await message(Array(sent))?.contains("mistyped") == true)
        }
        #expect(queries.isEmpty)
    }

    @Test("a flood of unknown tokens costs one query at a time, and is forgotten")
    func flood() async throws {
        give(1)
        let verifier = verifier
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in UInt64(100)..<6100 {
                let sent = bytes(seed)
                group.addTask {
                    await #expect(throws: RegistryError.self) { try await verifier.holder(of: sent) }
                }
            }
            group.addTask { [bytes = bytes(1)] in _ = try await verifier.holder(of: bytes) }
            try await group.waitForAll()
        }
        #expect(directory.state.withLock { $0.mostRunning } == 1)
        #expect(queries.reduce(0, +) == 6001)
        #expect(queries.count < 600)
        // The last ones are remembered, the first are not.
        let before = queries.count
        for _ in 0..<3 { #expect(await message(bytes(1)) == nil) }
        #expect(queries.count == before)
    }

    @Test("an unknown token is not looked up again until something changes")
    func negative() async {
        for _ in 0..<5 { #expect(await message(bytes(1))?.contains("no such token") == true) }
        #expect(queries == [1])
        give(1)
        directory.state.withLock { $0.accessEpoch = 2 }
        #expect(await message(bytes(1)) == nil)
    }

    @Test("a failing database is not taken for an unknown token")
    func failing() async throws {
        give(1)
        directory.state.withLock { $0.failure = RegistryError(.unavailable, "locked") }
        #expect(await message(bytes(1)) == "locked")
        directory.state.withLock { $0.failure = nil }
        #expect(try await verifier.holder(of: bytes(1)).id == 1)
    }

    @Test("uses are noted at most once a minute for each token, and written again after a failure")
    func uses() async throws {
        give(1)
        give(2)
        for second in [0, 1, 59] {
            directory.state.withLock { $0.now = SampleTime.after(Int64(second)) }
            _ = try await verifier.holder(of: bytes(1))
            _ = verifier.knownHolder(of: bytes(1))
        }
        directory.state.withLock { $0.failure = RegistryError(.unavailable, "locked") }
        await #expect(throws: RegistryError.self) { try await verifier.flush() }
        directory.state.withLock { $0.failure = nil }
        try await verifier.flush()
        try await verifier.flush()
        #expect(directory.state.withLock { $0.uses } == [[1: SampleTime.start]])
        directory.state.withLock { $0.now = SampleTime.after(60) }
        _ = verifier.knownHolder(of: bytes(1))
        _ = try await verifier.holder(of: bytes(2))
        try await verifier.flush()
        #expect(directory.state.withLock { $0.uses.last } == [1: SampleTime.after(60), 2: SampleTime.after(60)])
    }
}
