import RegistryTestSupport
import ServerConfiguration
import Testing

@testable import CellarServer

@Suite("cellar init")
struct WriteConfigurationTests {
    private func installation(_ folder: TemporaryFolder, _ console: RecordingConsole = .init()) -> Installation {
        Installation(configurationFile: "\(folder.path)/new.toml", environment: [:], console: console.console)
    }

    private func request(_ answers: [String: String] = [:], force: Bool = false) -> NewConfiguration {
        NewConfiguration(answers: answers, replacesExisting: force, mayAsk: true)
    }

    @Test("writes what it was told, as a configuration that loads")
    func told() throws {
        let folder = try TemporaryFolder()
        try installation(folder).writeConfiguration(
            request(["server.listen": "127.0.0.1:8000", "index.main.read": "authenticated,user:ada"]))
        let text = try TestFile.read("\(folder.path)/new.toml")
        #expect(text.contains("\nlisten = \"127.0.0.1:8000\"\n"))
        #expect(text.contains("\nread = [\"authenticated\", \"user:ada\"]\n"))
        #expect(try installation(folder).configuration().server.listen.port == 8000)
    }

    @Test("asks on a terminal, again where an answer is wrong")
    func asked() throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(
            answers: ["nonsense", " 127.0.0.1:9000 ", "", "", "authenticated", ""], isInteractive: true)
        try installation(folder, console).writeConfiguration(request())
        #expect(try installation(folder).configuration().server.listen.port == 9000)
        #expect(console.notices.count == 2)
    }

    @Test("replaces a file only when told to")
    func existing() throws {
        let folder = try TemporaryFolder()
        try TestFile.write("old", to: "\(folder.path)/new.toml")
        let failure = #expect(throws: CommandFailure.self) { try installation(folder).writeConfiguration(request()) }
        #expect(failure?.code == .cannotCreate)
        #expect(try TestFile.read("\(folder.path)/new.toml") == "old")
        try installation(folder).writeConfiguration(request(force: true))
        #expect(try TestFile.read("\(folder.path)/new.toml").contains("[server]"))
    }

    @Test(
        "refuses answers that cannot be",
        arguments: [("server.listen", "nowhere"), ("server.lisen", "127.0.0.1:1"), ("server.listen", "0.0.0.0:6543")])
    func refused(setting: String, answer: String) throws {
        let folder = try TemporaryFolder()
        let failure = #expect(throws: CommandFailure.self) {
            try installation(folder).writeConfiguration(request([setting: answer]))
        }
        #expect(failure?.code == .usage)
    }
}
