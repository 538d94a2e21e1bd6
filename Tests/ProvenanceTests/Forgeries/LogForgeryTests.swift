import Crypto
import PackagingStandards
import Testing

@testable import Provenance

@Suite("Forged entries of transparency logs")
struct LogForgeryTests {
    private static let cases: [ForgedCase] = [
        ForgedCase("unknown log", .logUnknown) { $0.sigstore.log = P256.Signing.PrivateKey() },
        ForgedCase("unknown log under the known one's id", .logTimeInvalid) {
            let known = TestSigstore.logID($0.sigstore.log.publicKey)
            $0.sigstore.log = P256.Signing.PrivateKey()
            $0.logID = known
        },
        ForgedCase("the certificate log's key", .logUnknown) { $0.sigstore.log = $0.sigstore.certificateLog },
        ForgedCase("no signed timestamp", .logTimeMissing) { $0.entry = { $0.promise = nil } },
        ForgedCase("signed timestamp by another key", .logTimeInvalid) { $0.promiseKey = P256.Signing.PrivateKey() },
        ForgedCase("signed timestamp of another time", .logTimeInvalid) { $0.shownTime = 1 },
        ForgedCase("no time", .logTimeMissing) { $0.shownTime = -TestSigstore.now.microseconds / 1_000_000 },
        ForgedCase("signed timestamp of another number", .logTimeInvalid) { $0.shownIndex = 5 },
        ForgedCase("signed timestamp that is no signature", .logTimeInvalid) { $0.entry = { $0.promise = [1] } },
        ForgedCase("expired certificate under an honest timestamp that was moved", .logTimeInvalid) {
            $0.time = 10_000
            $0.shownTime = -10_000
        },
        ForgedCase("body of another entry", .logTimeInvalid) { $0.entry = { $0.body = Array("{}".utf8) } },
        ForgedCase("body with another space", .logTimeInvalid) { $0.entry = { $0.body.append(0x20) } },

        ForgedCase("no inclusion proof", .inclusionMissing) { $0.entry = { $0.hasProof = false } },
        ForgedCase("no checkpoint", .inclusionMissing) { $0.entry = { $0.checkpoint = nil } },
        ForgedCase("another index in the tree", .inclusionInvalid) { $0.entry = { $0.index = 4 } },
        ForgedCase("an index beyond the tree", .inclusionInvalid) { $0.entry = { $0.index = 7 } },
        ForgedCase("another size of the tree", .inclusionInvalid) { $0.entry = { $0.treeSize = 6 } },
        ForgedCase("an empty tree", .inclusionInvalid) { $0.entry = { $0.treeSize = 0 } },
        ForgedCase("a hash less", .inclusionInvalid) { $0.entry = { $0.hashes.removeLast() } },
        ForgedCase("a hash more", .inclusionInvalid) { $0.entry = { $0.hashes.append($0.root) } },
        ForgedCase("a changed hash", .inclusionInvalid) { $0.entry = { $0.hashes[1][0] ^= 1 } },
        ForgedCase("another root", .inclusionInvalid) { $0.entry = { $0.root[31] ^= 1 } },

        ForgedCase("checkpoint by another key", .checkpointInvalid) { $0.checkpointKey = P256.Signing.PrivateKey() },
        ForgedCase("checkpoint of another tree", .checkpointInvalid) { forgery in
            let key = forgery.sigstore.log
            let other = try Forgery.checkpoint(size: 7, root: sha256([1]), by: key)
            forgery.entry = { $0.checkpoint = other }
        },
        ForgedCase("checkpoint of another size", .checkpointInvalid) { forgery in
            let key = forgery.sigstore.log
            forgery.entry = { $0.checkpoint = try? Forgery.checkpoint(size: 8, root: $0.root, by: key) }
        },
        ForgedCase("changed checkpoint", .checkpointInvalid) {
            $0.entry = { $0.checkpoint = $0.checkpoint?.replacing("log.test - 1", with: "log.test - 2") }
        },
        ForgedCase("checkpoint without signatures", .checkpointInvalid) {
            $0.entry = { $0.checkpoint = $0.checkpoint?.replacing("\n\n", with: "\n") }
        },

        ForgedCase("kind intoto", .unsupportedEntry) {
            $0.kind = "intoto"
            $0.version = "0.0.2"
        },
        ForgedCase("kind hashedrekord", .unsupportedEntry) { $0.kind = "hashedrekord" },
        ForgedCase("version of Rekor 2", .unsupportedEntry) { $0.version = "0.0.2" },
        ForgedCase("body of another kind", .entryMismatch) { $0.recorded = { $0.kind = "hashedrekord" } },
        ForgedCase("body of another version", .entryMismatch) { $0.recorded = { $0.version = "0.0.2" } },
        ForgedCase("honest entry about another statement", .entryMismatch) {
            $0.recorded = { $0.statement.append(0x20) }
        },
        ForgedCase("honest entry about another signature", .entryMismatch) {
            $0.recorded = { $0.signature = [UInt8](repeating: 7, count: 70) }
        },
        ForgedCase("honest entry about another certificate", .entryMismatch) { forgery in
            let other = try forgery.sigstore.certificate(
                TestSigstore.Request(), for: P256.Signing.PrivateKey().publicKey)
            forgery.recorded = { $0.certificate = other }
        },
        ForgedCase("hash that is not SHA-256", .entryMismatch) { $0.recorded = { $0.hashAlgorithm = "sha1" } },
    ]

    @Test("Forgeries are refused", arguments: cases)
    func refused(_ forged: ForgedCase) async throws {
        try await forged.judge()
    }

    @Test("The entry of another honest attestation is refused")
    func otherEntry() async throws {
        let sigstore = try TestSigstore()
        let judge = Judge(trustRoot: try sigstore.trustRoot())
        let one = try Forgery(sigstore: sigstore).attestation()
        let other = try HonestAttestationTests.entries(Forgery(sigstore: sigstore).attestation())
        await expectRefusal(.entryMismatch) {
            _ = try await judge.verify(HonestAttestationTests.replacing(other, in: one))
        }
    }

    @Test(
        "A log's key counts only while it is in use",
        arguments: [#""end":"2026-01-10T11:59:59Z""#, #""start":"2026-01-10T12:00:01Z""#])
    func period(_ period: String) async throws {
        let sigstore = try TestSigstore()
        await expectRefusal(.logUnknown) {
            _ = try await Judge(trustRoot: sigstore.trustRoot(.init(log: period)))
                .verify(Forgery(sigstore: sigstore).attestation())
        }
    }
}
