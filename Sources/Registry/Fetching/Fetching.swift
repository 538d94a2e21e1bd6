import LocalFiles
import Logging
import NIOCore
import PackagingStandards

/// Fetches files of upstreams: once for all who ask, to those who wait and into storage.
public final class Fetching: Sendable {
    private let permissions: Permissions
    private let database: any UpstreamDatabase
    private let keeping: Keeping
    private let flights: Flights
    let logger: Logger
    private let clock: WallClock
    let spool: Spool
    let metrics: RegistryMetrics
    let fetches: FileFetches

    init(
        permissions: Permissions, database: any UpstreamDatabase, keeping: Keeping, flights: Flights, spool: Spool,
        fetches: FileFetches, metrics: RegistryMetrics, clock: WallClock, logger: Logger
    ) {
        self.permissions = permissions
        self.database = database
        self.keeping = keeping
        self.flights = flights
        self.spool = spool
        self.fetches = fetches
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
    }

    /// The number of fetches that run or wait for their turn.
    public var count: Int { fetches.count }

    /// Returns whether a caller may make an index fetch an upstream's file.
    func mayFetch(_ remote: RemoteFile, _ caller: Caller) -> Bool {
        permissions.indexes[remote.index].map { permissions.may(.cacheUpdate, remote.project, in: $0, caller) } ?? false
    }

    /// Throws `.authenticationRequired` if an anonymous caller, who sees the file listed, must log in to download it.
    func requireFetch(of remote: RemoteFile, by caller: Caller) throws {
        _ = try permissions.settings(
            of: remote.index, for: caller, holding: .cacheUpdate, remote.project, to: "download files of upstreams")
    }

    /// Fetches and caches an upstream's file, unless that is under way already, and waits for the end.
    ///
    /// Throws why it could not be fetched; a failure to cache it is only logged.
    func fetch(_ remote: RemoteFile) async throws {
        do {
            // The reader is dropped first, so that nobody waits for it if the bytes cannot be spooled.
            let (reader, _) = try fetches.reader(of: remote, spool: spool) { [self] fetch in await run(fetch) }
            try await reader.verified()
        }
        await fetches.waitForEnd(of: HeldFileKey(remote))
    }

    /// Ends all fetches for the end of the server; no others are begun. Those that have received all bytes are cached
    /// first.
    public func stop() async {
        await fetches.stop()
    }

    /// Carries out a fetch, from the upstream's answer to the commit.
    func run(_ fetch: FileFetch) async {
        let remote = fetch.remote
        do {
            switch try await flights.turn(for: remote) {
            case .fetch(let lease):
                await flights.leases.keepingAlive(lease) { await fetchAndKeep(fetch) }
            case .kept(let location):
                try await read(location, into: fetch)
            }
        } catch {
            fail(fetch, error)
        }
    }

    /// Gives the readers of a fetch what another server has kept meanwhile.
    private func read(_ kept: FileLocation, into fetch: FileFetch) async throws {
        fetch.leaveQueue()
        fetch.begin(size: kept.size, into: try? spool.beginFile())
        try await flights.forEachBlock(of: kept, named: fetch.remote.name.filename) { block in
            try await fetch.append(block)
            if fetch.isRelayed { fetches.close(fetch) }
        }
        let digests = try await fetch.finishWriting().finalize()
        guard digests.sha256 == kept.sha256 else {
            throw DigestMismatch(expected: "\(kept.sha256)", found: "\(digests.sha256)")
        }
        fetch.release()
        fetch.takeFile()?.discard()
    }

    private func fetchAndKeep(_ fetch: FileFetch) async {
        let remote = fetch.remote
        do {
            try await fetches.slots.take()
            defer { fetches.slots.giveBack() }
            fetch.leaveQueue()
            let began = clock.now()
            let hasher = try await receive(fetch)
            let digests = hasher.finalize()
            try await verify(hasher, digests, size: fetch.received, of: remote)
            fetch.release()
            if let file = fetch.takeFile() {
                // In a task of its own: the end of the server waits for it, and does not cancel it.
                await Task { await keeping.keep(file, digests, of: remote, began: began) }.value
            } else {
                keeping.warnOfRelay(remote, cause: "no room in the spool folder")
            }
        } catch {
            fail(fetch, error)
        }
    }

    private func fail(_ fetch: FileFetch, _ error: any Error) {
        let remote = fetch.remote
        let error = fetch.isGivenUp ? AbandonedFetch() : error
        fetches.close(fetch)
        fetch.fail(RegistryError(fetching: remote.name.filename, from: remote.upstream.id, error))
        report(error, of: remote)
    }

    /// Opens the upstream's file and receives all of it.
    private func receive(_ fetch: FileFetch) async throws -> FetchHasher {
        let remote = fetch.remote
        let answer = try await remote.upstream.open(remote.file.url, range: nil)
        let size = try wholeSize(answer, of: remote)
        fetch.begin(size: size, into: try? spool.beginFile())
        do {
            try await pump(answer.body, into: fetch, from: 0)
        } catch let error as UpstreamError {
            guard let rest = try await rest(behind: error, of: fetch) else { throw error }
            try await pump(rest.body, into: fetch, from: fetch.received)
        }
        let hasher = try await fetch.finishWriting()
        guard size == nil || fetch.received == size else {
            throw UpstreamError(upstream: remote.upstream.id, .truncated, "The body ended before the file's end.")
        }
        return hasher
    }

