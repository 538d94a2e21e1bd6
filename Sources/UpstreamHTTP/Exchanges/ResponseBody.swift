import AsyncHTTPClient
import NIOCore
import PackagingStandards
import Registry
import Synchronization

/// The body of an answer, read a chunk at a time and only as fast as it is asked for; dropped, it ends the transfer.
///
/// Only the upstream's own silence counts against the idle time, not the reader's.
final class ResponseBody: Sendable {
    /// The iterator of AsyncHTTPClient, which no two tasks may use at once.
    ///
    /// `@unchecked Sendable`: `ResponseBody` hands it to one task at a time (`State.isReading`), and to none after a
    /// failure, so the task of a call that was given up is the last to touch it.
    private final class Source: @unchecked Sendable {
        private var iterator: HTTPClientResponse.Body.AsyncIterator

        init(_ body: HTTPClientResponse.Body) {
            iterator = body.makeAsyncIterator()
        }

        func next() async throws -> ByteBuffer? {
            try await iterator.next()
        }
    }

    private struct State {
        var source: Source?
        var isReading = false
    }

    /// Bytes that the head told; nil if it did not.
    let length: Int64?
    private let address: WebAddress
    private let texts: FailureTexts
    private let eventLoop: any EventLoop
    private let count: @Sendable (Int) -> Void
    private let state: Mutex<State>
    // Keeps the client alive as long as its connection is read, and counts the request.
    private let lease: Mutex<PooledClient.Lease?>

    init(
        _ body: HTTPClientResponse.Body, length: Int64?, address: WebAddress, lease: PooledClient.Lease,
        texts: FailureTexts, eventLoop: any EventLoop, count: @escaping @Sendable (Int) -> Void
    ) {
        self.length = length
        self.address = address
        self.lease = Mutex(lease)
        self.texts = texts
        self.eventLoop = eventLoop
        self.count = count
        state = Mutex(State(source: Source(body)))
    }

    /// The next bytes, nil at the end. Throws `UpstreamError`, or `CancellationError`; after that there is nothing more.
    func next(within limit: Duration? = nil) async throws -> ByteBuffer? {
        let source = state.withLock { state -> Source? in
            guard !state.isReading else { return nil }
            state.isReading = true
            return state.source
        }
        guard let source else { return nil }
        do {
            let idleTimeout = texts.idleTimeout
            let chunk = try await withTimeLimit(min(limit ?? idleTimeout, idleTimeout), on: eventLoop) {
                try await source.next()
            }
            state.withLock { state in
                state.isReading = false
                if chunk == nil { state.source = nil }
            }
            if chunk == nil { endLease() }
            if let chunk { count(chunk.readableBytes) }
            return chunk
        } catch {
            state.withLock { $0.source = nil }
            throw texts.withinBody(error, of: address)
        }
    }

    /// Reads a short body to its end, so that its connection can be used again; gives a longer one up.
    func discard() async {
        var rest = 64 * 1024
        if let length, length > rest { return cut() }
        while rest > 0, let chunk = try? await next(within: .seconds(2)) {
            rest -= chunk.readableBytes
        }
        cut()
    }

    /// Gives the rest up.
    func cut() {
        let source = state.withLock { state -> Source? in
            defer { state.source = nil }
            return state.source
        }
        withExtendedLifetime(source) {}
        endLease()
    }

    private func endLease() {
        // Let go of outside the lock.
        let lease = lease.withLock { lease in
            defer { lease = nil }
            return lease
        }
        withExtendedLifetime(lease) {}
    }
}

/// A file's body: the bytes as they come, and an error where they are not as many as were told.
struct FileBody: AsyncSequence, Sendable {
    let body: ResponseBody
    /// Bytes that must come; nil if nobody told.
    let expected: Int64?
    let truncated: UpstreamError

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let body: ResponseBody
        fileprivate let truncated: UpstreamError
        fileprivate var missing: Int64?

        mutating func next() async throws -> ByteBuffer? {
            guard let chunk = try await body.next() else {
                guard let missing, missing != 0 else { return nil }
                self.missing = 0
                throw truncated
            }
            guard let missing else { return chunk }
            guard chunk.readableBytes <= missing else {
                body.cut()
                self.missing = 0
                throw truncated
            }
            self.missing = missing - Int64(chunk.readableBytes)
            return chunk
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: body, truncated: truncated, missing: expected)
    }
}
