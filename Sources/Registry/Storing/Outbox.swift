import NIOCore

/// Lets one caller at a time carry out the outbox.
private actor Turns {
    private var last: Task<Void, any Error>?

    /// Runs `work` after all work of earlier calls.
    func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let previous = last
        let task = Task {
            _ = await previous?.result
            try await work()
        }
        last = task
        try await task.value
    }
}

/// Carries out what committed transactions promised to do in storage.
public final class Outbox: Sendable {
    private let database: any OutboxDatabase
    private let storage: any Storage
    private let removal: BlobRemoval
    private let observer: PublishObserver
    private let clock: WallClock
    private let turns = Turns()

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
        try await turns.run { [self] in
            while true {
                let entries = try await database.claimOutbox(limit: 200, now: clock.now())
                guard !entries.isEmpty else { return }
                try await observer.reached(.before, .writeManifests)
                var done: [OutboxEntry] = []
                for entry in entries where try await carryOut(entry) { done.append(entry) }
                try await observer.reached(.after, .writeManifests)
                try await observer.reached(.before, .completeOutbox)
                for blob in try await database.completeOutbox(done, now: clock.now()) { removal.warnOfLate(blob) }
                try await observer.reached(.after, .completeOutbox)
            }
        }
    }

    /// Carries out one entry. Returns false if it must not be carried out, or not by this process.
    private func carryOut(_ entry: OutboxEntry) async throws -> Bool {
        switch entry.task {
        case .writeManifest(let key, let text):
            try await storage.put(ByteBuffer(string: text), at: key)
            return true
        case .removeBlob(let blob):
            return try await removal.remove(blob, promisedBy: entry)
        }
    }
}
