public import LocalFiles
import Logging
import NIOCore
import NIOPosix
import PackagingStandards

/// The result of a successful upload.
public enum PublishResult: Sendable, Hashable {
    /// The file is published at this serial of its index.
    case published(serial: Int64)
    /// The same bytes were published before.
    case alreadyPublished
}

/// Publishes distribution files: form, archive, storage, then the commit that decides.
public final class Publishing: Sendable {
    private let permissions: Permissions
    private let rights: ProjectRights
    private let database: any PublishingDatabase & ReadingDatabase
    private let storage: any Storage
    private let spool: Spool
    private let workers: NIOThreadPool
    private let invalidation: Invalidation
    private let outbox: Outbox
    private let naming: BlobNaming
    private let removal: BlobRemoval
    private let attestations: AttestationCheck
    private let observer: PublishObserver
    private let clock: WallClock
    private let logger: Logger

    init(
        permissions: Permissions, rights: ProjectRights, database: any PublishingDatabase & ReadingDatabase,
        storage: any Storage, spool: Spool, workers: NIOThreadPool,
        invalidation: Invalidation, outbox: Outbox, removal: BlobRemoval, attestations: AttestationCheck,
        observer: PublishObserver, clock: WallClock, logger: Logger
    ) {
        self.permissions = permissions
        self.rights = rights
        self.database = database
        self.storage = storage
        self.spool = spool
        self.workers = workers
        self.invalidation = invalidation
        self.outbox = outbox
        self.removal = removal
        self.attestations = attestations
        naming = BlobNaming(database: database, clock: clock)
        self.observer = observer
        self.clock = clock
        self.logger = logger
    }

    /// The most bytes of a file whose check is short.
    private static let shortCheck: Int64 = 64 << 10

    /// How long the address of a replaced file is served, in microseconds: a day.
    static let replacedFileIsServedFor: Int64 = 24 * 3600 * 1_000_000

    /// Returns the settings of an index, which bound an upload's body. Throws if a caller may not publish anything
    /// there.
    ///
    /// Call it before the body is read.
    public func prepareUpload(to index: IndexName, caller: Caller) async throws -> IndexSettings {
        try await rights.settingsForUpload(to: index, by: caller)
    }

    /// Begins a file in the spool for an upload's bytes, at most `maxSize` of them.
    public func beginUpload(maxSize: Int64) async throws -> SpoolWriter {
        try await observer.reached(.before, .spool)
        return try await spool.begin(maxSize: maxSize)
    }

    /// Publishes a spooled file: checks it, stores its bytes, then commits (see ARCHITECTURE.md, "publish").
    ///
    /// When this returns, the file is listed, installable and survives a power cut; when it throws, nothing is visible.
    /// Trying again is safe.
    public func publish(
        _ form: UploadForm, file: SpooledFile, to index: IndexName, caller: Caller
    ) async throws -> PublishResult {
        let checked = try CheckedForm(form, digests: file.digests)
        let settings = try await rights.settings(
            of: index, for: caller, holding: .write, checked.project, to: "publish")
        try await observer.reached(.after, .spool)
        if try LongBLAKE2Check.isNeeded(by: form) {
            try await workers.runIfActive { try LongBLAKE2Check.check(form, file) }
        }
        // Those that lie are refused even if the file is there already.
        let kept = try await attestations.kept(checked, in: settings, caller: caller)
        let state = try await database.publishState(
            project: checked.project, fileKey: checked.filename.fileKey, in: settings.name,
            mayMix: settings.mirrored.contains(checked.project))
        try checkProject(state, checked, in: settings, caller: caller)
        if let result = try await settledAlready(state, checked, file: file, in: settings, caller: caller) {
            return result
        }
        try attestations.require(checked, in: settings)

        try await observer.reached(.before, .check)
        let distribution = try await check(file, checked, in: settings)
        try await observer.reached(.after, .check)
        return try await store(
            checked, distribution, attestations: kept, file: file, in: settings, caller: caller,
            removals: state.removals)
    }

    private func check(
        _ file: SpooledFile, _ form: CheckedForm, in settings: IndexSettings
    ) async throws -> CheckedDistribution {
        let check: @Sendable () throws -> CheckedDistribution = {
            try CheckedDistribution(file, form: form, limits: settings.archiveLimits)
        }
        // What takes longer waits for its turn, so that archives do not keep all threads from what is short.
        guard file.size <= Self.shortCheck else { return try await workers.runIfActive(check) }
        return try await workers.runBlocking(check)
    }

