import Glibc
import LocalFiles
import NIOCore
import RegistryTestSupport
import Testing

/// The test folder itself: it keeps what was synced, and a seed decides the rest.
@Suite("Power cut folder")
struct PowerCutFolderTests {
    /// Returns what is left of `name`, whose bytes are written; the file and its folder are synced as asked.
    private func remains(syncFile: Bool, syncFolder: Bool, seed: UInt64) throws -> [UInt8]? {
        let folder = try TemporaryFolder()
        let disk = PowerCutFolder(folder: folder.path)
        let calls = disk.calls
        let file = try calls.open("\(folder.path)/name", O_WRONLY | O_CREAT, mode: 0o600)
        try (0..<100 as Range<UInt8>).map { $0 }.withUnsafeBytes { try calls.writeAll($0, to: file) }
        if syncFile { try calls.sync(file) }
        if syncFolder { try calls.sync(calls.openFolder(folder.path)) }
        try disk.cut(seed: seed)
        #expect(throws: SystemError.self) { try calls.sync(file) }
        guard let status = try FileStatus(of: "\(folder.path)/name", in: nil) else { return nil }
        var bytes = [UInt8](repeating: 0xFF, count: Int(status.size))
        let left = try disk.calls.open("\(folder.path)/name", O_RDONLY)
        let count = withExtendedLifetime(left) { read(left.number, &bytes, bytes.count) }
        #expect(count == bytes.count)
        return bytes
    }

    @Test("what was synced with its name is there, whatever the seed")
    func keeps() throws {
        for seed in 0..<20 as Range<UInt64> {
            #expect(try remains(syncFile: true, syncFolder: true, seed: seed) == Array(0..<100))
        }
    }

    @Test("bytes or names that were not synced are there for some seeds, and not for others")
    func loses() throws {
        let contents = try (0..<20 as Range<UInt64>).map { try remains(syncFile: false, syncFolder: true, seed: $0) }
        #expect(contents.contains(Array(0..<100)))
        #expect(contents.contains { $0?.count == 100 && $0 != Array(0..<100) }, "a tail of zeros")
        #expect(contents.contains { ($0?.count ?? 0) < 100 })
        #expect(!contents.contains(nil))
        let names = try (0..<20 as Range<UInt64>).map { try remains(syncFile: true, syncFolder: false, seed: $0) }
        #expect(Set(names) == [nil, Array(0..<100)])
    }

    @Test("a seed decides everything")
    func isRepeatable() throws {
        for seed in 0..<10 as Range<UInt64> {
            let first = try remains(syncFile: false, syncFolder: false, seed: seed)
            #expect(try remains(syncFile: false, syncFolder: false, seed: seed) == first)
        }
    }
}
