import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("The user commands")
struct UserCommandsTests {
    private func installation(in folder: TemporaryFolder, _ console: RecordingConsole) throws -> Installation {
        Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder), environment: [:],
            console: console.console)
    }

    @Test("add, list and remove people, before the server ever ran")
    func wholeWay() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(
            answers: ["correct horse", "correct horse", "battery staple"], isInteractive: true)
        let installation = try installation(in: folder, console)
        try await installation.addUser(named: "ada", isAdministrator: true, passwordFromInput: false)
        try await installation.addUser(named: "grace", isAdministrator: false, passwordFromInput: true)
        try await installation.listUsers()
        #expect(console.printed.count == 2)
        #expect(console.printed.first?.hasPrefix("ada    administrator  since 2") == true)
        try await installation.removeUser(named: "grace")
        try await installation.listUsers()
        #expect(console.printed.count == 3)
    }

    @Test(
        "refuse what cannot be meant",
        arguments: [
            ("a:b", ["correct horse"], true, CommandFailure.Code.usage),
            ("ada", ["short"], true, .usage),
            ("ada", [], true, .usage),
            ("ada", ["correct horse", "correct house"], false, .usage),
        ])
    func refused(name: String, answers: [String], fromInput: Bool, code: CommandFailure.Code) async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: answers, isInteractive: true)
        let installation = try installation(in: folder, console)
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation.addUser(named: name, isAdministrator: false, passwordFromInput: fromInput)
        }
        #expect(failure?.code == code)
        try await installation.listUsers()
        #expect(console.printed.isEmpty)
    }

    @Test("need a terminal or --password-stdin")
    func noTerminal() async throws {
        let folder = try TemporaryFolder()
        let installation = try installation(in: folder, RecordingConsole(answers: ["correct horse"]))
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation.addUser(named: "ada", isAdministrator: false, passwordFromInput: false)
        }
        #expect(failure?.message.contains("--password-stdin") == true)
    }

    @Test("know who is there already, and who is not")
    func existing() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: ["correct horse", "correct horse", "correct horse"])
        let installation = try installation(in: folder, console)
        try await installation.addUser(named: "ada", isAdministrator: true, passwordFromInput: true)
        for work in [
            { try await installation.addUser(named: "Ada", isAdministrator: false, passwordFromInput: true) },
            { try await installation.removeUser(named: "nobody") },
            { try await installation.setPassword(ofUser: "nobody", passwordFromInput: true) },
            { try await installation.removeUser(named: "ada") },
        ] as [() async throws -> Void] {
            let failure = await #expect(throws: CommandFailure.self) { try await work() }
            #expect(failure?.code == .failed)
        }
    }

    @Test("say what is wrong with the configuration, with its exit code")
    func wrongConfiguration() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write("[server]\nlisen = \"x\"\n", to: "\(folder.path)/cellar.toml")
        let installation = Installation(
            configurationFile: "\(folder.path)/cellar.toml", environment: [:], console: RecordingConsole().console)
        let failure = await #expect(throws: CommandFailure.self) { try await installation.listUsers() }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains("cellar.toml:2") == true)
    }
}
