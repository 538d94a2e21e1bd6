import FileStorage
import Glibc
import LocalFiles
import NIOPosix
import Registry
import RegistryTestSupport
import Testing

@Suite("Storage contract")
struct StorageContractTests {
    private let folder: TemporaryFolder
    private let spool: Spool

    init() throws {
        folder = try TemporaryFolder()
        spool = Spool(path: folder.path + "/spool", capacity: 64 << 20, threads: .singleton)
        try spool.open()
    }

    @Test("a folder keeps the contract", arguments: StorageContract.rules)
    func folder(_ rule: StorageContract) async throws {
        try await rule.check(spool: spool) { [folder] in
            try FileStorage(path: folder.path + "/files", threads: .singleton)
        }
    }

    @Test("a folder that cannot link to the spool keeps the contract", arguments: StorageContract.rules)
    func folderWithoutLinks(_ rule: StorageContract) async throws {
        try await rule.check(spool: spool) { [folder] in
            var calls = SystemCalls.system
            calls.link = { _, _, _, _ in throw SystemError(EXDEV, "link") }
            return try FileStorage(path: folder.path + "/files", threads: .singleton, calls: calls)
        }
    }

    @Test("memory keeps the contract", arguments: StorageContract.rules)
    func memory(_ rule: StorageContract) async throws {
        let storage = InMemoryStorage()
        try await rule.check(spool: spool) { storage }
    }
}
