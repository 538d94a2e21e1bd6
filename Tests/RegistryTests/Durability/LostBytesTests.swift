import FileStorage
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

/// Removals beside publishes, and bytes that storage has lost.
@Suite("Bytes that go")
struct LostBytesTests {
    /// Runs a piece of work the first time that a step is reached.
    private final class Once: Sendable {
        private let work = Mutex<(@Sendable () async throws -> Void)?>(nil)

        func set(_ work: @escaping @Sendable () async throws -> Void) {
            self.work.withLock { $0 = work }
        }

        func observer(_ moment: PublishObserver.Moment, _ step: PublishStep) -> PublishObserver {
            PublishObserver { [self] reachedMoment, reachedStep in
                guard reachedMoment == moment, reachedStep == step else { return }
                let work = work.withLock { work in
                    defer { work = nil }
                    return work
                }
                try await work?()
            }
        }
    }

    private func blobs(of upload: Upload, in installation: TestInstallation) async throws -> [BlobName] {
        let digest = SHA256Digest(hashing: upload.bytes)
        return try await installation.storage.objects(StorageKey.filesPrefix)
            .compactMap(\.key.blob).filter {
                $0.name.hasPrefix(upload.filename) && $0.name != "" && $0.digest != digest
            }
            + [BlobName(digest: digest, name: upload.filename)]
    }

    @Test("a sweep that takes bytes before an upload and removes them after it stored its own loses nothing")
    func sweepBesidePublish() async throws {
        let place = try TestInstallation.Place()
        let once = Once()
        let installation = try await TestInstallation.open(
            place, observer: once.observer(.after, .storeMetadata))
        let upload = try Upload("sample", "1.0")
        // What an unfinished publish left behind, long marked.
        try await upload.publish(to: installation)
        let left = try await blobs(of: upload, in: installation)
        try await installation.database.rebuild(
            from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []), now: .now())
        _ = try await installation.database.markForSweep(
            Set(left), now: Timestamp(microseconds: 0), dueIfMarkedBy: .now())
        let now = Timestamp.now()
        for blob in left { #expect(try await installation.database.takeForSweep(blob, now: now)) }
        once.set {
            for blob in left {
                try await installation.storage.remove(.blob(blob))
                #expect(try await installation.database.finishSweep(of: blob))
            }
        }
        #expect(left.count == 2)
        guard case .published = try await upload.publish(to: installation) else {
            Issue.record("not published")
            return
        }
        try await installation.expectPublished(upload)
        try await installation.expectListedIsServed()
        await installation.close()
    }

    @Test("the same upload again stores what storage has lost, under the name that is listed", arguments: [0, 1, 2])
    func heals(lost: Int) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        let upload = try Upload("sample", "1.0")
        try await upload.publish(to: installation)
        let blobs = try await blobs(of: upload, in: installation).sorted { $0.name < $1.name }
        #expect(blobs.map(\.name) == [upload.filename, upload.filename + ".metadata"])
        for blob in lost == 2 ? blobs : [blobs[lost]] { try await installation.storage.remove(.blob(blob)) }
        #expect(try await upload.publish(to: installation) == .alreadyPublished)
        try await installation.expectListedIsServed()
        await installation.close()
    }

    @Test("bytes of another size are replaced by the same upload")
    func healsSize() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        let upload = try Upload("sample", "1.0")
        try await upload.publish(to: installation)
        let key = StorageKey.file(SHA256Digest(hashing: upload.bytes), upload.filename)
        try await installation.storage.remove(key)
        try await installation.storage.put(ByteBuffer(string: "short"), at: key)
        #expect(try await upload.publish(to: installation) == .alreadyPublished)
        try await installation.expectListedIsServed()
        await installation.close()
    }

    @Test("the address without a digest of a published file does not promise its bytes for good")
    func addressWithoutDigest() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        let upload = try Upload("sample", "1.0")
        try await upload.publish(to: installation)
        let name = try #require(NormalizedName("sample"))
        for (locator, isImmutable) in [
            (FileAddress.Locator.project(name), false), (.sha256(SHA256Digest(hashing: upload.bytes)), true),
        ] {
            for _ in 0..<2 {
                let entry = try await installation.registry.downloads.file(
                    at: FileAddress(index: .main, locator: locator, filename: upload.filename),
                    caller: TestInstallation.alice)
                #expect(entry.isImmutable == isImmutable)
            }
        }
        await installation.close()
    }

    @Test("what a file replaced goes with the file, also after a rebuild")
    func replacedAndDeleted() async throws {
        var settings = IndexSettings(name: .main)
        settings.allowsOverwrite = true
        settings.access.overwrite = [.user("alice")]
        let installation = try await TestInstallation.open(try TestInstallation.Place(), indexes: [settings])
        let old = try Upload("sample", "1", note: "old")
        try await old.publish(to: installation)
        try await Upload("sample", "1", note: "new").publish(to: installation)
        try await installation.expectPublished(old)
        let target = FileTarget(
            index: .main, project: try #require(NormalizedName("sample")), selection: .file(old.filename))
        try await installation.registry.management.delete(target, caller: TestInstallation.administrator)
        func expectGone() async {
            await #expect {
                try await installation.expectPublished(old)
            } throws: { ($0 as? RegistryError)?.code == .notFound }
        }
        await expectGone()
        try await installation.registry.rebuilding.rebuild()
        await expectGone()
        try await installation.expectRebuildMakesEqualTables()
        await installation.close()
    }
}
