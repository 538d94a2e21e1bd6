import LocalFiles
import Logging
public import NIOCore
import PackagingStandards

/// An upstream's file that is available and not cached yet: nothing is requested before one of these methods is called.
public struct OfferedFile: Sendable {
    let fetching: Fetching
    let remote: RemoteFile

    /// Returns the bytes of the file, or nil if the upstream does not state them.
    ///
    /// Throws `.unavailable` if the upstream fails, `.notFound` if it does not have the file any more, `.blocked` if it
    /// is larger than the policies allow.
    public func size() async throws -> Int64? {
        if let size = knownSize {
            try fetching.requireSize(size, of: remote)
            return size
        }
        let asked = try await asking { try await $0.size(of: remote.file.url) }
        guard let asked else { return nil }
        // A digest identifies the bytes, and so their size.
        if remote.expectedSHA256 != nil { fetching.fetches.remember(asked, of: remote.file.url) }
        try fetching.requireSize(asked, of: remote)
        return asked
    }

    /// Returns the bytes of the file; fetches it if the upstream does not state them.
    ///
    /// Throws as `size()`.
    public func learnedSize() async throws -> Int64 {
        if let size = try await size() { return size }
        return try await reader().reader.wholeSize()
    }

    /// Fetches and caches the file, and waits for the end of both.
    ///
    /// Throws as `size()`; a failure to cache it is only logged.
    public func keep() async throws {
        try await fetching.fetch(remote)
    }

    /// Returns all of the file, which is fetched and cached even if the caller leaves.
    ///
    /// Waits until the first bytes may be sent. Throws as `size()`.
    public func whole() async throws -> FileStream {
        let (reader, isFirst) = try reader()
        fetching.metrics.files.increment(isFirst ? .miss : .hit)
        let size = try await reader.start()
        return FileStream(size: size, source: .fetch(reader), saved: isFirst ? nil : fetching.metrics.bytesSaved)
    }

    /// Returns a part of the file, or nil if the upstream serves no parts: from the running fetch if the bytes are
    /// there, else from the upstream, and then nothing of it is cached.
    ///
    /// Throws as `size()`.
    public func part(_ range: Range<Int64>) async throws -> FileStream? {
        if let reader = fetching.fetches.running(remote)?.reader(of: range) {
            fetching.metrics.files.increment(.hit)
            return FileStream(size: knownSize, source: .fetch(reader), saved: fetching.metrics.bytesSaved)
        }
        let file = try await asking { try await $0.open(remote.file.url, range: .bytes(range)) }
        guard let given = file.range else { return nil }
        if let size = file.size { try fetching.requireSize(size, of: remote) }
        guard given == range else {
            throw RegistryError(
                .unavailable,
                "The upstream \(remote.upstream.id) gave another part of \(remote.name.filename) than was asked for.")
        }
        fetching.metrics.files.increment(.miss)
        return FileStream(
            size: file.size,
            source: .upstream(file.body, count: Int64(range.count), fetched: fetching.metrics.bytesFetched), saved: nil)
    }

    /// Bytes; nil if unknown without a request.
    var knownSize: Int64? {
        fetching.fetches.running(remote)?.size ?? remote.knownSize
            ?? fetching.fetches.size(of: remote.file.url)
    }

    private func reader() throws -> (reader: FetchReader, isFirst: Bool) {
        try fetching.fetches.reader(of: remote, spool: fetching.spool) { [fetching] fetch in
            await fetching.run(fetch)
        }
    }

    private func asking<Answer: Sendable>(_ ask: (any Upstream) async throws -> Answer) async throws -> Answer {
        do {
            return try await ask(remote.upstream)
        } catch let error as UpstreamError {
            let upstream = remote.upstream.id
            fetching.logger.notice(
                "an upstream failed to answer for a file",
                metadata: ["upstream": "\(upstream)", "file": "\(remote.name.filename)", "error": "\(error)"])
            throw RegistryError(error, opening: remote.name.filename)
        }
    }
}

/// The bytes of a file as they come in; they can be read once.
public struct FileStream: Sendable {
    enum Source: Sendable {
        case fetch(FetchReader)
        case upstream(any AsyncSequence<ByteBuffer, any Error> & Sendable, count: Int64, fetched: RegistryMetrics.Total)
    }

    /// Bytes of the whole file; nil if unknown.
    public let size: Int64?
    let source: Source
    /// Counts the bytes that no upstream had to send for this reader.
    let saved: RegistryMetrics.Total?

    /// Hands out one block after the other, each when the last one was taken, so that at most one is in memory.
    ///
    /// - Parameters:
    ///   - blockSize: Returns the most bytes of the next block; asked before each.
    ///   - take: Takes a block.
    /// - Throws: What `take` does, and another error than a `RegistryError` if the bytes end before their time; the log
    ///   already says why.
    public func forEachBlock(upTo blockSize: () -> Int, _ take: (ByteBuffer) async throws -> Void) async throws {
        switch source {
        case .fetch(let reader):
            while let block = try await reader.next(upTo: blockSize()) {
                try await take(block)
                saved?.add(Int64(block.readableBytes))
            }
        case .upstream(let body, let count, let fetched):
            try await Self.hand(body, count, fetched, upTo: blockSize, take)
        }
    }

    private static func hand<Body: AsyncSequence<ByteBuffer, any Error>>(
        _ body: Body, _ count: Int64, _ fetched: RegistryMetrics.Total, upTo blockSize: () -> Int,
        _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        var rest = count
        for try await var chunk in body {
            rest -= Int64(chunk.readableBytes)
            guard rest >= 0 else { throw BrokenFetch() }
            fetched.add(Int64(chunk.readableBytes))
            while chunk.readableBytes > 0,
                let block = chunk.readSlice(length: min(max(1, blockSize()), chunk.readableBytes))
            {
                try await take(block)
            }
        }
        guard rest == 0 else { throw BrokenFetch() }
    }
}
