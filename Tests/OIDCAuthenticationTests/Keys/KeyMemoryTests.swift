import Logging
import Registry
import Synchronization
import Testing

@testable import OIDCAuthentication

@Suite("Which keys are relied on")
struct KeyMemoryTests {
    private let start = ContinuousClock.now
    private let keys: KeySet
    private let others: KeySet

    init() async throws {
        let issuer = try TestIssuer()
        keys = try await KeySet(issuer.document(issuer.published))
        others = try await KeySet(issuer.document([issuer.published[0]]))
    }

    private func word(_ step: KeyMemory.Step) -> String {
        switch step {
        case .use: "use"
        case .fetch: "fetch"
        case .unknown: "unknown"
        case .unavailable: "unavailable"
        }
    }

    private func step(_ memory: KeyMemory, _ name: String, after seconds: Int64) -> String {
        word(memory.step(for: name, at: start + .seconds(seconds)))
    }

    @Test("keys are fetched for the first question, and relied on for ten minutes")
    func fresh() {
        var memory = KeyMemory()
        #expect(step(memory, "rsa", after: 0) == "fetch")
        memory.fetched(keys, at: start)
        for seconds in [0, 9, 10, 599] as [Int64] { #expect(step(memory, "rsa", after: seconds) == "use") }
        #expect(step(memory, "rsa", after: 600) == "fetch")
    }

    @Test("an unknown name is looked for once in ten seconds, since issuers rotate their keys")
    func rotation() {
        var memory = KeyMemory()
        memory.fetched(others, at: start)
        #expect(step(memory, "rsa", after: 9) == "unknown")
        #expect(step(memory, "rsa", after: 10) == "fetch")
        memory.fetched(keys, at: start + .seconds(10))
        #expect(step(memory, "rsa", after: 10) == "use")
        memory.fetched(others, at: start + .seconds(700))
        #expect(step(memory, "rsa", after: 700) == "unknown")
    }

    @Test("keys are kept for an hour while the issuer does not answer, and then refused")
    func outage() {
        var memory = KeyMemory()
        memory.failed(at: start)
        #expect(step(memory, "rsa", after: 9) == "unavailable")
        #expect(step(memory, "rsa", after: 10) == "fetch")
        memory.fetched(keys, at: start)
        memory.failed(at: start + .seconds(600))
        #expect(step(memory, "rsa", after: 609) == "use")
        #expect(step(memory, "rsa", after: 610) == "fetch")
        memory.failed(at: start + .seconds(3595))
        #expect(step(memory, "rsa", after: 3599) == "use")
        #expect(step(memory, "other", after: 3599) == "unknown")
        #expect(step(memory, "rsa", after: 3600) == "unavailable")
        #expect(step(memory, "rsa", after: 3605) == "fetch")
    }

    @Test("many who ask at once share one fetch")
    func together() async throws {
        let keys = self.keys
        let fetches = Mutex(0)
        let issuer = IdentityIssuer(name: "ci", url: TestIssuer.url, kind: .generic, audience: "cellar")
        let memory = IssuerKeys(of: issuer, now: { ContinuousClock.now }, logger: Logger(label: "test")) {
            () async throws(IssuerFailure) -> KeySet in
            fetches.withLock { $0 += 1 }
            try? await Task.sleep(for: .milliseconds(50))
            return keys
        }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { (try? await memory.key(named: "rsa")) != nil } }
            for await found in group { #expect(found) }
        }
        #expect(fetches.withLock { $0 } == 1)
        for _ in 0..<50 { await #expect(throws: Refusal.self) { try await memory.key(named: "other") } }
        #expect(fetches.withLock { $0 } == 1)
    }

    @Test("keys that cannot be fetched are no reason to call a token bad")
    func unavailable() async throws {
        let issuer = IdentityIssuer(name: "ci", url: TestIssuer.url, kind: .generic, audience: "cellar")
        let memory = IssuerKeys(of: issuer, now: { ContinuousClock.now }, logger: Logger(label: "test")) {
            () async throws(IssuerFailure) -> KeySet in
            throw IssuerFailure("no answer")
        }
        for _ in 0..<3 {
            let error = await #expect(throws: RegistryError.self) { try await memory.key(named: "rsa") }
            #expect(error?.code == .unavailable)
            #expect(error?.retryAfter == 10)
            #expect(error?.message.contains("no answer") == false)
        }
    }
}
