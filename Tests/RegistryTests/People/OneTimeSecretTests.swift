import RegistryTestSupport
import Testing

@testable import Registry

@Suite("Secrets of one-time links")
struct OneTimeSecretTests {
    private static func drawn(_ seed: UInt64) -> OneTimeSecret {
        var random = SeededGenerator(seed: seed)
        return OneTimeSecret(using: &random)
    }

    @Test("are read as they were shown, also with white space around them")
    func reading() throws {
        let secret = Self.drawn(1)
        let text = secret.reveal()
        #expect(text.utf8.count == 43)
        for sent in [text, " \(text)", "\t\(text)\r\n", "\u{A0}\(text)\u{A0}"] {
            let read = try #require(OneTimeSecret(sent))
            #expect(read == secret && read.digest == secret.digest)
        }
    }

    @Test(
        "are nothing else",
        arguments: [
            "", " ", "x", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
            String(repeating: "A", count: 42) + "+", String(repeating: "A", count: 42) + "é",
            String(repeating: "A", count: 21) + " " + String(repeating: "A", count: 21), "\0",
        ])
    func nothingElse(text: String) {
        #expect(OneTimeSecret(text) == nil)
    }

    @Test("differ, and do not show when they are printed")
    func printing() {
        let secrets = (1...100).map(Self.drawn)
        #expect(Set(secrets).count == 100)
        #expect(Set(secrets.map(\.digest)).count == 100)
        let text = secrets[0].reveal()
        for shown in ["\(secrets[0])", String(reflecting: secrets[0]), "\([secrets[0]])"] {
            #expect(!shown.contains(text))
        }
        var dumped = ""
        dump(secrets[0], to: &dumped)
        #expect(!dumped.contains(text))
    }
}
