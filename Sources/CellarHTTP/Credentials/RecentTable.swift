/// A dictionary of limited size: if it is full, what was set the longest ago goes first.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        /// Counts the settings; the place of the entry in the queue that counts.
        var turn: UInt64
    }

    private let maxCount: Int
    private var entries: [Key: Entry] = [:]
    /// The keys in the order in which they were set, from `oldest` on; earlier turns of a key may still stand here.
    private var queue: [(key: Key, turn: UInt64)] = []
    private var oldest = 0
    private var turn: UInt64 = 0

    init(maxCount: Int) {
        self.maxCount = maxCount
    }

    var count: Int { entries.count }

    /// The value of a key; nil removes it.
    subscript(key: Key) -> Value? {
        get { entries[key]?.value }
        set {
            guard let newValue else {
                entries[key] = nil
                return
            }
            turn += 1
            entries[key] = Entry(value: newValue, turn: turn)
            queue.append((key, turn))
            dropOldest()
        }
    }

    private mutating func dropOldest() {
        while oldest < queue.count {
            let (key, turn) = queue[oldest]
            let isPast = entries[key]?.turn != turn
            guard isPast || entries.count > maxCount else { break }
            if !isPast { entries[key] = nil }
            oldest += 1
        }
        // A key that is set again and again behind an old one must not make the queue grow without end.
        if queue.count - oldest > 2 * maxCount + 1024 {
            queue = queue[oldest...].filter { entries[$0.key]?.turn == $0.turn }
            oldest = 0
        } else if oldest > 1024, oldest > queue.count / 2 {
            queue.removeFirst(oldest)
            oldest = 0
        }
    }
}
