import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOSSL
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("A running server")
struct ServingTests {
    private static let password = "correct horse"

    @Test("is ready, shows its front page, and takes and serves a file")
    func wholeWay() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write(Self.password + "\n", to: "\(folder.path)/password")
        let settings = "admin_password_file = \"\(folder.path)/password\""
        try await LiveServer.run(in: folder, settings: settings) { server in
            #expect(server.setupPath == nil)
            #expect(try await server.execute("/health/ready").status == .ok)
            let front = try await server.execute("/")
            #expect(front.status == .ok)
            let text = String(buffer: try #require(front.body))
            #expect(text.contains("http://localhost/main/simple/"))
            let wheel = WheelBuilder(name: "Some.Project", version: "1.0")
            #expect(try await server.publish(wheel, as: "admin", Self.password).status == .ok)
            let file = try await server.execute(try await server.fileAddress(of: "some-project"))
            #expect(Array(buffer: try #require(file.body)) == (try wheel.build()))
        }
    }

    @Test("keeps the setup link's token out of its log")
    func hiddenToken() async throws {
        let folder = try TemporaryFolder()
        let events = try await LiveServer.run(in: folder) { server in
            _ = try await server.execute(try #require(server.setupPath))
            return (server.events, try #require(server.setupPath))
        }
        #expect(events.0.log.contains("/-/setup/(hidden)"))
        #expect(!events.0.log.contains(events.1))
    }

    @Test("makes the first administrator through the link, once")
    func setupLink() async throws {
        let folder = try TemporaryFolder()
        try await LiveServer.run(in: folder) { server in
            let path = try #require(server.setupPath)
            let page = try await server.execute(path)
            #expect(page.status == .ok)
            let cookie = try #require(page.headers[.setCookie]).prefix { $0 != ";" }
            let text = String(buffer: try #require(page.body))
            let token = try #require(text.firstMatch(of: /name="form" value="([0-9a-f]+)"/)).1
            let form = ByteBuffer(string: "form=\(token)&name=ada&password=correct+horse&repeated=correct+horse")
            let headers: HTTPFields = [
                .contentType: "application/x-www-form-urlencoded", .cookie: String(cookie),
            ]
            let made = try await server.execute(path, method: .post, headers: headers, body: form)
            #expect(made.status == .ok)
            #expect(try await server.execute(path, method: .post, headers: headers, body: form).status == .gone)
            let wheel = WheelBuilder(name: "first", version: "1.0")
            #expect(try await server.publish(wheel, as: "ada", "correct horse").status == .ok)
        }
        try await LiveServer.run(in: folder) { server in
            #expect(server.setupPath == nil)
        }
    }

    @Test("refuses a password within a second after another process changed it")
    func changedPassword() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write(Self.password + "\n", to: "\(folder.path)/password")
        let settings = "admin_password_file = \"\(folder.path)/password\""
        try await LiveServer.run(in: folder, settings: settings) { server in
            let old = LiveServer.basic("admin", Self.password)
            // Wrong credentials count as none on what everyone reads; the audit is administrators' alone.
            #expect(try await server.execute("/api/v1/audit", headers: old).status == .ok)
            let console = RecordingConsole(answers: ["another horse"])
            try await Installation(
                configurationFile: "\(folder.path)/cellar.toml", environment: [:], console: console.console
            ).setPassword(ofUser: "admin", passwordFromInput: true)
            try await Task.sleep(for: .seconds(1))
            #expect(try await server.execute("/api/v1/audit", headers: old).status == .unauthorized)
            let new = LiveServer.basic("admin", "another horse")
            #expect(try await server.execute("/api/v1/audit", headers: new).status == .ok)
        }
    }

    @Test("speaks TLS if a certificate is configured")
    func encryption() async throws {
        let folder = try TemporaryFolder()
        try TestFile.write(TestCertificate.certificate, to: "\(folder.path)/certificate.pem")
        try TestFile.write(TestCertificate.key, to: "\(folder.path)/key.pem")
        let settings = """
            tls_certificate = "\(folder.path)/certificate.pem"
            tls_key = "\(folder.path)/key.pem"
            """
        try await LiveServer.run(in: folder, settings: settings) { server in
            var client = TLSConfiguration.makeClientConfiguration()
            client.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMBytes(Array(TestCertificate.certificate.utf8)))
            let front = try await server.execute("/", tls: client)
            #expect(front.status == .ok)
            #expect(String(buffer: try #require(front.body)).contains("https://"))
            await #expect(throws: (any Error).self) { try await server.execute("/") }
        }
    }
}
