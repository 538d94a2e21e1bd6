/// Where lines of the audit are passed on to, besides the database.
public protocol AuditReceiver: Sendable {
    /// The name under which the database notes how far it has come.
    var name: String { get }

    /// Takes lines, in order. If it throws, the same lines come again.
    func take(_ lines: [AuditLine]) async throws
}

/// Passes the lines of the audit on: in order, each at least once, also those of the time in which a receiver was away.
public struct AuditDelivery: Sendable {
    let database: any AuditDatabase
    let clock: WallClock

    /// The most lines that a receiver takes at once.
    static let batch = 200

    /// Gives a receiver all lines that it has not taken. Throws what the receiver does; the rest stays for the next time.
    public func deliver(to receiver: any AuditReceiver) async throws {
        while true {
            let lines = try await database.claimAudit(for: receiver.name, limit: Self.batch, now: clock.now())
            guard let last = lines.last else { return }
            do {
                try await receiver.take(lines)
            } catch {
                // Another process need not wait for the end of the claim.
                try await database.completeAudit(for: receiver.name, through: nil)
                throw error
            }
            try await database.completeAudit(for: receiver.name, through: last.id)
        }
    }
}
