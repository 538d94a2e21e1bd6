import FileStorage
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import SQLDatabaseTestSupport
import Testing

extension TestInstallation {
    /// Whatever is listed is available, bytes and metadata, with the stated digests.
    func expectListedIsServed(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for name in try await database.projects(in: .main).names {
            let project = try #require(try await database.project(name, in: .main), sourceLocation: sourceLocation)
            for file in project.files { try await expectServed(file, sourceLocation: sourceLocation) }
        }
    }

    private func expectServed(_ file: FileRecord, sourceLocation: SourceLocation) async throws {
        let address = FileAddress(index: .main, sha256: file.digests.sha256, filename: file.filename)
        let bytes = try await bytes(at: address)
        #expect(SHA256Digest(hashing: bytes) == file.digests.sha256, sourceLocation: sourceLocation)
        let metadata = try await self.bytes(at: address, isMetadata: true)
        #expect(SHA256Digest(hashing: metadata) == file.metadataDigest, sourceLocation: sourceLocation)
    }

    /// An upload whose publishing was answered is listed, with its very bytes.
    func expectPublished(_ upload: Upload, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let address = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        let bytes = try await bytes(at: address)
        #expect(Array(buffer: bytes) == upload.bytes, sourceLocation: sourceLocation)
    }

    /// The bytes at an address, read as a download reads them.
    func bytes(at address: FileAddress, isMetadata: Bool = false) async throws -> ByteBuffer {
        let entry = try await registry.downloads.file(
            at: address, isMetadata: isMetadata, caller: TestInstallation.administrator)
        switch entry.contents {
        case .bytes(let bytes): return bytes
        case .stored(let file): return try await file.bytes()
        case .offered(let offered):
            var bytes = ByteBuffer()
            try await offered.whole().forEachBlock { bytes.writeImmutableBuffer($0) }
            return bytes
        }
    }

    /// A sweep removes every orphan, and nothing that is named.
    func expectSweepLeavesWhatIsNamed(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        _ = try await registry.sweeping.sweep(age: 0)
        let objects = try await storage.objects(StorageKey.filesPrefix)
        var named: Set<StorageKey> = []
        for name in try await database.projects(in: .main).names {
            for file in try await database.project(name, in: .main)?.files ?? [] {
                named.insert(.file(file.digests.sha256, file.filename))
                if let digest = file.metadataDigest { named.insert(.metadata(digest, of: file.filename)) }
            }
        }
        #expect(Set(objects.map(\.key)) == named, sourceLocation: sourceLocation)
        try await expectListedIsServed(sourceLocation: sourceLocation)
    }

    /// What a rebuild must make again.
    func contentSnapshot(now: Timestamp = .now()) async throws -> [String: [String]] {
        try await ContentSnapshot.read(path: place.databaseFolder + "/cellar.db", now: now)
    }

    /// A rebuild from storage alone makes the tables that are there.
    func expectRebuildMakesEqualTables(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let now = Timestamp.now()
        let before = try await contentSnapshot(now: now)
        try await registry.rebuilding.rebuild()
        let after = try await contentSnapshot(now: now)
        #expect(Set(before.keys) == Set(after.keys), sourceLocation: sourceLocation)
        for (table, lines) in before {
            #expect(after[table] == lines, "\(table)", sourceLocation: sourceLocation)
        }
    }
}
