import LocalFiles
import PackagingStandards
import Synchronization

/// The fetches that run: one for each file of an index, however many ask for it.
final class FileFetches: Sendable {
    private struct State {
        /// Those that others may join.
        var running: [HeldFileKey: FileFetch] = [:]
        var tasks: [ObjectIdentifier: Task<Void, Never>] = [:]
        /// Those that nobody read any more at the last look.
        var abandoned: [ObjectIdentifier: FileFetch] = [:]
        /// The sizes that upstreams stated of files whose digests are known, by their addresses.
        var sizes = LeastRecentlyUsed<String, Int64>(capacity: 4096)
        var isStopped = false
    }

    let limits: FetchLimits
    let slots: FetchSlots
    private let state = Mutex(State())

    init(limits: FetchLimits) {
        self.limits = limits
        slots = FetchSlots(count: limits.maxConcurrent, maxWaiting: limits.maxWaiting)
    }

    /// The number of fetches that run or wait for their turn.
    var count: Int { state.withLock { $0.tasks.count } }

    /// Returns the fetch of a file with this name that may be joined.
    func running(_ key: HeldFileKey) -> FileFetch? {
        state.withLock { $0.running[key] }
    }

    /// Returns the fetch of this very file that may be joined.
    func running(_ remote: RemoteFile) -> FileFetch? {
        running(HeldFileKey(remote)).flatMap { $0.remote.sharesFetch(with: remote) ? $0 : nil }
    }

    /// Joins the fetch of a file, or begins one, which `run` carries out.
    ///
    /// - Returns: The reader, and whether it is the first.
    /// - Throws: `.unavailable` while the server stops.
    func reader(
        of remote: RemoteFile, spool: Spool, run: @escaping @Sendable (FileFetch) async -> Void
    ) throws -> (reader: FetchReader, isFirst: Bool) {
        let key = HeldFileKey(remote)
        return try state.withLock { state in
            if let running = state.running[key], running.remote.sharesFetch(with: remote), let reader = running.join() {
                return (reader, false)
            }
            let fetch = FileFetch(of: remote, limits: limits, spool: spool) { [weak self] in self?.abandoned($0) }
            guard !state.isStopped, let reader = fetch.join() else {
                throw RegistryError(.unavailable, "The server is stopping; try again.")
            }
            state.running[key] = fetch
            state.tasks[ObjectIdentifier(fetch)] = Task {
                await run(fetch)
                self.end(fetch, key)
            }
            return (reader, true)
        }
    }

    /// Lets nobody join a fetch any more.
    func close(_ fetch: FileFetch) {
        let key = HeldFileKey(fetch.remote)
        state.withLock { state in
            if state.running[key] === fetch { state.running[key] = nil }
        }
    }

    /// Waits until the running fetch of a file has ended.
    func waitForEnd(of key: HeldFileKey) async {
        let task = state.withLock { state in state.running[key].flatMap { state.tasks[ObjectIdentifier($0)] } }
        await task?.value
    }

    /// Ends all fetches, and waits for their ends; no other is begun afterwards.
    func stop() async {
        let tasks = state.withLock { state in
            state.isStopped = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Returns the size of a file that its upstream stated before.
    func size(of url: String) -> Int64? {
        state.withLock { $0.sizes.use(url) }
    }

    /// Remembers the size of a file that its upstream stated.
    func remember(_ size: Int64, of url: String) {
        state.withLock { _ = $0.sizes.insert(size, for: url, cost: 1) }
    }

    /// Ends a fetch whose last reader has left, unless it has begun and not too many others go on unread.
    private func abandoned(_ fetch: FileFetch) {
        let id = ObjectIdentifier(fetch)
        let task = state.withLock { state -> Task<Void, Never>? in
            guard let task = state.tasks[id] else { return nil }
            state.abandoned[id] = fetch
            // Some have readers again.
            state.abandoned = state.abandoned.filter { $0.value.isUnread }
            let bytes = state.abandoned.values.reduce(Int64(0)) { $0 + $1.remainingBytes }
            let isTooMuch = state.abandoned.count > limits.maxAbandoned || bytes > limits.maxAbandonedBytes
            guard fetch.isQueued || isTooMuch else { return nil }
            state.abandoned[id] = nil
            return task
        }
        guard let task else { return }
        close(fetch)
        fetch.giveUp()
        task.cancel()
    }

    private func end(_ fetch: FileFetch, _ key: HeldFileKey) {
        close(fetch)
        state.withLock { state in
            state.tasks[ObjectIdentifier(fetch)] = nil
            state.abandoned[ObjectIdentifier(fetch)] = nil
        }
    }
}

extension HeldFileKey {
    init(_ remote: RemoteFile) {
        self.init(index: remote.index, project: remote.project, filename: remote.name.filename)
    }
}
