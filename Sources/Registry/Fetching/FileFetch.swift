import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Synchronization

/// Nobody waits for the bytes any more, and they could not be cached.
struct AbandonedFetch: Error {}

/// A fetch ended before its time: what a reader got of the file is not all of it.
///
/// The fetch logs why, once for all of its readers.
struct BrokenFetch: Error {}

/// A fetch of an upstream's file, and those who read it while it comes in.
///
/// The bytes go to a file in the spool, hashed; readers read them there, never more than has been written, and never
/// the file's end before its digest is right. A reader holds one block at a time, however slow it is. If the spool has
/// no room, the bytes pass through a bounded window in memory, in which the slowest reader sets the pace.
final class FileFetch: Sendable {
    /// The most bytes that are written at once.
    static let blockSize = 256 << 10
    /// The most bytes that a reader gets at once.
    static let readSize = 128 << 10
    /// The bytes that a reader must take in the idle time, if the fetch waits for it.
    static let leastProgress: Int64 = 256 << 10

    /// A reader.
    fileprivate struct Reader: Sendable {
        var position: Int64
        /// Nil for the end of the file.
        let end: Int64?
        /// When it last read enough, or got something to read after it had read everything.
        private(set) var lastMoved = ContinuousClock.now
        var isCut = false
        /// Its position then.
        private var mark: Int64

        init(position: Int64, end: Int64?) {
            self.position = position
            self.end = end
            mark = position
        }

        mutating func move(by count: Int) {
            position += Int64(count)
            if position - mark >= FileFetch.leastProgress { catchUp() }
        }

        /// Notes that it has not delayed the fetch until now.
        mutating func catchUp() {
            mark = position
            lastMoved = .now
        }
    }

    fileprivate struct State: Sendable {
        var progress = FetchProgress(size: nil)
        /// Whether it waits for its turn.
        var isQueued = true
        /// Whether it was ended because nobody read it any more.
        var isGivenUp = false
        /// Whether the upstream has answered.
        var hasBegun = false
        /// Why it ended before its time.
        var failure: RegistryError?
        /// The file in the spool, while bytes go there.
        var file: SpoolFile?
        /// The file to read spooled bytes from, and their number.
        var spooled: (file: OpenFile?, count: Int64) = (nil, 0)
        /// The bytes that could not be spooled; nil while all could.
        var window: RelayWindow?
        /// The number of received bytes.
        var received: Int64 = 0
        /// Received bytes that are not being written yet.
        var pending = ByteBuffer()
        /// A buffer whose bytes are written, for the next ones.
        var spare: ByteBuffer?
        var isWriting = false
        /// Bytes that are being hashed and written.
        var writing = 0
        var hasher: FetchHasher
        var readers: [UInt64: Reader] = [:]
        var nextID: UInt64 = 0
        var waiters: [Waiter] = []
    }

    fileprivate struct Waiter: Sendable {
        let id: UInt64
        let isDue: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    let remote: RemoteFile
    let limits: FetchLimits
    let threads: NIOThreadPool
    private let state: Mutex<State>
    private let onAbandoned: @Sendable (FileFetch) -> Void

    /// Prepares to fetch a file; `onAbandoned` is called when the last reader has left before the end.
    init(
        of remote: RemoteFile, limits: FetchLimits, spool: Spool,
        onAbandoned: @escaping @Sendable (FileFetch) -> Void = { _ in }
    ) {
        self.onAbandoned = onAbandoned
        self.remote = remote
        self.limits = limits
        threads = spool.threads
        state = Mutex(State(hasher: FetchHasher(checking: remote.file.sha256 == nil ? remote.file.otherDigests : [])))
    }

    deinit {
        state.withLock { $0.file }?.discard()
    }

    /// Reads the state.
    fileprivate func look<Value: Sendable>(_ body: (State) -> Value) -> Value {
        state.withLock { body($0) }
    }

    /// Changes the state, and wakes those who waited for the change.
    @discardableResult
    fileprivate func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let (value, due): (Value, [Waiter]) = state.withLock { state in
            let value = body(&state)
            let waiters = state.waiters
            let due = waiters.filter { $0.isDue(state) }
            if !due.isEmpty { state.waiters = waiters.filter { waiter in !due.contains { $0.id == waiter.id } } }
            return (value, due)
        }
        for waiter in due { waiter.continuation.resume() }
        return value
    }

