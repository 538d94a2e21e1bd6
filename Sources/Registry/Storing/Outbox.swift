import NIOCore
import Synchronization

/// Carries out what committed transactions promised to do in storage.
///
/// What this process has stored unsynced, and the manifests that it has written so, are synced together a little later.
/// What others have left is stored again from the bytes that the database keeps: after a power cut, what is in storage
/// may be torn.
public final class Outbox: Sendable {
    private let database: any OutboxDatabase
    private let storage: any Storage
    private let removal: BlobRemoval
    private let observer: PublishObserver
    private let clock: WallClock
    private let rounds = SharedRead()
    private let completions = SharedRead()
    /// The entries that are carried out, but perhaps for a sync, and not yet removed from the outbox.
    private let written = Mutex<[Int64: Written]>([:])
    private static let claimLimit = 200
    /// Whether the entries of `written` will leave the outbox without anybody asking.
    private let isCompletionDue = Atomic<Bool>(false)
    /// How long entries stay in `written`: many share a sync and a transaction.
    private let delay: Duration
    /// The delay of servers.
    public static let usualDelay = Duration.milliseconds(100)
    /// How many entries may wait in `written` until whoever brings more waits for the disk.
    private static let mostWritten = 4000

    private struct Written {
        let entry: OutboxEntry
        let isSynced: Bool
    }

    init(
        database: any OutboxDatabase, storage: any Storage, removal: BlobRemoval, observer: PublishObserver,
        clock: WallClock, delay: Duration = Outbox.usualDelay
    ) {
        self.delay = delay
        self.database = database
        self.storage = storage
        self.removal = removal
        self.observer = observer
        self.clock = clock
    }

    /// Carries out everything in the outbox, durably.
    ///
    /// Every entry is safe to carry out again, so a crash in between loses nothing. What another process is removing
    /// right now is left to it.
    public func flush() async throws {
        try await carryOutAll()
        try await finish()
    }

    /// Makes durable what this process has stored unsynced, and takes it out of the outbox. What others have left there
    /// stays.
    public func finish() async throws {
        try await completions.wait { try await self.complete() }
    }

    /// Carries out everything in the outbox, and lets the entries of manifests leave it a little later, those of many
    /// publishes in one transaction. They are written, and to write them again after a crash does no harm.
    func writeManifests() async throws {
        try await carryOutAll()
        completeSoon()
    }

    /// Writes the manifests of entries that a transaction has just made, and lets the entries leave the outbox a little
    /// later, when they and the bytes that were stored unsynced are durable.
    func write(_ entries: [OutboxEntry]) async throws {
        try await observer.reached(.before, .writeManifests)
        let manifests = entries.compactMap(\.manifest)
        let isSynced = try await !storage.putUnsynced(manifests)
        if isSynced { try await storage.put(manifests) }
        note(entries, manifestsAreSynced: isSynced)
        try await observer.reached(.after, .writeManifests)
        completeSoon()
        if written.withLock({ $0.count }) > Self.mostWritten { try await finish() }
    }

    private func note(_ entries: [OutboxEntry], manifestsAreSynced: Bool) {
        written.withLock { written in
            for entry in entries where entry.key != nil {
                written[entry.id] = Written(entry: entry, isSynced: manifestsAreSynced && entry.manifest != nil)
            }
        }
    }

    private func completeSoon() {
        guard
            isCompletionDue.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        Task {
            try? await clock.sleep(delay)
            isCompletionDue.store(false, ordering: .releasing)
            try? await finish()
        }
    }

    /// Carries out everything that is in the outbox now, once for all callers who wait.
    private func carryOutAll() async throws {
        try await rounds.wait { [self] in
            while try await carryOutSome() {}
        }
    }

    /// Carries out the oldest entries. Returns whether there may be more.
    private func carryOutSome() async throws -> Bool {
        // Whatever leaves the outbox after this is not claimed, or is known to be written.
        let done = written.withLock { $0 }
        let claimed = try await database.claimOutbox(limit: Self.claimLimit, now: clock.now())
        let entries = claimed.filter { done[$0.id] == nil }
        if !entries.isEmpty {
            try await observer.reached(.before, .writeManifests)
            try await storage.put(entries.compactMap(\.manifest))
            note(entries.filter { $0.manifest != nil }, manifestsAreSynced: true)
            let mustRemove = try await storeAgain(entries)
            try await remove(entries)
            try await observer.reached(.after, .writeManifests)
            if mustRemove { return true }
        }
        guard claimed.count == Self.claimLimit else { return false }
        try await complete()
        return true
    }

    /// Stores the bytes again that were not synced before their process ended. Returns whether some were removed
    /// meanwhile, and must be again.
    private func storeAgain(_ entries: [OutboxEntry]) async throws -> Bool {
        var stored: [OutboxEntry] = []
        for entry in entries {
            guard case .keepBlob(let blob) = entry.task, let bytes = try await database.keptBytes(of: entry) else {
                continue
            }
            try await storage.put(ByteBuffer(bytes: bytes), at: .blob(blob))
            stored.append(entry)
        }
        guard !stored.isEmpty else { return false }
        return try await database.completeStored(stored, now: clock.now())
    }

    /// Carries out the removals among some entries.
    private func remove(_ entries: [OutboxEntry]) async throws {
        var done: [OutboxEntry] = []
        for entry in entries {
            guard case .removeBlob(let blob) = entry.task else { continue }
            if try await removal.remove(blob, promisedBy: entry) { done.append(entry) }
        }
        guard !done.isEmpty else { return }
        try await complete(done)
    }

    /// Removes what is written from the outbox, once it is synced.
    private func complete() async throws {
        let entries = written.withLock { $0 }
        guard !entries.isEmpty else { return }
        // If this fails, they are stored again from what the outbox keeps.
        defer { written.withLock { written in for id in entries.keys { written[id] = nil } } }
        try await storage.sync(entries.values.filter { !$0.isSynced }.compactMap(\.entry.key))
        try await complete(entries.values.map(\.entry))
    }

    private func complete(_ entries: [OutboxEntry]) async throws {
        try await observer.reached(.before, .completeOutbox)
        for blob in try await database.completeOutbox(entries, now: clock.now()) { removal.warnOfLate(blob) }
        try await observer.reached(.after, .completeOutbox)
    }
}

extension OutboxEntry {
    /// The manifest to write; nil for other tasks.
    fileprivate var manifest: NewObject? {
        guard case .writeManifest(let key, let text) = task else { return nil }
        return NewObject(ByteBuffer(string: text), at: key)
    }

    /// What is to be durable under which key; nil for a removal.
    fileprivate var key: StorageKey? {
        switch task {
        case .writeManifest(let key, _): key
        case .keepBlob(let blob): .blob(blob)
        case .removeBlob: nil
        }
    }
}
