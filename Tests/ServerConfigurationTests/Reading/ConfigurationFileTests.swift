import Foundation
import Testing

@testable import ServerConfiguration

@Suite("Files of the configuration")
final class ConfigurationFileTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cellar-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func problem(loading path: String, environment: [String: String] = [:]) -> String? {
        do throws(ConfigurationErrors) {
            _ = try ServerConfiguration.load(path: path, environment: environment)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("A file that was asked for is read, and must be there")
    func explicit() throws {
        let path = try write(Array("[server]\nloops = 7".utf8), to: "c.toml")
        #expect(try ServerConfiguration.load(path: path, environment: [:]).server.loops == 7)
        #expect(problem(loading: folder + "/none.toml") == "\(folder)/none.toml: no such file")
        #expect(problem(loading: folder) == "\(folder): is a folder")
    }

    @Test("A file that is not UTF-8 is refused")
    func notText() throws {
        let path = try write([0x23, 0xFF, 0x0A], to: "c.toml")
        #expect(problem(loading: path) == "\(path): not text in UTF-8")
    }

    @Test("A secret comes from the file that its key names, without the last line end", arguments: ["", "\n", "\r\n"])
    func secretFile(lineEnd: String) throws {
        let secret = try write(Array(" pass word\(lineEnd)".utf8), to: "secret")
        let path = try write(Array("[server]\nadmin_password_file = \(quoted(secret))".utf8), to: "c.toml")
        let configuration = try ServerConfiguration.load(path: path, environment: [:])
        #expect(configuration.server.adminPassword?.reveal() == " pass word")
    }

    @Test("A secret in the environment replaces both of its keys in the file")
    func secretInEnvironment() throws {
        let secret = try write(Array("from-file".utf8), to: "secret")
        let inline = "[server]\nadmin_password = \"inline\""
        let byFile = "[server]\nadmin_password_file = \"/nowhere\""
        let variable = ["CELLAR_SERVER_ADMIN_PASSWORD": "variable"]
        #expect(
            try ServerConfiguration.read(byFile, environment: variable).server.adminPassword?.reveal() == "variable")
        let fileVariable = ["CELLAR_SERVER_ADMIN_PASSWORD_FILE": secret]
        let read = try ServerConfiguration.read(inline, environment: fileVariable)
        #expect(read.server.adminPassword?.reveal() == "from-file")
    }

    @Test("A secret given twice, or in a missing or empty file, is refused")
    func wrongSecrets() throws {
        let empty = try write([0x0A], to: "empty")
        #expect(
            problems("[server]\nadmin_password = \"a\"\nadmin_password_file = \"b\"")
                == ["cellar.toml:3: give server.admin_password or server.admin_password_file, not both"])
        #expect(
            problems("[server]\nadmin_password_file = \"\(folder)/none\"")
                == ["cellar.toml:2: server.admin_password_file: \"\(folder)/none\" can't be used: no such file"])
        #expect(
            problems("[server]\nadmin_password_file = \"\(empty)\"")
                == ["cellar.toml:2: server.admin_password_file: \"\(empty)\" can't be used: it is empty"])
    }

    @Test("The files of the certificate must be there, both")
    func certificate() throws {
        let file = try write([], to: "x.pem")
        let both = "[server]\ntls_certificate = \"\(file)\"\ntls_key = \"\(file)\""
        #expect(try ServerConfiguration.read(both).server.tls == TLSFiles(certificate: file, key: file))
        #expect(
            problems("[server]\ntls_certificate = \"\(file)\"")
                == ["cellar.toml:2: server.tls_certificate needs server.tls_key beside it"])
        #expect(
            problems("[server]\ntls_certificate = \"\(file)\"\ntls_key = \"\(folder)/none\"")
                == ["cellar.toml:3: server.tls_key: \"\(folder)/none\" can't be read: no such file"])
    }

    @Test("An upstream's secret may come from a file, whose last line end is not of it")
    func upstreamSecrets() throws {
        let path = try write(Array("from a file\n".utf8), to: "secret")
        let configuration = try ServerConfiguration.read(
            "[upstream.pypi]\nusername = \"u\"\npassword_file = \"\(path)\"")
        guard case .basic(_, let password) = configuration.upstreams.first?.credentials else {
            Issue.record("no credentials")
            return
        }
        #expect(password.reveal() == "from a file")
        let message = try #require(problems("[upstream.pypi]\ntoken_file = \"\(path)\"").first)
        #expect(message.hasSuffix("can't be used: it holds a space, a line end or another character that no token has"))
        #expect(message.hasPrefix("cellar.toml:2: upstream.pypi.token_file: "))
    }
}
