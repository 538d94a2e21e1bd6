import AsyncHTTPClient
import NIOCore
import PackagingStandards
import Registry
import Synchronization

/// The body of an answer, read chunk by chunk as fast as its reader asks; releasing it ends the transfer.
///
/// Only the silence of the upstream counts as idle time, not that of the reader.
final class ResponseBody: Sendable {
    /// The iterator of AsyncHTTPClient, which no two tasks may use at once.
    ///
    /// `@unchecked Sendable`: `ResponseBody` hands it to one task at a time (`State.isReading`), and to none after a
    /// failure, so the task of an abandoned call is the last to use it.
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

    /// The number of bytes that the head states, or nil if it states none.
    let length: Int64?
    private let address: WebAddress
    private let texts: FailureTexts
    private let eventLoop: any EventLoop
    private let count: @Sendable (Int) -> Void
    private let state: Mutex<State>
    /// Keeps the client alive while its connection is read, and counts the request.
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

    /// Returns the next bytes, or nil at the end and after an error. Throws `UpstreamError` or `CancellationError`.
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

    /// Reads a short body to its end, so that its connection can be used again; cuts off a longer one.
    func discard() async {
        var rest = 64 * 1024
        if let length, length > rest { return cut() }
        while rest > 0, let chunk = try? await next(within: .seconds(2)) {
            rest -= chunk.readableBytes
        }
        cut()
    }

    /// Cuts the rest off.
    func cut() {
        let source = state.withLock { state -> Source? in
            defer { state.source = nil }
            return state.source
        }
        withExtendedLifetime(source) {}
        endLease()
    }

    private func endLease() {
        // Released outside the lock.
        let lease = lease.withLock { lease in
            defer { lease = nil }
            return lease
        }
        withExtendedLifetime(lease) {}
    }
}

/// The body of a file: the bytes as they come in, and an error if they are not as many as stated.
struct FileBody: AsyncSequence, Sendable {
    let body: ResponseBody
    /// The number of bytes that must come in, or nil if it is unknown.
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
