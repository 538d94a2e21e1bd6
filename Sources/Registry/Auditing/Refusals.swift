import PackagingStandards
import Synchronization

/// Counts refused changes and logins for the audit: a line for each kind, source and minute, and a bounded number of
/// lines a minute, so that nobody can fill the disk by being refused.
public final class Refusals: Sendable {
    /// What was refused.
    public enum Kind: String, Sendable, Hashable {
        /// A login: the credentials are wrong.
        case login = "login.refuse"
        /// A change that the caller may not make.
        case change = "change.refuse"
    }

    private struct Key: Hashable {
        let kind: Kind
        /// Nil for an anonymous caller, and for those without names of their own here.
        let actor: String?
        let subject: String
        let reason: String
        let address: String?
        /// Whether it stands for all that came after the room for others of its class was full.
        var isRest = false

        /// Those of one class hide none of another: guessed logins, changes by strangers, changes by people.
        var isOfPeople: Bool { kind == .change && actor != nil }

        func isOfClass(of other: Key) -> Bool { kind == other.kind && isOfPeople == other.isOfPeople }
    }

    private struct Count {
        var first: Timestamp
        var count: Int64
    }

    private let database: any AuditDatabase
    private let clock: WallClock
    private let capacity: Int
    private let counts = Mutex<[Key: Count]>([:])

    /// Makes a counter.
    ///
    /// - Parameters:
    ///   - database: Where the lines are added.
    ///   - clock: The time.
    ///   - capacity: The most lines of one class between two flushes; what comes from more sources is counted without
    ///     names.
    init(database: any AuditDatabase, clock: WallClock, capacity: Int = 32) {
        self.database = database
        self.clock = clock
        self.capacity = capacity
    }

    /// Does what lets somebody in who proves their identity, and counts it if they are refused.
    ///
    /// - Parameters:
    ///   - way: How they try it, as `identity token`.
    ///   - body: What is done. Its origin is that of the current task.
    /// - Returns: What it returns.
    /// - Throws: What it throws.
    func watching<Value>(_ way: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RegistryError where Self.refusing.contains(error.code) {
            note(.login, by: nil, way, because: error.code.rawValue, from: ChangeOrigin.current.address)
            throw error
        }
    }

    private static let refusing: Set<RegistryError.Code> = [.wrongCredentials, .forbidden, .alreadyExists]

    /// Counts a refused request. Never blocks.
    ///
    /// - Parameters:
    ///   - kind: What was refused.
    ///   - actor: Who sent it, or said so; nil for an anonymous caller.
    ///   - subject: The method and the kind of address.
    ///   - reason: Why, in few words.
    ///   - address: The IP address that it came from.
    public func note(_ kind: Kind, by actor: String?, _ subject: String, because reason: String, from address: String?)
    {
        let now = clock.now()
        counts.withLock { counts in
            var key = Key(kind: kind, actor: actor, subject: subject, reason: reason, address: address)
            if counts[key] == nil, counts.keys.count(where: { $0.isOfClass(of: key) }) >= capacity {
                key = Key(
                    kind: kind, actor: actor.map { _ in "(many)" }, subject: "(many)", reason: "(many)", address: nil,
                    isRest: true)
            }
            counts[key, default: Count(first: now, count: 0)].count += 1
        }
    }

    /// Adds what was counted to the audit; what cannot be added is kept for the next time.
    public func flush() async throws {
        let taken = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        guard !taken.isEmpty else { return }
        do {
            try await database.record(
                taken.map { key, count in
                    RefusedRequests(
                        at: count.first, actor: key.actor ?? (key.isRest ? "(many)" : "anonymous"),
                        action: key.kind.rawValue, subject: key.subject,
                        detail: key.reason, address: key.address, count: count.count)
                }
                .sorted { ($0.at, $0.actor, $0.subject) < ($1.at, $1.actor, $1.subject) })
        } catch {
            counts.withLock { counts in
                counts.merge(taken) { Count(first: min($0.first, $1.first), count: $0.count + $1.count) }
            }
            throw error
        }
    }
}
