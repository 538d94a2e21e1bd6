import NIOCore
import NIOPosix
import PackagingStandards
import Synchronization

/// Finds the addresses of hosts off the event loops, and remembers them for a short while.
///
/// However many ask for a host at once, the system is asked once.
final class AddressResolver: Sendable {
    private struct Entry {
        let search: Task<[IPAddress], any Error>
        let goodUntil: ContinuousClock.Instant
    }

    /// How long an answer is used. Short: the addresses of large hosts change by the minute.
    private static let lifetime = Duration.seconds(30)
    /// How many hosts are remembered; beyond them all are forgotten, since they come from pages.
    private static let capacity = 256

    private let lookUp: @Sendable (String) throws -> [IPAddress]
    private let threads: NIOThreadPool
    private let now: @Sendable () -> ContinuousClock.Instant
    private let entries = Mutex<[String: Entry]>([:])

    init(
        threads: NIOThreadPool, now: @escaping @Sendable () -> ContinuousClock.Instant,
        lookUp: @escaping @Sendable (String) throws -> [IPAddress]
    ) {
        self.lookUp = lookUp
        self.threads = threads
        self.now = now
    }

    /// The addresses of a host, in the order in which they should be tried. Throws `TimeLimitExceeded`, or what the
    /// system says.
    func addresses(of host: String, within limit: Duration, on eventLoop: any EventLoop) async throws -> [IPAddress] {
        let search = search(for: host)
        do {
            return try await withTimeLimit(limit, on: eventLoop) { try await search.value }
        } catch {
            // A failure is not remembered, nor a search that hangs.
            entries.withLock { entries in
                if entries[host]?.search == search { entries[host] = nil }
            }
            throw error
        }
    }

    private func search(for host: String) -> Task<[IPAddress], any Error> {
        let moment = now()
        return entries.withLock { entries in
            if let entry = entries[host], entry.goodUntil > moment { return entry.search }
            if entries.count >= Self.capacity { entries = [:] }
            let search = Task { [threads, lookUp] in try await threads.runIfActive { try lookUp(host) } }
            entries[host] = Entry(search: search, goodUntil: moment + Self.lifetime)
            return search
        }
    }
}
