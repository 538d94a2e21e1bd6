import Hummingbird
import NIOCore
import Registry
import Synchronization

/// Watches a request's body while it comes in, and ends one that stalls, trickles or takes too long.
final class BodyProgress: Sendable {
    /// The fewest bytes a second, on average, of a body that takes longer than the idle time.
    static let slowestRate = 256

    private let bytes = Atomic<Int>(0)

    private var total: Int { bytes.load(ordering: .relaxed) }

    /// Counts bytes that have come in.
    func received(_ count: Int) {
        bytes.add(count, ordering: .relaxed)
    }

    /// Runs `work`; throws `.requestTimeout` if nothing comes in for `idle`, if bytes come in at less than `slowestRate`,
    /// or if it takes longer than `longest`.
    func watch<Value: Sendable>(
        idle: Duration, longest: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await self.waitForStall(idle: idle, longest: longest)
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else {
                throw RegistryError(
                    .requestTimeout, "The request came in too slowly or stopped; nothing was kept. Try again.")
            }
            return value
        }
    }

    private func waitForStall(idle: Duration, longest: Duration) async throws {
        let start = ContinuousClock.now
        var lastTotal = 0
        var lastChange = start
        while true {
            try await Task.sleep(for: min(idle / 4, .seconds(1)))
            let now = ContinuousClock.now
            if total != lastTotal {
                lastTotal = total
                lastChange = now
            }
            let elapsed = now - start
            let trickles = elapsed > idle && lastTotal < Int(elapsed.components.seconds) * Self.slowestRate
            if now - lastChange > idle || elapsed > longest || trickles { return }
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
