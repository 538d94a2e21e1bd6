import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import NIOSSL
import RegistryTestSupport
import ServerConfiguration
import Synchronization
import Testing

@testable import CellarServer

/// A server that runs in this process, in a folder of its own, at a free port of 127.0.0.1.
struct LiveServer: Sendable {
    /// What happened to the server beside its answers.
    final class Events: Sendable {
        let lines = Mutex<[String]>([])
        let cutOffs = Mutex(0)

        var cutOffCount: Int { cutOffs.withLock { $0 } }
        /// All that was logged.
        var log: String { lines.withLock { $0.joined() } }
    }

    let port: Int
    let setupPath: String?
    let installation: Installation
    let shutDown: @Sendable () async -> Void
    let events: Events

    /// Runs a server for the time of a test, and shuts it down. `settings` are lines of `[server]`, then sections.
    static func run<Value: Sendable>(
        in folder: TemporaryFolder, settings: String = "", environment: [String: String] = [:],
        _ body: @escaping @Sendable (LiveServer) async throws -> Value
    ) async throws -> Value {
        let configuration = try configuration(in: folder, settings: settings)
        let installation = Installation(
            configurationFile: try writeConfiguration(in: folder, settings: settings), environment: environment,
            console: Console(print: { _ in }, notify: { _ in }))
        let events = Events()
        let sink = LogSink { bytes in events.lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        let log = ServerLog(configuration.server, sink: sink)
        let (running, listening) = AsyncThrowingStream.makeStream(of: ServerRun.Running.self)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do {
                    try await installation.serve(
                        configuration, log: log, cutOff: { events.cutOffs.withLock { $0 += 1 } },
                        onListening: { listening.yield($0) })
                    sink.flush()
                    listening.finish()
                } catch {
                    listening.finish(throwing: error)
                    throw error
                }
            }
            for try await run in running.prefix(1) {
                let server = LiveServer(
                    port: run.port, setupPath: run.setupPath, installation: installation, shutDown: run.shutDown,
                    events: events)
                let value: Value
                do {
                    value = try await body(server)
                } catch {
                    await run.shutDown()
                    throw error
                }
                await run.shutDown()
                try await tasks.waitForAll()
                sink.flush()
                return value
            }
            try await tasks.waitForAll()
            throw CommandFailure(.failed, "The server ended before it listened.")
        }
    }

    /// Runs a server that nothing is asked of.
    static func start(in folder: TemporaryFolder, settings: String = "") async throws {
        try await run(in: folder, settings: settings) { _ in }
    }

    /// The configuration of a test: `main` has no upstreams, unless the settings have indexes of their own, which must
    /// then say so themselves. No test may reach the network.
    static func text(in folder: TemporaryFolder, settings: String) -> String {
        """
        [server]
        listen = "127.0.0.1:0"
        data_dir = "\(folder.path)/data"
        loops = 1
        log_format = "human"
        \(settings)
        \(settings.contains("[index.") ? "" : "[index.main]\nupstreams = []")
        """
    }

    static func configuration(in folder: TemporaryFolder, settings: String = "") throws -> ServerConfiguration {
        try ServerConfiguration.read(text(in: folder, settings: settings))
    }

    static func writeConfiguration(in folder: TemporaryFolder, settings: String = "") throws -> String {
        let path = "\(folder.path)/cellar.toml"
        try TestFile.write(text(in: folder, settings: settings), to: path)
        return path
    }

    /// Sends one request on a connection of its own; waits long, for a machine that runs all tests at once.
    func execute(
        _ path: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:], body: ByteBuffer? = nil,
        tls: TLSConfiguration? = nil
    ) async throws -> TestClient.Response {
        try await TestClient.withClient(
            host: "127.0.0.1", port: port,
            configuration: TestClient.Configuration(
                tlsConfiguration: tls, timeout: .seconds(120), serverName: tls == nil ? nil : "localhost")
        ) { client in
            try await client.execute(
                TestClient.Request(path, method: method, authority: "localhost", headers: headers, body: body))
        }
    }

    /// The header that proves to be somebody.
    static func basic(_ name: String, _ password: String) -> HTTPFields {
        [.authorization: "Basic " + TestFile.base64(Array("\(name):\(password)".utf8))]
    }

    /// Publishes a file as twine does.
    func publish(_ wheel: WheelBuilder, as name: String, _ password: String) async throws -> TestClient.Response {
        let boundary = "a-boundary"
        var body = ByteBuffer()
        for (field, value) in [
            (":action", "file_upload"), ("protocol_version", "1"), ("name", wheel.name), ("version", wheel.version),
            ("filetype", "bdist_wheel"), ("metadata_version", "2.1"),
        ] {
            body.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n")
        }
        body.writeString(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"content\"; filename=\"\(wheel.filename)\"\r\n"
                + "Content-Type: application/octet-stream\r\n\r\n")
        body.writeBytes(try wheel.build())
        body.writeString("\r\n--\(boundary)--\r\n")
        var headers = Self.basic(name, password)
        headers[.contentType] = "multipart/form-data; boundary=\(boundary)"
        return try await execute("/main/", method: .post, headers: headers, body: body)
    }

    /// The address of the only file of a project, as its page names it.
    func fileAddress(of project: String) async throws -> String {
        let page = try await execute("/main/simple/\(project)/")
        let text = String(buffer: try #require(page.body))
        let start = try #require(text.firstRange(of: "<a href=\"../../")).upperBound
        return "/main/" + text[start...].prefix { $0 != "#" && $0 != "\"" }
    }
}
