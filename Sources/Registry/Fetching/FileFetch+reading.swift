import LocalFiles
import NIOCore
import NIOPosix

/// A fetch that somebody reads has ended before its time: what was sent of the file is not all of it.
///
/// The fetch has told the log why, once for all of its readers.
struct BrokenFetch: Error {}

/// One who reads a file while it is fetched; leaves when nobody holds the value any more.
final class FetchReader: Sendable {
    private let fetch: FileFetch
    private let id: UInt64

    fileprivate init(_ fetch: FileFetch, id: UInt64) {
        self.fetch = fetch
        self.id = id
    }

    deinit {
        fetch.change { state in
            state.readers[id] = nil
            state.trimWindow()
        }
        fetch.left()
    }

    /// Waits until the upstream has answered and the first bytes may leave, or all have; tells the file's size, where it
    /// is known then.
    ///
    /// Throws why the fetch failed.
    func start() async throws -> Int64? {
        try await fetch.wait { $0.progress.released > 0 || $0.progress.isVerified || $0.failure != nil }
        let (size, failure) = fetch.look { ($0.progress.size, $0.failure) }
        if let failure { throw failure }
        return size
    }

    /// Bytes of the whole file, as soon as that is known. Throws why the fetch failed.
    func wholeSize() async throws -> Int64 {
        try await fetch.wait { $0.progress.size != nil || $0.failure != nil }
        let (size, failure) = fetch.look { ($0.progress.size, $0.failure) }
        guard let size else { throw failure ?? RegistryError(.unavailable, "The server is stopping; try again.") }
        return size
    }

    /// Waits until all bytes are there, with the right digest and in the spool. Throws why the fetch failed, and
    /// `.insufficientStorage` where they cannot be kept.
    func verified() async throws {
        try await fetch.wait { $0.progress.isVerified || $0.failure != nil || $0.window != nil }
        let (failure, isRelayed) = fetch.look { ($0.failure, $0.window != nil) }
        if let failure { throw failure }
        guard !isRelayed else {
            throw RegistryError(.insufficientStorage, "There is no room left in the server's spool folder.")
        }
    }

    /// The next bytes, waited for; nil behind the last one. Throws `BrokenFetch`, and `CancellationError`.
    func next() async throws -> ByteBuffer? {
        while true {
            switch fetch.look({ $0.piece(for: id) }) {
            case .bytes(let bytes):
                moved(bytes.readableBytes)
                return bytes
            case .file(let file, let offset, let count):
                let bytes = try await fetch.threads.runIfActive { try file.read(offset..<offset + Int64(count)) }
                guard bytes.readableBytes > 0 else { throw BrokenFetch() }
                moved(bytes.readableBytes)
                return bytes
            case .end: return nil
            case .broken: throw BrokenFetch()
            case .notYet:
                try await fetch.wait { [id] state in
                    if case .notYet = state.piece(for: id) { false } else { true }
                }
            }
        }
    }

    private func moved(_ count: Int) {
        fetch.change { state in
            state.readers[id]?.move(by: count)
            state.trimWindow()
        }
    }
}

extension FileFetch {
    /// A new reader of all bytes; nil where the fetch has failed, or cannot give them from the first one on.
    func join() -> FetchReader? {
        let id: UInt64? = change { state in
            guard state.failure == nil, state.window == nil else { return nil }
            return state.addReader(0, nil)
        }
        return id.map { FetchReader(self, id: $0) }
    }

    /// A reader of a part that may leave already and is in the spool; nil where it is not.
    func reader(of range: Range<Int64>) -> FetchReader? {
        let id: UInt64? = change { state in
            guard state.failure == nil, state.window == nil, range.upperBound <= state.progress.released else {
                return nil
            }
            return state.addReader(range.lowerBound, range.upperBound)
        }
        return id.map { FetchReader(self, id: $0) }
    }

    /// Bytes of the whole file; nil where that is not known, or not yet.
    var size: Int64? { look { $0.progress.size } }
}

extension FileFetch.State {
    /// What a reader gets next.
    fileprivate enum Piece {
        case bytes(ByteBuffer)
        case file(OpenFile, offset: Int64, count: Int)
        case notYet
        case end
        case broken
    }

    fileprivate mutating func addReader(_ start: Int64, _ end: Int64?) -> UInt64 {
        let id = newID()
        readers[id] = FileFetch.Reader(position: start, end: end)
        return id
    }

    fileprivate func piece(for id: UInt64) -> Piece {
        guard let reader = readers[id], !reader.isCut, failure == nil else { return .broken }
        let limit = min(reader.end ?? .max, progress.released)
        guard reader.position < limit else {
            let isOver = reader.end.map { $0 <= reader.position } ?? progress.isVerified
            return isOver ? .end : .notYet
        }
        if reader.position < spooled.count, let file = spooled.file {
            let count = min(Int64(FileFetch.readSize), min(limit, spooled.count) - reader.position)
            return .file(file, offset: reader.position, count: Int(count))
        }
        let count = Int(min(Int64(FileFetch.readSize), limit - reader.position))
        return window?.bytes(at: reader.position, limit: count).map { .bytes($0) } ?? .broken
    }
}
