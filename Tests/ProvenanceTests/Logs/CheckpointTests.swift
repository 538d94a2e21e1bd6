import Crypto
import Testing

@testable import Provenance

@Suite("Checkpoints")
struct CheckpointTests {
    private let root = sha256([1])

    @Test("A signed note is read, also with further lines and signatures of witnesses")
    func witnesses() throws {
        let key = P256.Signing.PrivateKey()
        let log = try #require(LogKey(publicKeyInfo: Array(key.publicKey.derRepresentation)))
        let text = "log.test - 1\n7\n\(base64(root))\nTimestamp: 1\n"
        let signature = Array(try key.signature(for: Array(text.utf8)).derRepresentation)
        let witness = "— witness.test \(base64([1, 2, 3, 4, 5]))\n"
        let ours = "— log.test \(base64(log.id.prefix(4) + signature))\n"
        let checkpoint = try Checkpoint("\(text)\n\(witness)\(ours)")
        #expect(checkpoint.treeSize == 7)
        #expect(checkpoint.rootHash == root)
        #expect(checkpoint.isSigned(by: log))
        #expect(try !Checkpoint("\(text)\n\(witness)").isSigned(by: log))
        #expect(try !Checkpoint("\(text.replacing("7", with: "8"))\n\(ours)").isSigned(by: log))
    }

    @Test(
        "Malformed notes are refused",
        arguments: [
            "", "\n", "\n\n", "log\n7\nROOT\n", "log\n7\nROOT\n\n", "log\n7\nROOT\n\nSIGNATURE",
            "log\n7\n\nSIGNATURE\n",
            "\n7\nROOT\n\nSIGNATURE\n", "log\n07\nROOT\n\nSIGNATURE\n", "log\n-7\nROOT\n\nSIGNATURE\n",
            "log\n9223372036854775808\nROOT\n\nSIGNATURE\n", "log\nx\nROOT\n\nSIGNATURE\n",
            "log\n7\nAAAA\n\nSIGNATURE\n",
            "log\n7\n!\n\nSIGNATURE\n", "log\n7\nROOT\n\n- log AAAAAAA=\n", "log\n7\nROOT\n\n— log\n",
            "log\n7\nROOT\n\n— log AAAA\n", "log\n7\nROOT\n\n—  AAAAAAA=\n", "log\n7\nROOT\n\nSIGNATURE\n\nSIGNATURE\n",
            "log\r\n7\r\nROOT\r\n\r\nSIGNATURE\r\n",
        ])
    func malformed(_ note: String) async {
        let text = note.replacing("ROOT", with: base64(root)).replacing("SIGNATURE", with: "— log AAAAAAA=")
        await expectRefusal(.checkpointInvalid) { _ = try Checkpoint(text) }
    }

    @Test("Too many signatures are refused")
    func bounds() async {
        let signatures = String(repeating: "— log AAAAAAA=\n", count: 33)
        await expectRefusal(.checkpointInvalid) { _ = try Checkpoint("log\n7\n\(base64(root))\n\n\(signatures)") }
    }
}
