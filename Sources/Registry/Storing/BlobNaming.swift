import PackagingStandards

/// Stores bytes and then names them in the database, so that a concurrent sweep never leaves a name without bytes.
struct BlobNaming: Sendable {
    private static let attempts = 100
    private static let pause = Duration.milliseconds(100)

    let database: any RemovalDatabase
    let clock: WallClock

    /// Stores and names bytes, again and again while they are removed in between.
    ///
    /// - Parameters:
    ///   - known: The number of the last removal that had ended, if it was read before this call.
    ///   - store: Makes the bytes durable.
    ///   - commit: Names them, with the number of the last removal that ended before they were stored, and the moment
    ///     at which the storing began. Returns nil if they are being removed, or have been since.
    /// - Returns: What `commit` returned.
    /// - Throws: `.unavailable` if sweeps keep removing the bytes, and what the two throw.
    func name<Outcome: Sendable>(
        knowing known: Int64? = nil,
        storing store: () async throws -> Void,
        committing commit: (_ storedAfter: Int64, _ began: Timestamp) async throws -> Outcome?
    ) async throws -> Outcome {
        var known = known
        for _ in 1...Self.attempts {
            let removals = if let known { known } else { try await database.removals() }
            known = nil
            let began = clock.now()
            try await store()
            if let outcome = try await commit(removals, began) { return outcome }
            try await clock.sleep(Self.pause)
        }
        throw RegistryError(.unavailable, "A sweep is removing these very bytes; try again in a minute.")
    }
}
