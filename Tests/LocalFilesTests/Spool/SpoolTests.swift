import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import RegistryTestSupport
import Synchronization
import Testing

@Suite("Spool")
struct SpoolTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func spool(capacity: Int64 = 16 << 20, calls: SystemCalls = .system) throws -> Spool {
        let spool = Spool(path: folder.path + "/spool", capacity: capacity, threads: .singleton, calls: calls) { $0 }
        try spool.open()
        return spool
    }

    /// The files of all uploads.
    private func files() throws -> [String] {
        let path = folder.path + "/spool"
        let folders = try FolderListing(of: path, in: nil) { $0.isFolder }?.entries ?? []
        return try folders.flatMap { try FolderListing(of: "\(path)/\($0.name)", in: nil)?.entries.map(\.name) ?? [] }
    }

    private func waitUntilEmpty(_ spool: Spool) async throws {
        while spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(try files() == [])
    }

    private static func bytes(_ count: Int) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: count + 1000)
        var number: UInt64 = 0
        while bytes.readableBytes < count {
            bytes.writeInteger(number)
            bytes.writeRepeatingByte(UInt8(truncatingIfNeeded: number), count: 991)
            number += 1
        }
        return bytes.getSlice(at: 0, length: count) ?? bytes
    }

    private static func chunks(_ bytes: ByteBuffer, of size: Int) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            var rest = bytes
            while let chunk = rest.readSlice(length: min(size, rest.readableBytes)), chunk.readableBytes > 0 {
                continuation.yield(chunk)
            }
            continuation.finish()
        }
    }

    @Test(
        "a file is received whole and hashed, whatever the chunks",
        arguments: [
            (0, 1), (1, 1), (5000, 7), (524_288, 524_288), (524_289, 100_000), (3_000_000, 2_000_000),
            (2_000_000, 4096),
        ])
    func receives(count: Int, chunkSize: Int) async throws {
        let spool = try spool()
        let bytes = Self.bytes(count)
        do {
            let file = try await spool.receive(Self.chunks(bytes, of: chunkSize), maxSize: Int64(count))
            var hasher = FileHasher()
            hasher.update(bytes)
            #expect(file.size == Int64(count))
            #expect(file.digests == hasher.finalize())
            #expect(try await file.bytes() == bytes)
            #expect(spool.bytesInUse == Int64(count))
            #expect(try files().count == (count > 64 << 10 ? 1 : 0), "small files stay in memory")
        }
        try await waitUntilFileIsGone()
        try await waitUntilEmpty(spool)
    }

    private func waitUntilFileIsGone() async throws {
        while try !files().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("a file over its limit is refused at once, and nothing of it is left", arguments: [10, 600_000, 2_000_000])
    func tooLarge(limit: Int) async throws {
        let spool = try spool()
        await #expect(throws: SpoolError.overLimit(Int64(limit))) {
            try await spool.receive(Self.chunks(Self.bytes(limit + 1), of: 4096), maxSize: Int64(limit))
        }
        try await waitUntilEmpty(spool)
    }

    @Test("all uploads together stay within the capacity; what is given back can be used again")
    func capacity() async throws {
        let spool = try spool(capacity: 3 << 20)
        let bytes = Self.bytes(2 << 20)
        var first: SpooledFile? = try await spool.receive(Self.chunks(bytes, of: 65_536), maxSize: .max)
        #expect(first?.size == 2 << 20)
        await #expect(throws: SpoolError.full) {
            try await spool.receive(Self.chunks(bytes, of: 65_536), maxSize: .max)
        }
        first = nil
        try await waitUntilEmpty(spool)
        _ = try await spool.receive(Self.chunks(bytes, of: 65_536), maxSize: .max)

        await #expect(throws: SpoolError.overCapacity(3 << 20), "waiting would not help") {
            try await spool.receive(Self.chunks(Self.bytes(4 << 20), of: 65_536), maxSize: .max)
        }
    }

    @Test("an upload whose sequence fails, or just ends because its task is cancelled, leaves nothing")
    func cancellation() async throws {
        struct Lost: Error {}
        let spool = try spool()
        let failing = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(Self.bytes(1_000_000))
            continuation.finish(throwing: Lost())
        }
        await #expect(throws: Lost.self) { try await spool.receive(failing, maxSize: .max) }
        try await waitUntilFileIsGone()
        try await waitUntilEmpty(spool)

        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        continuation.yield(Self.bytes(1_000_000))
        let task = Task { try await spool.receive(stream, maxSize: .max) }
        while spool.bytesInUse == 0 { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await waitUntilFileIsGone()
        try await waitUntilEmpty(spool)
    }

    @Test("a writer that is dropped or cancelled leaves nothing, and takes nothing afterwards")
    func dropped() async throws {
        let spool = try spool()
        do {
            let writer = try await spool.begin(maxSize: .max)
            try await writer.write(Self.bytes(2_000_000))
        }
        try await waitUntilFileIsGone()
        let writer = try await spool.begin(maxSize: .max)
        try await writer.write(Self.bytes(2_000_000))
        writer.cancel()
        writer.cancel()
        try await waitUntilFileIsGone()
        try await waitUntilEmpty(spool)
        await #expect(throws: SpoolError.ended) { try await writer.write(Self.bytes(1)) }
        await #expect(throws: SpoolError.ended) { try await writer.finish() }
    }

    @Test("many uploads at once do not mix")
    func concurrency() async throws {
        let spool = try spool(capacity: 64 << 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask {
                    let bytes = Self.bytes(600_000 + number)
                    let file = try await spool.receive(Self.chunks(bytes, of: 10_000 + number), maxSize: .max)
                    #expect(try await file.bytes() == bytes)
                    #expect(file.digests.sha256 == SHA256Digest(hashing: bytes))
                }
            }
            try await group.waitForAll()
        }
        try await waitUntilFileIsGone()
        try await waitUntilEmpty(spool)
    }

    @Test("a full disk is reported, and leaves nothing")
    func noRoom() async throws {
        let written = Mutex(0)
        var calls = SystemCalls.system
        calls.write = { file, bytes in
            let room = 700_000 - written.withLock { $0 }
            guard room > 0 else { throw SystemError(ENOSPC, "write") }
            let count = try SystemCalls.system.write(file, UnsafeRawBufferPointer(rebasing: bytes.prefix(room)))
            written.withLock { $0 += count }
            return count
        }
        let spool = try spool(calls: calls)
        await #expect(throws: SpoolError.system(SystemError(ENOSPC, "write"))) {
            try await spool.receive(Self.chunks(Self.bytes(3_000_000), of: 65_536), maxSize: .max)
        }
        try await waitUntilFileIsGone()
        try await waitUntilEmpty(spool)
    }

    @Test(
        "a real full disk is reported, and takes files again when there is room",
        .enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
    func fullDisk() async throws {
        let disk = try SmallDisk(mebibytes: 1)
        let spool = Spool(path: disk.path + "/spool", capacity: 16 << 20, threads: .singleton, calls: .system) { $0 }
        try spool.open()
        for _ in 0..<3 {
            await #expect(throws: SpoolError.system(SystemError(ENOSPC, "write"))) {
                try await spool.receive(Self.chunks(Self.bytes(2 << 20), of: 65_536), maxSize: .max)
            }
            while spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        let file = try await spool.receive(Self.chunks(Self.bytes(900 << 10), of: 65_536), maxSize: .max)
        #expect(file.size == 900 << 10)
    }

    @Test("two servers may share the folder, and only what a dead one left is removed")
    func sharing() async throws {
        let first = try spool()
        let file = try await first.receive(Self.chunks(Self.bytes(1000), of: 100), maxSize: .max)
        try SystemCalls.system.makeFolder(AT_FDCWD, folder.path + "/spool/dead", 0o700)
        for name in ["dead.lock", "dead/1"] {
            _ = try SystemCalls.system.open("\(folder.path)/spool/\(name)", O_WRONLY | O_CREAT, mode: 0o600)
        }
        let second = try spool()
        #expect(try FileStatus(of: folder.path + "/spool/dead", in: nil) == nil)
        #expect(try FileStatus(of: folder.path + "/spool/dead.lock", in: nil) == nil)
        #expect(try await file.bytes() == Self.bytes(1000))
        second.close()
        first.close()
        #expect(try FolderListing(of: folder.path + "/spool", in: nil)?.entries == [])
        await #expect(throws: SpoolError.closed) { try await second.begin(maxSize: 1) }
    }

    @Test("the folder is for its owner only")
    func permissions() throws {
        _ = try spool()
        var status = stat()
        #expect(stat(folder.path + "/spool", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }
}
