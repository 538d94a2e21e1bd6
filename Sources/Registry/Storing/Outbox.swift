import NIOCore

/// Lets one caller at a time carry the outbox out, while others wait for their turn.
private actor Turns {
    private var last: Task<Void, any Error>?

    /// Runs `work` after all that was asked for before it.
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

/// What committed transactions promised to do in storage.
public final class Outbox: Sendable {
    private let database: any Database
    private let storage: any Storage
    private let observer: PublishObserver
    private let turns = Turns()

    init(database: any Database, storage: any Storage, observer: PublishObserver) {
        self.database = database
        self.storage = storage
        self.observer = observer
    }

    /// Carries out all that is promised.
    ///
    /// Every entry is safe to carry out again, so that a crash in between costs nothing.
    public func flush() async throws {
        try await turns.run { [self] in
            while true {
                let entries = try await database.outbox(limit: 200)
                guard !entries.isEmpty else { return }
                try await observer.reached(.before, .writeManifests)
                for entry in entries { try await carryOut(entry.task) }
                try await observer.reached(.after, .writeManifests)
                try await observer.reached(.before, .completeOutbox)
                try await database.completeOutbox(entries.map(\.id))
                try await observer.reached(.after, .completeOutbox)
            }
        }
    }

    private func carryOut(_ task: OutboxEntry.Task) async throws {
        switch task {
        case .writeManifest(let key, let text): try await storage.put(ByteBuffer(string: text), at: key)
        case .removeBlob(let blob): try await storage.remove(.blob(blob))
        }
    }
}