    /// Returns the result if the archive need not be checked, because the same bytes are published, or nil. Throws if
    /// the name is taken or used up.
    private func settledAlready(
        _ state: PublishState, _ form: CheckedForm, file: SpooledFile, in settings: IndexSettings, caller: Caller
    ) async throws -> PublishResult? {
        switch state.existing {
        case .none:
            return nil
        case .usedUp(let filename):
            throw usedUp(filename)
        case .published(let filename, file.digests.sha256):
            try await heal(filename, with: file, form, in: settings)
            try await outbox.writeManifests()
            return .alreadyPublished
        case .published(let filename, _):
            guard mayOverwrite(form.project, caller, in: settings) else { throw alreadyExists(filename, in: settings) }
            return nil
        }
    }

    /// Stores again what storage has lost of a published file that somebody uploads again.
    private func heal(
        _ filename: String, with file: SpooledFile, _ form: CheckedForm, in settings: IndexSettings
    ) async throws {
        let address = FileAddress(index: settings.name, sha256: file.digests.sha256, filename: filename)
        guard let location = try await database.file(at: address, now: clock.now()) else { return }
        var healed: [StorageKey] = []
        let bytes = StorageKey.file(location.sha256, filename)
        if try await storage.size(of: bytes) != location.size {
            try await storage.put(file, at: bytes)
            healed.append(bytes)
        }
        if let digest = location.metadataDigest,
            case let key = StorageKey.metadata(digest, of: filename),
            try await storage.size(of: key) != location.metadataSize
        {
            let distribution = try await check(file, form, in: settings)
            guard distribution.metadataDigest == digest else { throw lostMetadata(filename) }
            try await storage.put(distribution.metadataBytes, at: key)
            healed.append(key)
        }
        for key in healed {
            logger.notice("bytes that storage had lost were stored again", metadata: ["key": "\(key)"])
        }
    }

    private func lostMetadata(_ filename: String) -> RegistryError {
        RegistryError(
            .internal,
            """
            Storage has lost the core metadata of \(filename), and the uploaded file holds other ones. Restore the \
            storage from a backup, or delete the file and publish a new version.
            """)
    }

    private func checkProject(
        _ state: PublishState, _ form: CheckedForm, in settings: IndexSettings, caller: Caller
    ) throws {
        if let origin = state.foreignOrigin, !permissions.may(.claim, form.project, in: settings, caller) {
            throw foreignOrigin(form.project, origin, in: settings)
        }
        guard let project = state.project, project.origin == .local else {
            return try permissions.require(
                .create, form.project, of: caller, in: settings, to: "create the project \(form.project)")
        }
        guard project.status.allowsUploads else { throw closed(form.project, project.status) }
    }

    private func mayOverwrite(_ project: NormalizedName, _ caller: Caller, in settings: IndexSettings) -> Bool {
        settings.allowsOverwrite && permissions.may(.overwrite, project, in: settings, caller)
    }

    private func store(
        _ form: CheckedForm, _ distribution: CheckedDistribution, attestations: String?, file: SpooledFile,
        in settings: IndexSettings, caller: Caller, removals: Int64
    ) async throws -> PublishResult {
        let author = ChangeAuthor(caller, at: clock.now())
        var new = NewFile(
            index: settings.name, project: form.project,
            displayName: form.isNamedByFile ? distribution.metadata.name : form.displayName,
            filename: form.filenameText,
            fileKey: form.filename.fileKey, packageType: form.filename.packageType, version: form.version,
            versionSpelling: form.versionSpelling, size: file.size, digests: file.digests,
            metadataDigest: distribution.metadataDigest,
            metadataSize: Int64(distribution.metadataBytes.readableBytes),
            advertisesMetadata: distribution.advertisesMetadata, requiresPython: distribution.metadata.requiresPython,
            summary: distribution.metadata.summary,
            attestations: attestations, uploadedAt: author.at, uploader: author.name, uploaderID: author.userID)
        new.excerpt = MetadataExcerpt(distribution.metadata, digest: distribution.metadataDigest)
        new.token = author.token
        new.tag = author.tag
        new.origin = author.origin
        let overwriting = mayOverwrite(form.project, caller, in: settings)
        let mayCreate = permissions.may(.create, form.project, in: settings, caller)
        let decision = try await naming.name(knowing: removals) {
            new.unsynced = try await keep(new, distribution, file: file)
        } committing: { storedAfter, _ in
            new.storedAfter = storedAfter
            try await observer.reached(.before, .commit)
            let decision = try await database.publish(
                new, overwriting: overwriting, mayCreate: mayCreate,
                mayClaim: permissions.may(.claim, form.project, in: settings, caller),
                mayMix: settings.mirrored.contains(new.project),
                oldAddressServedUntil: author.at.adding(microseconds: Self.replacedFileIsServedFor))
            try await observer.reached(.after, .commit)
            return decision.outcome == .beingSwept ? nil : decision
        }
        return try await finish(decision, new)
    }

