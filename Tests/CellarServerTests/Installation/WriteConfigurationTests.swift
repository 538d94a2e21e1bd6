import Registry
import RegistryTestSupport
import ServerConfiguration
import Testing

@testable import CellarServer

@Suite("cellar init")
struct WriteConfigurationTests {
    private func installation(_ folder: TemporaryFolder, _ console: RecordingConsole = .init()) -> Installation {
        Installation(configurationFile: "\(folder.path)/new.toml", environment: [:], console: console.console)
    }

    private func request(
        _ answers: [String: String] = [:], purpose: Purpose? = nil, administrator: String? = nil, force: Bool = false
    ) -> NewConfiguration {
        NewConfiguration(
            answers: answers, purpose: purpose, administrator: administrator, replacesExisting: force, mayAsk: true)
    }

    @Test("writes the answers as a configuration that loads")
    func told() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole()
        try await installation(folder, console).writeConfiguration(
            request(["server.listen": "127.0.0.1:8000", "index.main.read": "authenticated,user:ada"]))
        let text = try TestFile.read("\(folder.path)/new.toml")
        #expect(text.contains("\nlisten = \"127.0.0.1:8000\"\n"))
        #expect(text.contains("\nread = [\"authenticated\", \"user:ada\"]\n"))
        #expect(text.contains("\n# max_file_size = "), "what nobody asked stands in comments")
        #expect(try installation(folder).configuration().server.listen.port == 8000)
        #expect(console.notices.last?.contains("`cellar serve --config \(folder.path)/new.toml`") == true)
    }

    @Test("writes a port that the environment will give, and closes the index to a network")
    func portOfTheEnvironment() async throws {
        let folder = try TemporaryFolder()
        try await installation(folder).writeConfiguration(request(["server.listen": "0.0.0.0:$PORT"]))
        let text = try TestFile.read("\(folder.path)/new.toml")
        #expect(text.contains("\nlisten = \"0.0.0.0:$PORT\"\n"))
        #expect(text.contains("\nread = [\"authenticated\"]\n"))
    }

    @Test("asks on a terminal, again if an answer is wrong")
    func asked() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(
            answers: [
                "all", "lan", "nonsense", " 127.0.0.1:9000 ", "", "", "", "everyone,user:", "user:ada", "", "none",
            ],
            isInteractive: true)
        try await installation(folder, console).writeConfiguration(request())
        let configuration = try installation(folder).configuration()
        #expect(configuration.server.listen.port == 9000)
        let index = try #require(configuration.indexes.first)
        #expect(index.access.read == [.user("ada")])
        #expect(index.access.write == [.authenticated])
        #expect(index.fallback == .none)
        #expect(console.notices.contains { $0.hasPrefix("Write one of: lan, personal, organisation") })
        #expect(console.notices.contains { $0.hasPrefix("server.listen must be") })
    }

    @Test(
        "proposes what fits a purpose, and what it proposes loads, at a public address too", arguments: Purpose.allCases
    )
    func purposes(purpose: Purpose) async throws {
        for (answers, isInteractive) in [
            ([purpose.rawValue, "0.0.0.0:6543", "https://pypi.example.com"] + Array(repeating: "", count: 6), true),
            ([], false),
        ] {
            let folder = try TemporaryFolder()
            let console = RecordingConsole(answers: answers, isInteractive: isInteractive)
            let told = isInteractive ? request() : request(["server.listen": "0.0.0.0:6543"], purpose: purpose)
            try await installation(folder, console).writeConfiguration(told)
            let configuration = try installation(folder).configuration()
            #expect(!configuration.server.listen.isLoopback)
            let index = try #require(configuration.indexes.first)
            #expect(index.access.read == [purpose == .organisation ? .authenticated : .everyone])
            #expect(index.fallback == (purpose == .personal ? .none : .cache))
        }
    }

    @Test("writes the closed list of readers for a public address if nobody said who may read")
    func publicAddress() async throws {
        let folder = try TemporaryFolder()
        try await installation(folder).writeConfiguration(request(["server.listen": "0.0.0.0:6543"]))
        #expect(try installation(folder).configuration().indexes.first?.access.read == [.authenticated])
    }

    @Test("keeps the answers when the input ends, and declares groups that they name")
    func inputEnds() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(
            answers: ["organisation", "0.0.0.0:7000", "", "", "", "group:devs"], isInteractive: true)
        try await installation(folder, console).writeConfiguration(request(administrator: nil))
        let configuration = try installation(folder).configuration()
        #expect(configuration.server.listen.port == 7000)
        #expect(configuration.indexes.first?.access.read == [.group("devs")])
        #expect(configuration.groups == ["devs": []])
        #expect(console.notices.contains { $0.contains("The input ended") })
    }

    @Test("writes a file that does not load yet, and says why")
    func contradiction() async throws {
        let folder = try TemporaryFolder()
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation(folder).writeConfiguration(
                request(["server.listen": "127.0.0.1:7001", "server.spool_size": "1MiB"]))
        }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains("max_file_size") == true)
        #expect(try TestFile.read("\(folder.path)/new.toml").contains("listen = \"127.0.0.1:7001\""))
    }

    @Test("prints the text if the file cannot be written")
    func unwritable() async throws {
        let console = RecordingConsole(answers: ["lan", "127.0.0.1:7002"], isInteractive: true)
        let installation = Installation(
            configurationFile: "/proc/none/new.toml", environment: [:], console: console.console)
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation.writeConfiguration(request())
        }
        #expect(failure?.code == .cannotCreate)
        #expect(console.printed.last?.contains("listen = \"127.0.0.1:7002\"") == true)
    }

    @Test("adds the first administrator that is named")
    func administrator() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: ["correct horse"])
        var new = request(["server.data_dir": "\(folder.path)/data"], administrator: "ada")
        new.passwordFromInput = true
        try await installation(folder, console).writeConfiguration(new)
        #expect(console.notices.last == "Added the administrator ada.")
        let again = RecordingConsole()
        try await installation(folder, again).listUsers()
        #expect(again.printed.first?.hasPrefix("ada") == true)
    }

    @Test("replaces a file only if asked to")
    func existing() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write("old", to: "\(folder.path)/new.toml")
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation(folder).writeConfiguration(request())
        }
        #expect(failure?.code == .cannotCreate)
        #expect(try TestFile.read("\(folder.path)/new.toml") == "old")
        try await installation(folder).writeConfiguration(request(force: true))
        #expect(try TestFile.read("\(folder.path)/new.toml").contains("[server]"))
    }

    @Test(
        "refuses answers that cannot be, before anything is asked",
        arguments: [
            ("server.listen", "nowhere"), ("server.lisen", "127.0.0.1:1"), ("index.other.read", "everyone"),
            ("index.main.read", "everybody"),
        ])
    func refused(setting: String, answer: String) async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: ["never asked"], isInteractive: true)
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation(folder, console).writeConfiguration(request([setting: answer]))
        }
        #expect(failure?.code == .usage)
        #expect(console.notices.isEmpty)
    }
}
