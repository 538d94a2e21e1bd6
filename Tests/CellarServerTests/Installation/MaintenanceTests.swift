import Glibc
import HTTPTypes
import HummingbirdTesting
import LocalFiles
import Registry
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("check, rebuild and sweep")
struct MaintenanceTests {
    private static let settings = "admin_password = \"correct horse\""

    /// An installation with one published wheel.
    private func installation(in folder: TemporaryFolder, _ console: RecordingConsole) async throws -> Installation {
        try await LiveServer.run(in: folder, settings: Self.settings) { server in
            let wheel = WheelBuilder(name: "kept", version: "1.0")
            let answer = try await server.publish(wheel, as: "admin", "correct horse")
            #expect(answer.status == .ok)
        }
        return Installation(
            configurationFile: "\(folder.path)/cellar.toml", environment: [:], console: console.console)
    }

    /// The path of the stored wheel.
    private func storedWheel(in folder: TemporaryFolder) async throws -> String {
        let wheel = WheelBuilder(name: "kept", version: "1.0")
        let installation = Installation(
            configurationFile: "\(folder.path)/cellar.toml", environment: [:], console: RecordingConsole().console)
        return try await installation.using { parts in
            let files = try await parts.storage.objects(StorageKey.filesPrefix)
            let key = try #require(files.first { $0.key.description.hasSuffix(wheel.filename) }).key
            return "\(folder.path)/data/files/\(key)"
        }
    }

    @Test("find all well after a publish, and hide secrets")
    func well() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole()
        try await installation(in: folder, console).check(deep: true)
        let text = console.printed.joined(separator: "\n")
        #expect(text.hasSuffix("All is well."))
        #expect(text.contains("1 files of 1 projects"))
        #expect(!text.contains("correct horse"))
    }

    @Test("find a stored file that is gone, cut or changed", arguments: ["gone", "cut", "changed"])
    func damaged(how: String) async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole()
        let installation = try await installation(in: folder, console)
        let path = try await storedWheel(in: folder)
        switch how {
        case "gone": #expect(unlink(path) == 0)
        case "cut": #expect(truncate(path, 10) == 0)
        default:
            let file = try SystemCalls.system.open(path, O_WRONLY)
            #expect(withExtendedLifetime(file) { pwrite(file.number, "X", 1, 20) } == 1)
            try await installation.check(deep: false)
        }
        if how != "changed" {
            await #expect(throws: CommandFailure.self) { try await installation.check(deep: false) }
        }
        let failure = await #expect(throws: CommandFailure.self) { try await installation.check(deep: true) }
        #expect(failure?.code == .failed)
        #expect(console.printed.contains { $0.hasPrefix("  main/kept/kept-1.0-py3-none-any.whl: ") })
    }

    @Test("make a lost database again, after which a sweep awaits a confirmation")
    func rebuild() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole()
        let installation = try await installation(in: folder, console)
        for suffix in ["", "-wal", "-shm"] { unlink("\(folder.path)/data/cellar.db\(suffix)") }
        try await installation.rebuild()
        try await installation.check(deep: true)
        let failure = await #expect(throws: CommandFailure.self) {
            try await installation.sweep(olderThan: "0", isDryRun: false, isConfirmed: false)
        }
        #expect(failure?.message.contains("--confirm") == true)
        try await installation.sweep(olderThan: "0", isDryRun: false, isConfirmed: true)
        try await installation.check(deep: true)
    }

    @Test("refuse to rebuild from an empty storage, or from another installation's")
    func rebuildOfTheWrong() async throws {
        let folder = try TemporaryFolder()
        let installation = try await installation(in: folder, RecordingConsole())
        try TestFile.write(String(repeating: "0", count: 32), to: "\(folder.path)/data/files/installation")
        var failure = await #expect(throws: CommandFailure.self) { try await installation.rebuild() }
        #expect(failure?.message.contains("would destroy") == true)
        #expect(unlink("\(folder.path)/data/files/installation") == 0)
        failure = await #expect(throws: CommandFailure.self) { try await installation.rebuild() }
        #expect(failure?.message.contains("nothing to rebuild from") == true)
    }

    @Test("sweep what nothing names, and nothing else")
    func sweep() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole()
        let installation = try await installation(in: folder, console)
        let stray = "\(folder.path)/data/files/files/ab/cd"
        let digest = "abcd" + String(repeating: "0", count: 60)
        _ = try SystemCalls.system.makeFolders("\(stray)/\(digest)", mode: 0o700)
        try TestFile.write("stray", to: "\(stray)/\(digest)/stray-1.0.tar.gz")
        try await installation.sweep(olderThan: "24h", isDryRun: false, isConfirmed: false)
        #expect(console.printed.last?.contains("0 removed (0 bytes).\n1 are marked") == true)
        try await installation.sweep(olderThan: "0", isDryRun: true, isConfirmed: false)
        #expect(console.printed.last?.contains("1 would be removed (5 bytes)") == true)
        try await installation.sweep(olderThan: "0", isDryRun: false, isConfirmed: false)
        #expect(console.printed.last?.contains("1 removed (5 bytes)") == true)
        try await installation.check(deep: true)
    }

    @Test("say that there is no data yet")
    func noData() async throws {
        let folder = try TemporaryFolder()
        let console = RecordingConsole()
        try await Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder), environment: [:], console: console.console
        ).check(deep: false)
        #expect(console.printed.last?.contains("no data yet") == true)
        #expect(access("\(folder.path)/data", F_OK) != 0)
    }

    @Test(
        "read ages",
        arguments: [
            ("0", Int64?(0)), ("30s", 30_000_000), ("90m", 5_400_000_000), ("24h", 86_400_000_000),
            ("7d", 604_800_000_000), ("24", nil), ("", nil), ("h", nil), ("-1h", nil), ("1w", nil), ("1 h", nil),
        ])
    func ages(text: String, microseconds: Int64?) {
        #expect(SweepAge(text)?.microseconds == microseconds)
    }

    @Test(
        "show bytes for people",
        arguments: [(Int64(3), "3 bytes"), (1024, "1.0 KiB"), (1_610_612_736, "1.5 GiB"), (5 << 50, "5.0 PiB")])
    func byteCounts(bytes: Int64, text: String) {
        #expect(ByteCount(bytes).description == text)
    }
}
