import Glibc
import NIOCore
import RegistryTestSupport
import Testing

@testable import CellarHTTP

@Suite("Downloads that fail")
struct CutDownloadTests {
    @Test("a file that became shorter in storage cuts the connection, and the log tells of it")
    func shorter() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", padding: 3 << 20)
            try await fixture.serve(hasFastLane: false) { port in
                try await RawConnection.open(port) { connection in
                    try await connection.request("HEAD", wheel.address)
                    #expect(try await connection.answer(isHead: true).status == 200)
                    try fixture.truncate(wheel, to: 2 << 20)
                    try await connection.request("GET", wheel.address)
                    await #expect(throws: RawConnection.CutOff.self) { try await connection.answer() }
                }
            }
            let errors = fixture.log.lines.filter { $0.hasPrefix("error") }
            #expect(errors.count == 1)
            #expect(errors.first?.contains(wheel.filename) == true)
            #expect(fixture.log.lines.contains { $0.contains("bytes=2097152") })
        }
    }

    @Test("a client that stops reading is sent away", arguments: [true, false])
    func unread(hasFastLane: Bool) async throws {
        try await HTTPFixture.run(maxFileSize: 64 << 20) { fixture in
            let wheel = try await fixture.publishWheel("alpha", padding: 32 << 20)
            let address = wheel.address
            try await fixture.serve(hasFastLane: hasFastLane, idleTimeout: .milliseconds(400)) { port in
                try await RawConnection.open(port) { connection in
                    try await connection.request("HEAD", address)
                    _ = try await connection.answer(isHead: true)
                    try await connection.request("GET", address)
                    try await Task.sleep(for: .seconds(4))
                    await #expect(throws: RawConnection.CutOff.self) { try await connection.answer() }
                }
            }
        }
    }
}
