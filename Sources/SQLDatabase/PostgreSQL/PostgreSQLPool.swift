import Glibc
import Logging
import Registry
import Synchronization

/// The connections that nobody uses, and when to try again to make one. Its callers may block; there are never more of
/// them than there may be connections.
final class PostgreSQLPool: Sendable {
    /// A connection, which one caller at a time has: it is taken out of the list, and put back.
    struct Lent: @unchecked Sendable {
        let connection: PostgreSQLConnection
    }

    private struct Idle {
        let lent: Lent
        let since: ContinuousClock.Instant
    }

    private struct State {
        /// The one that was used last is at the end.
        var idle: [Idle] = []
        var isClosed = false
        /// How many attempts to connect have failed since the last that did not.
        var failures = 0
        var notBefore = ContinuousClock.now
    }

    /// After this time without use the server is asked for a sign of life first.
    private static let doubted = Duration.seconds(30)
    /// After this time without use a connection is closed.
    private static let useless = Duration.seconds(300)

    private let address: PostgreSQLAddress
    private let logger: Logger
    private let state = Mutex(State())

    init(_ address: PostgreSQLAddress, logger: Logger) {
        self.address = address
        self.logger = logger
    }

    /// Returns a connection that works, as far as is known. Waits for one until a deadline.
    func take(before deadline: ContinuousClock.Instant) throws -> Lent {
        while let idle = state.withLock({ $0.idle.popLast() }) {
            guard idle.lent.connection.isUsable() else { continue }
            if idle.since.duration(to: .now) < Self.doubted || idle.lent.connection.ping() { return idle.lent }
        }
        while true {
            let notBefore = try state.withLock { state in
                guard !state.isClosed else { throw Self.closed }
                return state.notBefore
            }
            let wait = ContinuousClock.now.duration(to: notBefore)
            if wait > .zero {
                guard notBefore < deadline else {
                    throw PostgreSQLFailure(
                        sqlState: nil, text: "the last attempts to connect have failed", isLost: true)
                }
                usleep(
                    UInt32(
                        clamping: wait.components.attoseconds / 1_000_000_000_000 + wait.components.seconds * 1_000_000)
                )
            }
            do {
                let lent = Lent(connection: try PostgreSQLConnection(address))
                if state.withLock({ state in
                    defer { state.failures = 0 }
                    return state.failures > 0
                }) {
                    logger.notice("the database can be reached again", metadata: ["database": "\(address.place)"])
                }
                return lent
            } catch let failure as PostgreSQLFailure {
                try noteFailure(failure, deadline)
            }
        }
    }

    /// Delays the next attempt: 0.1 s, and twice as long after each failure, up to 5 s.
    private func noteFailure(_ failure: PostgreSQLFailure, _ deadline: ContinuousClock.Instant) throws {
        let next = state.withLock { state in
            state.failures = min(state.failures + 1, 8)
            let longest = min(5000, 50 << state.failures)
            state.notBefore = .now + .milliseconds(Int.random(in: longest / 2...longest))
            return (at: state.notBefore, isFirst: state.failures == 1)
        }
        if next.isFirst {
            logger.warning(
                "the database cannot be reached",
                metadata: ["database": "\(address.place)", "error": "\(failure)"])
        }
        guard failure.mayPass, next.at < deadline else { throw failure }
    }

    /// Gives a connection back, whatever its transaction came to.
    func put(_ lent: Lent) {
        // What is returned from the lock is closed outside of it: that is sent to the server.
        _ = state.withLock { state -> [Idle] in
            guard !state.isClosed else { return [] }
            let oldest = ContinuousClock.now - Self.useless
            let useless = Array(state.idle.prefix { $0.since < oldest })
            state.idle.removeFirst(useless.count)
            state.idle.append(Idle(lent: lent, since: .now))
            return useless
        }
    }

    /// Closes all connections that nobody uses, and those that are given back later.
    func close() {
        _ = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
    }

    static let closed = RegistryError(.unavailable, "The database is being closed; try again in a few seconds.")
}

extension PostgreSQLFailure {
    /// Whether a failure to connect may pass by itself: the server is not there yet, or the network is not.
    fileprivate var mayPass: Bool {
        let text = text.lowercased()
        return [
            "connection refused", "starting up", "not yet accepting", "shutting down", "not translate host name",
            "timeout", "timed out",
            "closed the connection", "unreachable", "reset by peer", "too many", "remaining connection slots",
            "no such file",
        ].contains { text.contains($0) }
    }
}
