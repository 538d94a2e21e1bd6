import HTTPTypes
import HummingbirdTesting
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("The shutdown")
struct ShutdownTests {
    /// A server with one file of 12 MiB, more than sockets keep.
    private func withLargeFile(
        shutdownTimeout: String,
        _ body: @escaping @Sendable (LiveServer, _ path: String, _ size: Int) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try TestFile.write("correct horse\n", to: "\(folder.path)/password")
        let settings = """
            admin_password_file = "\(folder.path)/password"
            shutdown_timeout = "\(shutdownTimeout)"
            """
        try await LiveServer.run(in: folder, settings: settings) { server in
            var wheel = WheelBuilder(name: "large", version: "1.0")
            let content = [UInt8](repeating: 7, count: 12 << 20)
            wheel.files.append(("large/data.bin", content))
            wheel.isStored = true
            let size = try wheel.build().count
            #expect(try await server.publish(wheel, as: "admin", "correct horse").status == .ok)
            try await body(server, server.fileAddress(of: "large"), size)
        }
    }

    // The first request of a file goes through the router, later ones through the fast lane.
    @Test("lets a slow download finish, and takes no new connections meanwhile", arguments: [false, true])
    func slowDownload(isKept: Bool) async throws {
        try await withLargeFile(shutdownTimeout: "2m") { server, path, size in
            if isKept { #expect(try await server.execute(path).status == .ok) }
            let count = try await SlowClient.get(path, port: server.port, isKeptAlive: isKept) {
                await server.shutDown()
                let end = ContinuousClock.now + .seconds(30)
                while (try? await server.execute("/health/live")) != nil, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(50))
                }
                await #expect(throws: (any Error).self) { try await server.execute("/health/live") }
            }
            #expect(count > size)
            #expect(server.events.cutOffCount == 0)
        }
    }

    @Test("cuts off what takes longer than the configuration allows")
    func cutOff() async throws {
        try await withLargeFile(shutdownTimeout: "0s") { server, path, size in
            // The test's server has no process to end, so the download finishes in spite of it.
            _ = try await SlowClient.get(path, port: server.port) {
                await server.shutDown()
                try await Task.sleep(for: .milliseconds(300))
                #expect(server.events.cutOffCount == 1)
            }
        }
    }
}
