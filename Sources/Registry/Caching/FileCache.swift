public import NIOCore
public import PackagingStandards
import Synchronization

/// Files that were asked for lately: where they are, the bytes of small ones and the open descriptors of others.
///
/// An entry is dropped by the change that makes it stale (a deletion, a new status, a purge) before that change is
/// answered; an entry that was looked up before such a change is not kept.
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

    /// A file that may be handed out.
    public struct Entry: Sendable {
        /// What to send.
        public enum Contents: Sendable {
            case bytes(ByteBuffer)
            case stored(StoredFile)
            /// A file of an upstream that is fetched when it is read.
            case offered(OfferedFile)
        }

        public let project: NormalizedName
        /// Bytes; nil where that is not known before the file is fetched.
        public internal(set) var size: Int64?
        /// The strong entity tag, quotes included; nil where the digest is not known yet.
        public internal(set) var entityTag: String?
        public let contents: Contents
        /// The moment until which the file is served; nil for a current one.
        public internal(set) var servedUntil: Timestamp?
        /// The moment at which it must be asked again whether the file may be had; nil for never.
        var goodUntil: Timestamp?
        /// Whether the address will always give these bytes.
        public internal(set) var isImmutable = true
        /// Counts the downloads of a cached file.
        var downloads: DownloadCounter?

        /// The entry with the size that was learned when it was opened.
        public func with(size: Int64?) -> Entry {
            var entry = self
            entry.size = size
            return entry
        }
    }

    /// Files up to this many bytes are kept as bytes.
    static let smallFileSize: Int64 = 64 << 10
    /// What an open descriptor counts for: 16 MiB hold 256 of them.
    private static let descriptorCost = 64 << 10

    private struct State {
        var entries: LeastRecentlyUsed<Key, Entry>
        /// Counts the drops: what was looked up before the last one is not kept.
        var drops: UInt64 = 0
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        self.state = Mutex(State(entries: LeastRecentlyUsed(capacity: capacity)))
    }

    /// The entry of a key, where it is kept and may still be served. Never blocks: called on event loops.
    public func kept(_ key: Key, now: Timestamp) -> Entry? {
        state.withLock { state in
            guard let entry = state.entries.use(key) else { return nil }
            if (entry.servedUntil.map { $0 <= now } ?? false) || (entry.goodUntil.map { $0 <= now } ?? false) {
                state.entries.remove(key)
                return nil
            }
            return entry
        }
    }

    /// What `keep` wants to know of the time before the look-up.
    func token() -> UInt64 {
        state.withLock { $0.drops }
    }

    /// Keeps an entry that was looked up after `token` was taken.
    func keep(_ entry: Entry, for key: Key, token: UInt64) {
        let cost = if case .bytes(let bytes) = entry.contents { bytes.readableBytes + 512 } else { Self.descriptorCost }
        state.withLock { state in
            guard state.drops == token else { return }
            _ = state.entries.insert(entry, for: key, cost: cost)
        }
    }

    /// Drops every entry; a change of a file's standing is rare beside the downloads between two of them.
    func dropAll() {
        state.withLock { state in
            state.drops += 1
            state.entries.removeAll()
        }
    }
}