    /// The most bytes of file and core metadata that the database keeps until storage has synced them.
    private static let mostUnsynced: Int64 = 64 << 10

    /// Stores the bytes, and returns those that the database must keep until they are synced.
    private func keep(
        _ new: NewFile, _ distribution: CheckedDistribution, file: SpooledFile
    ) async throws -> [UnsyncedBlob] {
        try await observer.reached(.before, .storeFile)
        try await observer.reached(.before, .storeMetadata)
        let metadata = BlobName.metadata(distribution.metadataDigest, of: new.filename)
        let objects = [
            NewObject(file, at: .file(new.digests.sha256, new.filename)),
            NewObject(distribution.metadataBytes, at: .blob(metadata)),
        ]
        var unsynced: [UnsyncedBlob] = []
        if file.size + Int64(distribution.metadataBytes.readableBytes) <= Self.mostUnsynced,
            try await storage.putUnsynced(objects)
        {
            unsynced = [
                UnsyncedBlob(
                    name: BlobName(digest: new.digests.sha256, name: new.filename),
                    bytes: try file.read(at: 0, count: Int(file.size))),
                UnsyncedBlob(name: metadata, bytes: Array(buffer: distribution.metadataBytes)),
            ]
        } else {
            try await storage.put(objects)
        }
        try await observer.reached(.after, .storeFile)
        try await observer.reached(.after, .storeMetadata)
        return unsynced
    }

    private func finish(_ decision: PublishDecision, _ new: NewFile) async throws -> PublishResult {
        switch decision.outcome {
        case .published(let serial), .replaced(let serial):
            try await observer.reached(.before, .invalidatePages)
            if case .replaced = decision.outcome {
                invalidation.filesChanged(of: new.project, serial: serial, in: new.index)
            } else {
                invalidation.fileAdded(to: new.project, serial: serial, in: new.index)
            }
            try await observer.reached(.after, .invalidatePages)
            try await outbox.write(decision.promises)
            return .published(serial: serial)
        case .claimed(let serial, let pruned):
            invalidation.filesChanged(of: new.project, serial: serial, in: new.index)
            try await outbox.flush()
            try await removal.removeFreed(of: pruned)
            return .published(serial: serial)
        case .identical:
            try await outbox.writeManifests()
            return .alreadyPublished
        case .exists(let filename): throw alreadyExists(filename, in: try permissions.indexes.settings(of: new.index))
        case .usedUp(let filename): throw usedUp(filename)
        case .mayNotCreate:
            throw RegistryError(.forbidden, "\(new.uploader) may not create the project \(new.project).")
        case .foreignOrigin(let origin):
            throw foreignOrigin(new.project, origin, in: try permissions.indexes.settings(of: new.index))
        case .closed(let status): throw closed(new.project, status)
        case .beingSwept:
            throw RegistryError(
                .unavailable,
                "\(new.filename) is just being removed from storage. Upload it again in a minute.")
        }
    }

    private func alreadyExists(_ filename: String, in settings: IndexSettings) -> RegistryError {
        RegistryError(
            .alreadyExists,
            """
            The file \(filename) already exists in the index \(settings.name) with other contents. \
            Publish a new version, or a new build.
            """)
    }

    private func usedUp(_ filename: String) -> RegistryError {
        RegistryError(
            .alreadyExists,
            "The file name \(filename) already exists as that of a deleted file and cannot be used again.")
    }

    private func foreignOrigin(
        _ project: NormalizedName, _ origin: ProjectOrigin, in settings: IndexSettings
    ) -> RegistryError {
        RegistryError(
            .conflict,
            """
            This server keeps files of the project \(project) from an upstream (\(origin)). To publish under this name \
            takes the right "claim" in the index \(settings.name), which administrators have, or their claim: \
            cellar project claim \(project) --index \(settings.name)
            """)
    }

    private func closed(_ project: NormalizedName, _ status: ProjectStatus) -> RegistryError {
        RegistryError(.conflict, "The project \(project) is \(status.rawValue) and takes no uploads.")
    }
}
