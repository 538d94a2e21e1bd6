import LocalFiles
import Logging
public import NIOCore
import PackagingStandards

/// A file of an upstream that is available and is not kept yet: nothing is asked for it before one of these methods is
/// called.
public struct OfferedFile: Sendable {
    let fetching: Fetching
    let remote: RemoteFile

    /// Bytes; nil if the upstream does not tell.
    ///
    /// Throws `.unavailable` if the upstream fails, `.notFound` if it does not have the file any more, `.blocked`
    /// where it is larger than policies let in.
    public func size() async throws -> Int64? {
        if let size = knownSize {
            try fetching.requireSize(size, of: remote)
            return size
        }
        let asked = try await asking { try await $0.size(of: remote.file.url) }
        guard let asked else { return nil }
        // A digest says which bytes are meant, and they have one size.
        if remote.expectedSHA256 != nil { fetching.fetches.remember(asked, of: remote.file.url) }
        try fetching.requireSize(asked, of: remote)
        return asked
    }

    /// Bytes; where the upstream does not tell, the file is fetched to see.
    ///
    /// Throws as `size()`.
    public func learnedSize() async throws -> Int64 {
        if let size = try await size() { return size }
        return try await reader().reader.wholeSize()
    }

    /// Fetches the file and keeps it, and waits for the end of both.
    ///
    /// Throws as `size()`; that it could not be kept is logged only.
    public func keep() async throws {
        try await fetching.fetch(remote)
    }

    /// All of the file, which is fetched and kept, also where the one who asks leaves.
    ///
    /// Waits until the first bytes may be sent. Throws as `size()`.
    public func whole() async throws -> FileStream {
        let (reader, isFirst) = try reader()
        fetching.metrics.files.increment(isFirst ? .miss : .hit)
        let size = try await reader.start()
        return FileStream(size: size, source: .fetch(reader), saved: isFirst ? nil : fetching.metrics.bytesSaved)
    }

    /// A part of the file: from the fetch that runs, where the bytes are there, else from the upstream, and then nothing
    /// is kept of it. Nil if the upstream serves no parts.
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

    /// Bytes, where that is known without asking.
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

/// Bytes of a file that come in bit by bit; they are read once.
public struct FileStream: Sendable {
    enum Source: Sendable {
        case fetch(FetchReader)
        case upstream(any AsyncSequence<ByteBuffer, any Error> & Sendable, count: Int64, fetched: RegistryMetrics.Total)
    }

    /// Bytes of the whole file; nil if that is not known.
    public let size: Int64?
    let source: Source
    /// Where bytes are counted that no upstream had to send for this reader.
    let saved: RegistryMetrics.Total?

    /// Hands out block after block, each when the last one was taken, so that no more than one is in memory.
    ///
    /// Throws what `take` does, and another error than a `RegistryError` where the bytes end before their time: the log
    /// has been told why.
    public func forEachBlock(_ take: (ByteBuffer) async throws -> Void) async throws {
        switch source {
        case .fetch(let reader):
            while let block = try await reader.next() {
                try await take(block)
                saved?.add(Int64(block.readableBytes))
            }
        case .upstream(let body, let count, let fetched):
            try await Self.hand(body, count, fetched, take)
        }
    }

    private static func hand<Body: AsyncSequence<ByteBuffer, any Error>>(
        _ body: Body, _ count: Int64, _ fetched: RegistryMetrics.Total, _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        var rest = count
        for try await block in body {
            rest -= Int64(block.readableBytes)
            guard rest >= 0 else { throw BrokenFetch() }
            fetched.add(Int64(block.readableBytes))
            try await take(block)
        }
        guard rest == 0 else { throw BrokenFetch() }
    }
}
