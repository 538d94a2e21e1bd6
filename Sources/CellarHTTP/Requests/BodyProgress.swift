import Hummingbird
import LocalFiles
import NIOCore
import Registry
import Synchronization

/// Watches a request's body while it comes in, and ends one that stalls, trickles or takes too long.
final class BodyProgress: Sendable {
    /// The fewest bytes a second, on average, of a body that takes longer than the idle time.
    static let slowestRate = 256

    private let bytes = Atomic<Int>(0)
    private let isStalled = Atomic<Bool>(false)

    fileprivate var total: Int { bytes.load(ordering: .relaxed) }

    /// Counts bytes that have come in.
    func received(_ count: Int) {
        bytes.add(count, ordering: .relaxed)
    }

    /// Ends the body's work.
    fileprivate func stall(_ cancel: () -> Void) {
        isStalled.store(true, ordering: .releasing)
        cancel()
    }

    /// Runs `work`; throws `.requestTimeout` if nothing comes in for `idle`, if bytes come in at less than `slowestRate`,
    /// or if it takes longer than `longest`.
    func watch<Value: Sendable>(
        idle: Duration, longest: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // What has come in already is read at once, on this thread.
        let task = Task.immediate(executorPreference: BlockingThreads.current) { try await work() }
        let watched = WatchedBodies.add(self, idle: idle, longest: longest, cancel: task.cancel)
        defer { WatchedBodies.remove(watched) }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        guard !isStalled.load(ordering: .acquiring) else {
            throw RegistryError(
                .requestTimeout, "The request came in too slowly or stopped; nothing was kept. Try again.")
        }
        return try result.get()
    }
}

/// All bodies that come in, which one task for each interval looks at: to be watched costs a body next to nothing.
private enum WatchedBodies {
    /// A body, and when something of it last came in.
    struct Watched {
        let progress: BodyProgress
        let idle: Duration
        let longest: Duration
        let cancel: @Sendable () -> Void
        let start = ContinuousClock.now
        var lastTotal = 0
        var lastChange = ContinuousClock.now

        /// Notes what has come in. Returns whether the body stalls, trickles or takes too long.
        mutating func isStalled(at now: ContinuousClock.Instant) -> Bool {
            if progress.total != lastTotal {
                lastTotal = progress.total
                lastChange = now
            }
            let elapsed = now - start
            let trickles =
                elapsed > idle && lastTotal < Int(elapsed.components.seconds) * BodyProgress.slowestRate
            return now - lastChange > idle || elapsed > longest || trickles
        }
    }

    /// What a body is found by.
    struct Place {
        let interval: Duration
        let number: Int
    }

    private struct State {
        var next = 0
        /// By the interval at which they are looked at; an interval without a task has no entry.
        var bodies: [Duration: [Int: Watched]] = [:]
    }

    private static let state = Mutex(State())

    static func add(
        _ progress: BodyProgress, idle: Duration, longest: Duration, cancel: @escaping @Sendable () -> Void
    ) -> Place {
        let interval = min(idle / 4, .seconds(1))
        let watched = Watched(progress: progress, idle: idle, longest: longest, cancel: cancel)
        let (place, isFirst) = state.withLock { state in
            state.next += 1
            let isFirst = state.bodies[interval] == nil
            state.bodies[interval, default: [:]][state.next] = watched
            return (Place(interval: interval, number: state.next), isFirst)
        }
        if isFirst { Task { await watch(every: interval) } }
        return place
    }

    static func remove(_ place: Place) {
        state.withLock { $0.bodies[place.interval]?[place.number] = nil }
    }

    /// Looks at the bodies of an interval until there are none.
    private static func watch(every interval: Duration) async {
        while true {
            try? await Task.sleep(for: interval)
            let now = ContinuousClock.now
            let stalled: [Watched]? = state.withLock { state in
                guard var bodies = state.bodies[interval], !bodies.isEmpty else {
                    state.bodies[interval] = nil
                    return nil
                }
                var stalled: [Watched] = []
                for number in bodies.keys where bodies[number]?.isStalled(at: now) == true {
                    stalled += bodies.removeValue(forKey: number).map { [$0] } ?? []
                }
                state.bodies[interval] = bodies
                return stalled
            }
            guard let stalled else { return }
            for body in stalled { body.progress.stall(body.cancel) }
        }
    }
}

/// Tells the handlers of a connection that a route is about to read the body: the client may send it.
struct BodyInvitation: Sendable {}

extension CellarRequestContext {
    /// Invites a client that waits (`Expect: 100-continue`, RFC 9110 §10.1.1) to send the body.
    ///
    /// Call it just before the body is read, after everything that can be refused without it.
    func inviteBody() {
        channel.triggerUserOutboundEvent(BodyInvitation(), promise: nil)
    }
}

extension Request {
    /// Returns a whole body of `limit` bytes at most, which may not pause for `idle` nor take longer than `longest`.
    ///
    /// Throws `RegistryError` `.tooLarge` or `.requestTimeout`, and what the connection throws.
    func smallBody(
        limit: Int, idle: Duration, longest: Duration, _ context: CellarRequestContext
    ) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        context.inviteBody()
        let progress = BodyProgress()
        return try await progress.watch(idle: idle, longest: longest) { [body] in
            var collected = ByteBuffer()
            for try await chunk in body {
                progress.received(chunk.readableBytes)
                guard collected.readableBytes + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
                collected.writeImmutableBuffer(chunk)
            }
            try Task.checkCancellation()
            return collected
        }
    }

    private static func tooLarge(_ limit: Int) -> RegistryError {
        RegistryError(.tooLarge, "The request's body is larger than \(limit) bytes.")
    }
}
