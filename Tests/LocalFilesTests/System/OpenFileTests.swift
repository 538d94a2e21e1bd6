import Glibc
import LocalFiles
import NIOCore
import PackagingStandards
import RegistryTestSupport
import Testing

@Suite("Open files")
struct OpenFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func file(_ bytes: [UInt8]) throws -> OpenFile {
        let calls = SystemCalls.system
        let file = try calls.open(folder.path + "/file", O_RDWR | O_CREAT | O_TRUNC, mode: 0o600)
        try bytes.withUnsafeBytes { try calls.writeAll($0, to: file) }
        return file
    }

    @Test("any range is read, as far as there are bytes, wherever the file's own position is")
    func ranges() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let file = try file(bytes)
        for range in [0..<0, 0..<1, 0..<100_000, 99_999..<100_000, 4095..<70_001] {
            let read = try file.read(Int64(range.lowerBound)..<Int64(range.upperBound))
            #expect(Array(read.readableBytesView) == Array(bytes[range]), "\(range)")
        }
        #expect(try file.read(99_990..<100_100).readableBytes == 10)
        #expect(try file.read(100_000..<100_010).readableBytes == 0)
    }

    @Test("an error says which call failed, and why")
    func failures() throws {
        let closed = try SystemCalls.system.open(folder.path + "/new", O_WRONLY | O_CREAT, mode: 0o600)
        let error = #expect(throws: SystemError.self) { try closed.read(3..<10) }
        #expect(error?.number == EBADF)
        #expect(error?.call == "pread of 7 bytes at 3")
        #expect(error?.description == "pread of 7 bytes at 3: \(String(cString: strerror(EBADF)))")
        let missing = #expect(throws: SystemError.self) { try SystemCalls.system.open("/nowhere/at/all", O_RDONLY) }
        #expect(missing == SystemError(ENOENT, "open /nowhere/at/all"))
    }

    @Test("archives are read from files; a file that cannot be read is not the archive's fault")
    func fileBytes() throws {
        let bytes = FileBytes(try file([1, 2, 3, 4]), size: 4)
        #expect(bytes.size == 4)
        #expect(try bytes.read(at: 1, count: 2) == [2, 3])
        let program = try SystemCalls.system.open("/proc/self/exe", O_RDONLY)
        let size = try FileStatus(of: program).size
        let refused = #expect(throws: ArchiveError.self) {
            try SourceDistributionArchive.inspect(FileBytes(program, size: size), format: .tarGz)
        }
        #expect(refused?.kind == .refused)
        let unreadable = try SystemCalls.system.open(folder.path + "/file", O_WRONLY)
        let error = #expect(throws: ArchiveError.self) {
            try SourceDistributionArchive.inspect(FileBytes(unreadable, size: 4), format: .zip)
        }
        #expect(error?.kind == .unreadable)
        #expect(error?.reason.contains("pread of ") == true)
    }
}
