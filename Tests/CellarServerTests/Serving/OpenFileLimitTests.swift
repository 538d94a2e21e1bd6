import Foundation
import Glibc
import Testing

@testable import CellarServer

@Suite("The limit on open files")
struct OpenFileLimitTests {
    @Test("has room made for as many descriptors as may be open, so that none has to wait for it later")
    func room() async throws {
        let connections = OpenFileLimit.raise()
        let allowed = Int(sysconf(CInt(_SC_OPEN_MAX)))
        #expect(connections >= 64 && connections < allowed)
        while try Self.tableSize() < allowed { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Returns for how many descriptors the system's table of this process has room.
    private static func tableSize() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("FDSize:") })
        return try #require(Int(line.dropFirst("FDSize:".count).trimmingCharacters(in: .whitespaces)))
    }
}
