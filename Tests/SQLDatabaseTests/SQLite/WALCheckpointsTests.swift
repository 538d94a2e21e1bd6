import LocalFiles
import Registry
import RegistryTestSupport
import Testing

@testable import SQLDatabase

@Suite("Checkpoints beside the writes")
struct WALCheckpointsTests {
    private static let frame: Int64 = 8192 + 24

    private func size(_ path: String) throws -> Int64 { try FileStatus(of: path, in: nil)?.size ?? 0 }

    @Test("keep the log short while writes go on, and write everything back", arguments: [false, true])
    func boundsLog(onThreads: Bool) async throws {
        let file = try TemporaryDatabase()
        let database = try await file.open()
        try await database.driver.write { try $0.execute("CREATE TABLE texts (number INTEGER, body TEXT)") }
        let rows: Int64 = 700
        let text = String(repeating: "x", count: 100_000)
        var longest: Int64 = 0
        for number in 0..<rows {
            try await BlockingThreads.preferred(onThreads) {
                try await database.driver.write {
                    try $0.execute("INSERT INTO texts VALUES (?1, ?2)", .integer(number), .text(text))
                }
            }
            longest = max(longest, try size(file.path + "-wal"))
        }
        // Some 9,000 frames have been written.
        #expect(longest < 6000 * Self.frame)
        #expect(try size(file.path) > 3000 * 8192, "while the database is open")
        let count = try await database.driver.read { try $0.first("SELECT count(*) FROM texts") { $0.integer(0) } }
        #expect(count == rows)
        await database.close()
        #expect(try size(file.path) > rows * 100_000)
    }
}
