import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("The grant and group commands")
struct GrantCommandsTests {
    /// Makes an installation with the user ada.
    private func withAda(
        _ test: (Installation, RecordingConsole) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole(answers: ["correct horse"])
        let installation = Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder), environment: [:],
            console: console.console)
        try await installation.addUser(named: "ada", isAdministrator: false, passwordFromInput: true)
        try await test(installation, console)
    }

    @Test("give rights, list them, explain them and take them back in the same words")
    func grants() async throws {
        try await withAda { installation, console in
            let place = GrantPlace(index: nil, project: "Acme_*")
            try await installation.addGrant(of: "read", to: "user:Ada", on: place)
            #expect(console.notices.suffix(2).first == "user:ada has the right read on acme-* in the index main now.")
            try await installation.addGrant(of: "read", to: "user:ada", on: place)
            #expect(console.notices.last == "user:ada has the right read on acme-* in the index main already.")
            try await installation.addGrant(of: "write", to: "everyone", on: GrantPlace(index: nil, project: nil))
            #expect(console.notices.last == "everyone has the right write on the server now.")

            try await installation.listGrants(in: nil, of: nil)
            #expect(console.printed.count == 2)
            #expect(
                console.printed.first?.hasPrefix("read          user:ada  on acme-* in the index main, by operator on ")
                    == true)
            try await installation.listGrants(in: nil, of: "acme-core")
            #expect(console.printed.count == 3)
            try await installation.listGrants(in: nil, of: "other")
            #expect(console.notices.last == "There are no such grants.")

            try await installation.explainAccess(of: "ada", token: nil, to: "acme-core", index: "main")
            let lines = console.printed.dropFirst(3)
            #expect(lines.count == 8)
            #expect(lines.first == "read          yes  user:ada has a grant of read on acme-* in the index main")
            #expect(
                lines.contains(
                    "write         no   the project has grants of its own, which replace the lists, and none gives it"))
            try await installation.explainAccess(of: "ada", token: nil, to: "other", index: "main")
            #expect(console.printed.contains("write         yes  everyone has a grant of write on the server"))

            try await installation.removeGrant(of: "read", from: "user:ADA", on: place)
            #expect(console.notices.last?.hasPrefix("No grant is left on acme-* in the index main") == true)
            let failure = await #expect(throws: CommandFailure.self) {
                try await installation.removeGrant(of: "read", from: "user:ada", on: place)
            }
            #expect(failure?.code == .failed)
        }
    }

    @Test("refuse what cannot be meant, and change nothing")
    func refused() async throws {
        try await withAda { installation, console in
            let wrong: [(String, String, GrantPlace)] = [
                ("reads", "everyone", GrantPlace(index: nil, project: nil)),
                ("read", "ada", GrantPlace(index: nil, project: nil)),
                ("read", "everyone", GrantPlace(index: "nowhere", project: nil)),
                ("read", "everyone", GrantPlace(index: nil, project: "*")),
                ("admin", "everyone", GrantPlace(index: "main", project: nil)),
            ]
            for (right, principal, place) in wrong {
                let failure = await #expect(throws: CommandFailure.self) {
                    try await installation.addGrant(of: right, to: principal, on: place)
                }
                #expect(failure?.code == .usage, "\(right) \(principal) \(place)")
            }
            for principal in ["user:nobody", "group:none"] {
                let failure = await #expect(throws: CommandFailure.self) {
                    try await installation.addGrant(
                        of: "read", to: principal, on: GrantPlace(index: "main", project: nil))
                }
                #expect(failure?.code == .failed, "\(principal)")
            }
            try await installation.listGrants(in: nil, of: nil)
            #expect(console.printed.isEmpty)
        }
    }

    @Test("make groups, fill them and remove them")
    func groups() async throws {
        try await withAda { installation, console in
            try await installation.addGroup(named: "team")
            try await installation.addMember("ADA", to: "team")
            try await installation.addMember("ada", to: "team")
            #expect(console.notices.last == "ada is in the group team already.")
            try await installation.listGroups()
            #expect(console.printed == ["team  database       ada"])
            try await installation.removeMember("ada", from: "team")
            try await installation.listGroups()
            #expect(console.printed.last == "team  database       no members")
            try await installation.removeGroup(named: "team")
            try await installation.listGroups()
            #expect(console.notices.last == "There are no groups yet.")
        }
    }
}
