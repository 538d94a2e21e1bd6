import NIOCore
import PackagingStandards
import Synchronization

/// The files in memory that were requested last: the bytes of small ones and the open descriptors of others.
///
/// The change that makes an entry stale (a deletion, a new status, a purge) drops it before that change is answered; an
/// entry that was looked up before such a change is not kept.
public final class FileCache: Sendable {
    /// The address of a file, or of its core metadata.
    public struct Key: Hashable, Sendable {
        public let address: FileAddress
        public let isMetadata: Bool

        public init(address: FileAddress, isMetadata: Bool) {
            self.address = address
            self.isMetadata = isMetadata
        }
    }

    /// A file that an index holds, opened.
    struct Entry: Sendable {
        /// What to send.
        enum Contents: Sendable {
            case bytes(ByteBuffer)
            case stored(StoredFile)
        }

        let project: NormalizedName
        /// Bytes.
        let size: Int64
        /// The strong entity tag, quotes included.
        let entityTag: String
        let contents: Contents
        /// The moment until which the file is served; nil for a current one.
        var servedUntil: Timestamp?
        /// The moment at which the file must be looked up again; nil for never.
        var goodUntil: Timestamp?
        /// Whether the address always gives these bytes.
        var isImmutable = true
        /// Counts the downloads of a distribution file.
        var counter: DownloadCounter?
        /// Whether it is a cached distribution file.
        var isCached = false
        /// What a link may lead to: a distribution file that has core metadata of its own, in a storage that has links.
        var linkable: BlobName?
    }

    /// The cost of an open descriptor: 16 MiB hold 256 of them.
    private static let descriptorCost = 64 << 10
    /// The cost of what is known of a file on another machine.
    private static let streamCost = 1 << 10

    private struct State {
        var entries: LeastRecentlyUsed<Key, Entry>
        /// The keys of the entries, by project.
        var keys: [NormalizedName: Set<Key>] = [:]
        /// Counts the drops: an entry that was looked up before the last one that concerns it is not kept.
        var drops: UInt64 = 0
        /// The last drop of each project that had one since `lastWholeDrop`.
        var lastDrops: [NormalizedName: UInt64] = [:]
        /// The last drop of everything.
        var lastWholeDrop: UInt64 = 0

        mutating func forget(_ key: Key, of project: NormalizedName) {
            keys[project]?.remove(key)
            if keys[project]?.isEmpty == true { keys[project] = nil }
        }
    }

    /// The most projects whose last drops are remembered; beyond it, no look-up under way is kept.
    private static let maxRememberedDrops = 4096

    private let state: Mutex<State>

    init(capacity: Int) {
        self.state = Mutex(State(entries: LeastRecentlyUsed(capacity: capacity)))
    }

    /// Returns the entry of a key if it is in memory and may still be served. Never blocks: called on event loops.
    func kept(_ key: Key, now: Timestamp) -> Entry? {
        state.withLock { state in
            guard let entry = state.entries.use(key) else { return nil }
            if (entry.servedUntil.map { $0 <= now } ?? false) || (entry.goodUntil.map { $0 <= now } ?? false) {
                state.entries.remove(key)
                state.forget(key, of: entry.project)
                return nil
            }
            return entry
        }
    }

    /// Returns a token for `keep`; take it before the look-up.
    func token() -> UInt64 {
        state.withLock { $0.drops }
    }

    /// Keeps an entry that was looked up after `token` was taken.
    func keep(_ entry: Entry, for key: Key, token: UInt64) {
        let cost =
            switch entry.contents {
            case .bytes(let bytes): bytes.readableBytes + 512
            case .stored(let file):
                if case .descriptor = file.contents { Self.descriptorCost } else { Self.streamCost }
            }
        state.withLock { state in
            guard token >= max(state.lastWholeDrop, state.lastDrops[entry.project] ?? 0) else { return }
            if let old = state.entries.remove(key) { state.forget(key, of: old.project) }
            state.keys[entry.project, default: []].insert(key)
            for (key, entry) in state.entries.insert(entry, for: key, cost: cost) {
                state.forget(key, of: entry.project)
            }
        }
    }

    /// Drops every entry of a project's files.
    func drop(_ project: NormalizedName) {
        state.withLock { state in
            state.drops += 1
            if state.lastDrops.count >= Self.maxRememberedDrops {
                state.lastDrops.removeAll()
                state.lastWholeDrop = state.drops
            }
            state.lastDrops[project] = state.drops
            for key in state.keys.removeValue(forKey: project) ?? [] { state.entries.remove(key) }
        }
    }

    /// Drops every entry.
    func dropAll() {
        state.withLock { state in
            state.drops += 1
            state.lastWholeDrop = state.drops
            state.lastDrops.removeAll()
            state.keys.removeAll()
            state.entries.removeAll()
        }
    }
}