    /// Waits until the state fulfils a condition. Throws `CancellationError`.
    fileprivate func wait(until isDue: @escaping @Sendable (State) -> Bool) async throws {
        let id = state.withLock { $0.newID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if isDue(state) { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters.append(Waiter(id: id, isDue: isDue, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let place = state.waiters.firstIndex { $0.id == id }
                return place.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Ends the fetch: readers get no more, and the file is discarded.
    func fail(_ error: RegistryError) {
        let file: SpoolFile? = change { state in
            if state.failure == nil { state.failure = error }
            defer { state.file = nil }
            return state.file
        }
        file?.discard()
    }

    /// Ends the fetch because nobody reads it any more.
    func giveUp() {
        change { $0.isGivenUp = true }
        fail(RegistryError(.unavailable, "The file \(remote.name.filename) was not waited for; try again."))
    }

    /// Reports that its turn has come.
    func leaveQueue() {
        change { $0.isQueued = false }
    }

    /// Whether it waits for its turn.
    var isQueued: Bool { look { $0.isQueued } }

    /// Whether it was ended because nobody read it any more.
    var isGivenUp: Bool { look { $0.isGivenUp } }

    /// Whether nobody reads it, though it has not ended.
    var isUnread: Bool { look { $0.isUnread } }

    /// Bytes still to come; a guess if the size is unknown.
    var remainingBytes: Int64 {
        look { max(0, ($0.progress.size ?? $0.received + 64 << 20) - $0.received) }
    }

    /// Reports that a reader has left.
    fileprivate func left() {
        if isUnread { onAbandoned(self) }
    }

    /// Hands over the whole file in the spool, or nil if it is not there.
    func takeFile() -> SpoolFile? {
        change { state in
            guard state.window == nil, state.progress.isVerified else { return nil }
            defer { state.file = nil }
            return state.file
        }
    }
}

extension FileFetch.State {
    var isUnread: Bool { readers.isEmpty && failure == nil && !progress.isVerified }

    mutating func newID() -> UInt64 {
        nextID += 1
        return nextID
    }

    /// Forgets what every reader has read.
    mutating func trimWindow() {
        guard window != nil else { return }
        let slowest = readers.values.filter { !$0.isCut }.map(\.position).min()
        window?.drop(before: slowest ?? .max)
    }
}

// MARK: Writing

extension FileFetch {
    /// Reports that the upstream has answered.
    ///
    /// - Parameters:
    ///   - size: Bytes of the whole file; nil if unknown.
    ///   - file: The file for the bytes; nil if they only pass through.
    func begin(size: Int64?, into file: SpoolFile?) {
        change { state in
            state.hasBegun = true
            if let size { state.progress.learn(size: size) }
            state.file = file
            if file == nil { state.window = RelayWindow(start: 0) }
        }
    }

    /// Takes the next bytes; waits while the disk, or without one the slowest reader, is behind.
    func append(_ chunk: ByteBuffer) async throws {
        var rest = chunk
        while let part = rest.readSlice(length: min(rest.readableBytes, 64 << 10)), part.readableBytes > 0 {
            try await waitForRoom(part.readableBytes)
            let mustStart = change { state in
                state.pending.writeImmutableBuffer(part)
                state.received += Int64(part.readableBytes)
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if mustStart { writePending() }
        }
    }

    /// The number of received bytes, including those that are not written yet.
    var received: Int64 { look { $0.received } }

    /// Whether the bytes only pass through.
    var isRelayed: Bool { look { $0.window != nil } }

    /// Waits until all received bytes are written.
    ///
    /// - Returns: Their hasher.
    func finishWriting() async throws -> FetchHasher {
        try await wait { !$0.isWriting || $0.failure != nil }
        let (failure, hasher) = look { ($0.failure, $0.hasher) }
        if let failure { throw failure }
        return hasher
    }

    /// Releases the last bytes: the digest is right.
    func release() {
        change { $0.progress.verify() }
    }

    private func waitForRoom(_ count: Int) async throws {
        let limit = limits.windowSize
        @Sendable func hasRoom(_ state: State) -> Bool {
            let pending = state.pending.readableBytes + count
            guard pending <= Self.blockSize else { return false }
            return state.window.map { $0.count + state.writing + pending <= limit } ?? true
        }
        @Sendable func isDue(_ state: State) -> Bool {
            hasRoom(state) || state.failure != nil || state.isAbandoned
        }
        if !look(isDue) {
            // The disk may be full, so that the bytes pass through from then on, while this waits.
            let watch = watchStalledReaders()
            defer { watch.cancel() }
            try await wait(until: isDue)
        }
        let (failure, isAbandoned) = look { ($0.failure, $0.isAbandoned) }
        if let failure { throw failure }
        if isAbandoned { throw AbandonedFetch() }
    }

    /// Hashes and writes the pending bytes on the threads, and goes on while more come in.
    private func writePending() {
        threads.submit { [self] poolState in
            guard poolState == .active else {
                return fail(RegistryError(.unavailable, "The server is stopping; try again."))
            }
            let (block, hasher, file) = change { ($0.takePending(), $0.hasher, $0.window == nil ? $0.file : nil) }
            var hashed = hasher
            hashed.update(block)
            let place = Result { try file?.write(block) }
            let goesOn = change { state in
                state.hasher = hashed
                state.take(block, place)
                state.isWriting = state.pending.readableBytes > 0
                return state.isWriting
            }
            if goesOn { writePending() }
        }
    }

    /// Cuts off, from time to time, those readers that delay all others and read too little.
    private func watchStalledReaders() -> Task<Void, Never> {
        Task { [limits] in
            while (try? await Task.sleep(for: limits.idleTimeout / 4)) != nil {
                let now = ContinuousClock.now
                change { state in
                    guard let window = state.window else { return }
                    for (id, reader) in state.readers
                    where reader.position < window.firstEnd && now - reader.lastMoved >= limits.idleTimeout {
                        state.readers[id]?.isCut = true
                    }
                    state.trimWindow()
                }
            }
        }
    }
}

extension FileFetch.State {
    /// Whether bytes that cannot be cached have no readers left.
    fileprivate var isAbandoned: Bool {
        window != nil && readers.values.allSatisfy(\.isCut)
    }

    /// Takes the received bytes, to be written; later ones go to another buffer.
    fileprivate mutating func takePending() -> ByteBuffer {
        let block = pending
        writing = block.readableBytes
        pending = spare ?? ByteBufferAllocator().buffer(capacity: FileFetch.blockSize)
        spare = nil
        return block
    }

    /// Takes a block that was hashed, and written if there was room for it.
    fileprivate mutating func take(_ block: ByteBuffer, _ place: Result<OpenFile?, any Error>) {
        if case .success(let open?) = place, window == nil {
            spooled = (open, spooled.count + Int64(block.readableBytes))
            spare = block
            spare?.clear()
        } else {
            if window == nil { window = RelayWindow(start: progress.arrived) }
            window?.append(block)
            trimWindow()
        }
        writing = 0
        let before = progress.released
        progress.arrive(block.readableBytes)
        guard window != nil else { return }
        // A reader that had read everything released has not delayed the fetch until now.
        for (id, reader) in readers where reader.position >= before { readers[id]?.catchUp() }
    }
}

// MARK: Reading

/// A reader of a file while it is fetched; it leaves when nobody holds the value any more.
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

    /// Waits until the upstream has answered and the first bytes may be sent, or all may. Returns the file's size if it
    /// is known then.
    ///
    /// Throws why the fetch failed.
    func start() async throws -> Int64? {
        try await fetch.wait { $0.progress.released > 0 || $0.progress.isVerified || $0.failure != nil }
        let (size, failure) = fetch.look { ($0.progress.size, $0.failure) }
        if let failure { throw failure }
        return size
    }

    /// Returns the bytes of the whole file, as soon as they are known. Throws why the fetch failed.
    func wholeSize() async throws -> Int64 {
        try await fetch.wait { $0.progress.size != nil || $0.failure != nil }
        let (size, failure) = fetch.look { ($0.progress.size, $0.failure) }
        guard let size else { throw failure ?? RegistryError(.unavailable, "The server is stopping; try again.") }
        return size
    }

    /// Waits until all bytes are in the spool, with the right digest. Throws why the fetch failed, and
    /// `.insufficientStorage` if they cannot be spooled.
    func verified() async throws {
        try await fetch.wait { $0.progress.isVerified || $0.failure != nil || $0.window != nil }
        let (failure, isRelayed) = fetch.look { ($0.failure, $0.window != nil) }
        if let failure { throw failure }
        guard !isRelayed else {
            throw RegistryError(.insufficientStorage, "There is no room left in the server's spool folder.")
        }
    }

    /// Waits for the next bytes, at most `limit` and `FileFetch.readSize` of them; returns nil after the last one.
    ///
    /// Throws `BrokenFetch`, and `CancellationError`.
    func next(upTo limit: Int = FileFetch.readSize) async throws -> ByteBuffer? {
        let limit = min(max(1, limit), FileFetch.readSize)
        while true {
            switch fetch.look({ $0.piece(for: id, limit: limit) }) {
            case .bytes(let bytes):
                moved(bytes.readableBytes)
                // A slice would keep all of its block, which the window may drop now.
                return ByteBuffer(buffer: bytes)
            case .file(let file, let offset, let count):
                let bytes = try await fetch.threads.runIfActive { try file.read(offset..<offset + Int64(count)) }
                guard bytes.readableBytes > 0 else { throw BrokenFetch() }
                moved(bytes.readableBytes)
                return bytes
            case .end: return nil
            case .broken: throw BrokenFetch()
            case .notYet:
                try await fetch.wait { [id] state in
                    if case .notYet = state.piece(for: id, limit: limit) { false } else { true }
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
    /// Returns a new reader of all bytes, or nil if the fetch has failed, or cannot give them from the first one on.
    func join() -> FetchReader? {
        let id: UInt64? = change { state in
            guard state.failure == nil, state.window == nil else { return nil }
            return state.addReader(0, nil)
        }
        return id.map { FetchReader(self, id: $0) }
    }

    /// Returns a reader of a part that may be sent already and is in the spool, or nil if it is not.
    func reader(of range: Range<Int64>) -> FetchReader? {
        let id: UInt64? = change { state in
            guard state.failure == nil, state.window == nil, range.upperBound <= state.progress.released else {
                return nil
            }
            return state.addReader(range.lowerBound, range.upperBound)
        }
        return id.map { FetchReader(self, id: $0) }
    }

    /// Bytes of the whole file; nil if unknown, or not known yet.
    var size: Int64? { look { $0.progress.size } }
}

extension FileFetch.State {
    /// The next piece for a reader.
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

    fileprivate func piece(for id: UInt64, limit: Int) -> Piece {
        guard let reader = readers[id], !reader.isCut, failure == nil else { return .broken }
        let end = min(reader.end ?? .max, progress.released)
        guard reader.position < end else {
            let isOver = reader.end.map { $0 <= reader.position } ?? progress.isVerified
            return isOver ? .end : .notYet
        }
        if reader.position < spooled.count, let file = spooled.file {
            let count = min(Int64(limit), min(end, spooled.count) - reader.position)
            return .file(file, offset: reader.position, count: Int(count))
        }
        let count = Int(min(Int64(limit), end - reader.position))
        return window?.bytes(at: reader.position, limit: count).map { .bytes($0) } ?? .broken
    }
}
