import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Synchronization

/// One fetch of an upstream's file, and those who read it while it comes in.
///
/// The bytes go to a file in the spool, hashed; readers read them there, never more than has been written, and never
/// the file's end before its digest is right. A reader holds one block at a time, however slow it is. Where the spool
/// has no room, the bytes are handed on through a bounded window in memory, in which the slowest reader sets the pace.
final class FileFetch: Sendable {
    /// Bytes of a block: of what is written at once, and of what a reader holds.
    static let blockSize = 256 << 10
    static let readSize = 128 << 10
    /// What a reader must take in the idle time, if the fetch waits for it.
    static let leastProgress: Int64 = 256 << 10

    /// Who reads.
    struct Reader: Sendable {
        var position: Int64
        /// Nil for the end of the file.
        let end: Int64?
        /// When it had last read enough, or was given something to read after it had read all.
        private(set) var lastMoved = ContinuousClock.now
        var isCut = false
        /// Where it stood then.
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

        /// Holds nobody up until now.
        mutating func catchUp() {
            mark = position
            lastMoved = .now
        }
    }

    struct State: Sendable {
        var progress = FetchProgress(size: nil)
        /// Whether it waits for its turn.
        var isQueued = true
        /// Whether it was ended since nobody read it any more.
        var isGivenUp = false
        /// Whether the upstream has answered.
        var hasBegun = false
        /// Why it ended before its time.
        var failure: RegistryError?
        /// The file in the spool, as long as bytes go there.
        var file: SpoolFile?
        /// Where spooled bytes are read, and how many those are.
        var spooled: (file: OpenFile?, count: Int64) = (nil, 0)
        /// What could not be spooled; nil while everything could.
        var window: RelayWindow?
        /// Bytes that came in.
        var received: Int64 = 0
        /// What came in and is not being written yet.
        var pending = ByteBuffer()
        /// A buffer whose bytes are written, for the next ones.
        var spare: ByteBuffer?
        var isWriting = false
        /// Bytes that are being hashed and written.
        var writing = 0
        var hasher: FetchHasher
        var readers: [UInt64: Reader] = [:]
        var nextID: UInt64 = 0
        fileprivate var waiters: [Waiter] = []
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

    /// Makes ready to fetch a file; `onAbandoned` is called when the last one who reads it has left before its end.
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

    /// The state at this moment.
    func look<Value: Sendable>(_ body: (State) -> Value) -> Value {
        state.withLock { body($0) }
    }

    /// Changes the state, and wakes those who waited for it.
    @discardableResult
    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
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

    /// Waits until something holds. Throws `CancellationError`.
    func wait(until isDue: @escaping @Sendable (State) -> Bool) async throws {
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

    /// Ends the fetch: readers get no more, and nothing is left of the file.
    func fail(_ error: RegistryError) {
        let file: SpoolFile? = change { state in
            if state.failure == nil { state.failure = error }
            defer { state.file = nil }
            return state.file
        }
        file?.discard()
    }

    /// Ends the fetch since nobody reads it any more.
    func giveUp() {
        change { $0.isGivenUp = true }
        fail(RegistryError(.unavailable, "The file \(remote.name.filename) was not waited for; try again."))
    }

    /// Its turn has come.
    func leaveQueue() {
        change { $0.isQueued = false }
    }

    /// Whether it waits for its turn.
    var isQueued: Bool { look { $0.isQueued } }

    /// Whether it was ended since nobody read it any more.
    var isGivenUp: Bool { look { $0.isGivenUp } }

    /// Whether nobody reads it, though it has not ended.
    var isUnread: Bool { look { $0.isUnread } }

    /// Bytes that are still to come; a guess if nobody has told how many.
    var remainingBytes: Int64 {
        look { max(0, ($0.progress.size ?? $0.received + 64 << 20) - $0.received) }
    }

    /// A reader has left.
    func left() {
        if isUnread { onAbandoned(self) }
    }

    /// Takes the whole file out of the spool's care; nil where it is not there.
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

    /// Forgets what every reader has had.
    mutating func trimWindow() {
        guard window != nil else { return }
        let slowest = readers.values.filter { !$0.isCut }.map(\.position).min()
        window?.drop(before: slowest ?? .max)
    }
}
