import NIOCore
import Synchronization

/// Carries out what committed transactions promised to do in storage.
public final class Outbox: Sendable {
    private let database: any OutboxDatabase
    private let storage: any Storage
    private let removal: BlobRemoval
    private let observer: PublishObserver
    private let clock: WallClock
    private let rounds = SharedRead()
    private let completions = SharedRead()
    /// The manifests that are written and not yet removed from the outbox.
    private let written = Mutex<[Int64: OutboxEntry]>([:])
    private static let claimLimit = 200
    /// Whether the entries of written manifests will leave the outbox without anybody asking.
    private let isCompletionDue = Atomic<Bool>(false)
    /// How long the entries of written manifests stay in the outbox: each claim reads them again.
    private static let pause = Duration.milliseconds(100)

    init(
        database: any OutboxDatabase, storage: any Storage, removal: BlobRemoval, observer: PublishObserver,
        clock: WallClock
    ) {
        self.database = database
        self.storage = storage
        self.removal = removal
        self.observer = observer
        self.clock = clock
    }

    /// Carries out everything in the outbox.
    ///
    /// Every entry is safe to carry out again, so a crash in between loses nothing. What another process is removing
    /// right now is left to it.
    public func flush() async throws {
        try await carryOutAll()
        try await completions.wait { try await self.complete() }
    }

    /// Carries out everything in the outbox, and lets the entries of manifests leave it a little later, those of many
    /// publishes in one transaction. They are written, and to write them again after a crash does no harm.
    func writeManifests() async throws {
        try await carryOutAll()
        completeSoon()
    }

    /// Writes the manifests of entries that a transaction has just made, and lets the entries leave the outbox a little
    /// later.
    func write(_ entries: [OutboxEntry]) async throws {
        try await observer.reached(.before, .writeManifests)
        try await storage.put(entries.compactMap(\.manifest))
        note(entries)
        try await observer.reached(.after, .writeManifests)
        completeSoon()
    }

    private func note(_ entries: [OutboxEntry]) {
        written.withLock { written in
            for entry in entries where entry.manifest != nil { written[entry.id] = entry }
        }
    }

    private func completeSoon() {
        guard
            isCompletionDue.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        Task {
            try? await Task.sleep(for: Self.pause)
            isCompletionDue.store(false, ordering: .releasing)
            try? await completions.wait { try await self.complete() }
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
            note(entries)
            try await remove(entries)
            try await observer.reached(.after, .writeManifests)
        }
        guard claimed.count == Self.claimLimit else { return false }
        try await complete()
        return true
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

    /// Removes the manifests that are written from the outbox.
    private func complete() async throws {
        let entries = written.withLock { $0 }
        guard !entries.isEmpty else { return }
        // If this fails, they are written again.
        defer { written.withLock { written in for id in entries.keys { written[id] = nil } } }
        try await complete(Array(entries.values))
    }

    private func complete(_ entries: [OutboxEntry]) async throws {
        try await observer.reached(.before, .completeOutbox)
        for blob in try await database.completeOutbox(entries, now: clock.now()) { removal.warnOfLate(blob) }
        try await observer.reached(.after, .completeOutbox)
    }
}

extension OutboxEntry {
    /// The manifest to write; nil for a removal.
    fileprivate var manifest: NewObject? {
        guard case .writeManifest(let key, let text) = task else { return nil }
        return NewObject(ByteBuffer(string: text), at: key)
    }
}