    /// Returns the bytes of the whole file, by the upstream's answer or its page, or nil. Throws if they contradict
    /// each other, or the file is too large.
    private func wholeSize(_ answer: UpstreamFile, of remote: RemoteFile) throws -> Int64? {
        let upstream = remote.upstream.id
        guard answer.range == nil else {
            throw UpstreamError(upstream: upstream, .malformed, "It sent a part of the file that was asked for whole.")
        }
        if let stated = answer.size, let known = remote.knownSize, stated != known {
            throw UpstreamError(
                upstream: upstream, .malformed, "The file has \(stated) bytes there, but should have \(known).")
        }
        let size = answer.size ?? remote.knownSize
        if let size { try requireSize(size, of: remote) }
        return size
    }

    /// Throws `.blocked` if a file is larger than the policies allow.
    func requireSize(_ size: Int64, of remote: RemoteFile) throws {
        guard let limit = remote.maxSize, size > limit else { return }
        throw RegistryError(
            .blocked,
            """
            \(remote.name.filename) is larger than \(limit) bytes, the most that is taken from upstreams here.
            """)
    }

    /// Returns the missing rest of a file whose transfer broke off, if the upstream serves it; nil if the bytes could
    /// be those of another file.
    private func rest(behind error: UpstreamError, of fetch: FileFetch) async throws -> UpstreamFile? {
        guard [.truncated, .unreachable].contains(error.reason), fetch.remote.expectedSHA256 != nil,
            let size = fetch.size
        else { return nil }
        let start = fetch.received
        guard start < size else { return nil }
        guard start > 0 else {
            let again = try await fetch.remote.upstream.open(fetch.remote.file.url, range: nil)
            return again.range == nil && (again.size ?? size) == size ? again : nil
        }
        let answer = try await fetch.remote.upstream.open(fetch.remote.file.url, range: .bytes(start..<size))
        return answer.range == start..<size && (answer.size ?? size) == size ? answer : nil
    }

    private func pump<Body: AsyncSequence<ByteBuffer, any Error>>(
        _ body: Body, into fetch: FileFetch, from start: Int64
    ) async throws {
        let remote = fetch.remote
        let size = fetch.size
        var received = start
        for try await chunk in body {
            received += Int64(chunk.readableBytes)
            guard received <= size ?? .max else {
                throw UpstreamError(upstream: remote.upstream.id, .malformed, "It sent more bytes than the file has.")
            }
            try requireSize(received, of: remote)
            metrics.bytesFetched.add(Int64(chunk.readableBytes))
            try await fetch.append(chunk)
            // Later callers cannot get the bytes that are gone.
            if fetch.isRelayed { fetches.close(fetch) }
        }
        // A body may simply end if its task is cancelled.
        try Task.checkCancellation()
    }

    /// Checks the bytes against what is known of them, and pins their digest if nothing was. Throws `DigestMismatch`.
    private func verify(
        _ hasher: FetchHasher, _ digests: FileDigests, size: Int64, of remote: RemoteFile
    ) async throws {
        let found = digests.sha256
        if let expected = remote.expectedSHA256 {
            guard found == expected else { throw DigestMismatch(expected: "\(expected)", found: "\(found)") }
            return
        }
        if let mismatch = hasher.mismatch(among: remote.file.otherDigests) {
            throw DigestMismatch(
                expected: "\(mismatch.stated.algorithm)=\(mismatch.stated.hex)",
                found: "\(mismatch.stated.algorithm)=\(mismatch.found)")
        }
        let learned = UpstreamPin(
            filename: remote.name.filename, sha256: found, size: size, firstSeenAt: remote.birth ?? clock.now())
        let pinned = try await database.pin(
            learned, project: remote.project, upstream: remote.upstream.id, storedAfter: 0,
            now: clock.now())
        guard let expected = pinned.sha256, expected == found else {
            throw DigestMismatch(expected: pinned.sha256.map { "\($0)" } ?? "none", found: "\(found)")
        }
    }

    private func report(_ error: any Error, of remote: RemoteFile) {
        var metadata = remote.logMetadata
        switch error {
        case let mismatch as DigestMismatch:
            metrics.digestMismatches.add(1)
            metadata["event"] = "digest-mismatch"
            metadata["expected"] = "\(mismatch.expected)"
            metadata["found"] = "\(mismatch.found)"
            logger.warning("an upstream's file has the wrong digest: nothing of it was kept", metadata: metadata)
        case is AbandonedFetch:
            logger.notice("a fetch that nobody waits for any more was ended", metadata: metadata)
        case is CancellationError:
            logger.notice("a fetch was ended by the end of the server", metadata: metadata)
        default:
            metadata["event"] = "fetch-failed"
            metadata["error"] = "\(error)"
            logger.warning("an upstream's file could not be fetched", metadata: metadata)
        }
    }
}

/// The bytes of an upstream's file have another digest than it, or this server, stated before.
private struct DigestMismatch: Error, CustomStringConvertible {
    let expected: String
    let found: String

    var description: String { "expected \(expected), found \(found)" }
}
