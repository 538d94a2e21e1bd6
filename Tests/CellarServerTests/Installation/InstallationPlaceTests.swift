import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("Where commands work")
struct InstallationPlaceTests {
    private func installation(_ folder: TemporaryFolder) throws -> Installation {
        Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder), environment: [:],
            console: RecordingConsole().console)
    }

    @Test("a rebuild waits for nobody: it refuses beside whoever works on the installation, and nobody works beside it")
    func locking() async throws {
        let folder = try TemporaryFolder()
        let installation = try installation(folder)
        try await installation.using { _ in
            try await installation.using { _ in }
            let failure = await #expect(throws: CommandFailure.self) { try await installation.rebuild() }
            #expect(failure?.code == .unavailable)
            #expect(failure?.message.contains("Stop the server first") == true)
        }
        try await installation.using(.exclusive) { _ in
            let failure = await #expect(throws: CommandFailure.self) { try await installation.listUsers() }
            #expect(failure?.message.contains("A rebuild is under way") == true)
        }
        try await installation.listUsers()
    }

    @Test("a command is printed so that it works from any folder")
    func command() throws {
        let folder = try TemporaryFolder()
        let path = try LiveServer.writeConfiguration(in: folder)
        let configuration = try installation(folder).configuration()
        let told = InstallationPlace(configurationFile: path).command("cellar user list", for: configuration)
        #expect(told == "cellar user list --config \(path)")
        #expect(InstallationPlace.quoted("/it's here") == #"'/it'\''s here'"#)
    }
}
