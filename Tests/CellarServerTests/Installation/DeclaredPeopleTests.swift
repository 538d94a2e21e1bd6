import HTTPTypes
import HummingbirdTesting
import Registry
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("People whom the configuration declares")
struct DeclaredPeopleTests {
    /// A configuration with the user ada, whose password is `correct horse`.
    private func settings(_ more: String = "") async throws -> String {
        let console = RecordingConsole(answers: ["correct horse"])
        try await Installation(configurationFile: nil, environment: [:], console: console.console).hashPassword()
        return "[users.ada]\npassword_hash = \"\(try #require(console.printed.last))\"\n\(more)"
    }

    @Test("get their hash from a command that prints nothing else, and asks twice at a terminal")
    func hashes() async throws {
        let console = RecordingConsole(answers: ["correct horse"])
        try await Installation(configurationFile: nil, environment: [:], console: console.console).hashPassword()
        #expect(console.printed.count == 1 && console.notices.isEmpty)
        #expect(console.printed.allSatisfy(PasswordHashScheme.isWhole))
        for (answers, isInteractive) in [
            (["correct horse", "correct house"], true), (["short"], false), ([], false),
        ] {
            let asked = RecordingConsole(answers: answers, isInteractive: isInteractive)
            let installation = Installation(configurationFile: nil, environment: [:], console: asked.console)
            let failure = await #expect(throws: CommandFailure.self) { try await installation.hashPassword() }
            #expect(failure?.code == .usage)
            #expect(asked.printed.isEmpty)
        }
    }

    @Test("are listed, and refused by every command that would change them, also before the server ever ran")
    func refused() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: Array(repeating: "battery staple", count: 3))
        let installation = Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder, settings: try await settings()),
            environment: [:], console: console.console)
        for hasRun in [false, true] {
            for work in [
                { try await installation.addUser(named: "ADA", isAdministrator: true, passwordFromInput: true) },
                { try await installation.setPassword(ofUser: "ada", passwordFromInput: true) },
                { try await installation.setAdministrator(true, user: "ada") },
                { try await installation.removeUser(named: "ada") },
            ] as [() async throws -> Void] {
                let failure = await #expect(throws: CommandFailure.self) { try await work() }
                #expect(failure?.code == .failed)
                #expect(failure?.message.contains("in [users.ada], and restart the server") == true, "\(hasRun)")
            }
            try await installation.listUsers()
            #expect(console.printed.last?.hasPrefix("ada  user           since 2") == true)
            #expect(console.printed.last?.hasSuffix("in the configuration") == true)
        }
    }

    @Test("sign in from the first start on, with the grants that are declared")
    func signIn() async throws {
        let folder = try TemporaryFolder()
        let more = "admin = true\n[grants]\nadd = [\"read user:ada --project kept\"]\n"
        try await LiveServer.run(in: folder, settings: try await settings(more)) { server in
            #expect(server.setupPath == nil)
            let answer = try await server.publish(
                WheelBuilder(name: "kept", version: "1.0"), as: "ada", "correct horse")
            #expect(answer.status == .ok)
            let ada = LiveServer.basic("ada", "correct horse")
            #expect(try await server.execute("/main/simple/kept/", headers: ada).status == .ok)
            #expect(try await server.execute("/main/simple/kept/").status == .unauthorized)
        }
    }

    @Test("roles are given and taken by a command")
    func roles() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: ["correct horse", "correct horse"])
        let installation = Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder), environment: [:], console: console.console
        )
        try await installation.addUser(named: "ada", isAdministrator: true, passwordFromInput: true)
        try await installation.addUser(named: "eve", isAdministrator: false, passwordFromInput: true)
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation.setAdministrator(false, user: "ada")
        }
        #expect(failure?.message.contains("last administrator") == true)
        try await installation.setAdministrator(true, user: "eve")
        #expect(console.notices.last == "eve is an administrator from now on.")
        try await installation.setAdministrator(false, user: "ada")
        #expect(console.notices.last == "ada is no administrator from now on.")
        try await installation.setAdministrator(false, user: "ada")
        #expect(console.notices.last == "ada was no administrator before.")
    }
}
