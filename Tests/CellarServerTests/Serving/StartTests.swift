import HTTPTypes
import HummingbirdTesting
import Registry
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("The start")
struct StartTests {
    private func failure(_ work: () async throws -> Void) async -> CommandFailure? {
        do {
            try await work()
            return nil
        } catch {
            return CommandFailure(error)
        }
    }

    @Test("says so if the port is taken")
    func portInUse() async throws {
        let folder = try TemporaryFolder()
        try await LiveServer.run(in: folder) { server in
            let other = try TemporaryFolder()
            let text = LiveServer.text(in: other, settings: "").replacing(":0\"", with: ":\(server.port)\"")
            try TestFile.write(text, to: "\(other.path)/cellar.toml")
            let installation = Installation(
                configurationFile: "\(other.path)/cellar.toml", environment: [:], console: RecordingConsole().console)
            let failure = await failure { try await installation.serve() }
            #expect(failure?.code == .unavailable)
            #expect(failure?.message.contains("another program listens there already") == true)
        }
    }

    @Test("says which folder cannot be used")
    func unusableFolder() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write("", to: "\(folder.path)/data")
        let failure = await failure { try await LiveServer.start(in: folder) }
        #expect(failure?.code == .unavailable)
        #expect(failure?.message.contains("\(folder.path)/data (server.data_dir)") == true)
    }

    @Test(
        "says what is wrong with the certificate",
        arguments: [
            ("", TestCertificate.key, "server.tls_certificate"),
            ("no PEM", TestCertificate.key, "server.tls_certificate"),
            (TestCertificate.certificate, "no PEM", "server.tls_key"),
            (TestCertificate.certificate, TestCertificate.otherKey, "does not belong to the certificate"),
        ])
    func wrongCertificate(certificate: String, key: String, text: String) async throws {
        let folder = try TemporaryFolder()
        try TestFile.write(certificate, to: "\(folder.path)/certificate.pem")
        try TestFile.write(key, to: "\(folder.path)/key.pem")
        let settings = """
            tls_certificate = "\(folder.path)/certificate.pem"
            tls_key = "\(folder.path)/key.pem"
            """
        let failure = await failure { try await LiveServer.start(in: folder, settings: settings) }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains(text) == true)
    }

    @Test("refuses a password of the configuration that is too short")
    func shortPassword() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write("short\n", to: "\(folder.path)/password")
        let failure = await failure {
            try await LiveServer.start(in: folder, settings: "admin_password_file = \"\(folder.path)/password\"")
        }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains("short\n") == false)
    }

    @Test("refuses an empty database beside a full storage, unless it may rebuild it")
    func emptyDatabase() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write("correct horse\n", to: "\(folder.path)/password")
        let settings = "admin_password_file = \"\(folder.path)/password\""
        try await LiveServer.run(in: folder, settings: settings) { server in
            let wheel = WheelBuilder(name: "kept", version: "1.0")
            let answer = try await server.publish(wheel, as: "admin", "correct horse")
            #expect(answer.status == .ok)
        }
        let elsewhere = settings + "\n[database]\nurl = \"sqlite:other.db\""
        let failure = await failure { try await LiveServer.start(in: folder, settings: elsewhere) }
        #expect(failure?.code == .failed)
        #expect(failure?.message.contains("cellar rebuild") == true)

        let rebuilding = settings + "\nrebuild_on_empty = true\n[database]\nurl = \"sqlite:other.db\""
        try await LiveServer.run(in: folder, settings: rebuilding) { server in
            let answer = try await server.execute("/main/simple/kept/")
            #expect(answer.status == .ok)
        }
    }

    @Test("refuses a failpoint that does not exist")
    func unknownFailpoint() async throws {
        let folder = try TemporaryFolder()
        let failure = await failure {
            try await LiveServer.run(in: folder, environment: ["CELLAR_FAILPOINT": "after-lunch"]) { _ in }
        }
        #expect(failure?.code == .usage)
        #expect(Installation.failpointNames.contains("after-commit"))
    }
}
