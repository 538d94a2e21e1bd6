import AsyncHTTPClient
import LocalFiles
import NIOCore
import NIOHTTP1
import NIOPosix
import Registry
import RegistryTestSupport
import S3Storage
import Testing

@Suite("Storage contract over S3")
struct S3ContractTests {
    private let folder: TemporaryFolder
    private let spool: Spool

    init() throws {
        folder = try TemporaryFolder()
        spool = Spool(path: folder.path + "/spool", capacity: 64 << 20, threads: .singleton)
        try spool.open()
    }

    @Test(
        "a real store keeps the contract", .disabled(if: TestStore.areMissing, Comment(rawValue: TestStore.missing)),
        arguments: TestStore.all, StorageContract.rules)
    func store(_ store: TestStore, _ rule: StorageContract) async throws {
        let settings = store.settings()
        try await rule.check(spool: spool, following: Download.whole, keepsOpenFiles: false) {
            try await TestStore.open(settings)
        }
    }
}

/// Downloads without credentials.
enum Download {
    struct Refused: Error {
        let status: Int
        let body: String
    }

    /// Returns what is at an address. Throws `Refused` unless it is given whole.
    static func whole(_ link: String) async throws -> ByteBuffer {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: link), timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 64 << 20)
        guard response.status == .ok else {
            throw Refused(status: Int(response.status.code), body: String(buffer: body))
        }
        return body
    }
}
