/// A dictionary bounded by the cost of its values: the least recently used leave first.
struct LeastRecentlyUsed<Key: Hashable, Value> {
    private struct Slot {
        var key: Key
        var value: Value
        var cost: Int
        var newer: Int
        var older: Int

        mutating func change(_ change: (inout Value) -> Void) { change(&value) }
    }

    /// The most that all values may cost together.
    let capacity: Int
    /// The cost of all values now.
    private(set) var cost = 0
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var places: [Key: Int] = [:]
    private var newest = -1
    private var oldest = -1

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The number of values.
    var count: Int { places.count }

    /// Returns the value of a key, which becomes the most recently used.
    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        if place != newest {
            unlink(place)
            link(place)
        }
        return slots[place]?.value
    }

    /// Changes the value of a key in place; its cost and its position in the order of use stay.
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        guard let place = places[key] else { return }
        slots[place]?.change(change)
    }

    /// Returns the value of a key, whose position in the order of use stays.
    func peek(_ key: Key) -> Value? {
        places[key].flatMap { slots[$0]?.value }
    }

    /// Inserts a value. Returns the keys and values that left for it, without an earlier value of the key. A value that
    /// costs more than the whole capacity is not kept, but returned itself.
    mutating func insert(_ value: Value, for key: Key, cost valueCost: Int) -> [(key: Key, value: Value)] {
        remove(key)
        guard valueCost <= capacity else { return [(key, value)] }
        var evicted: [(key: Key, value: Value)] = []
        while cost + valueCost > capacity, oldest >= 0, let slot = slots[oldest] {
            evicted.append((slot.key, slot.value))
            remove(slot.key)
        }
        let slot = Slot(key: key, value: value, cost: valueCost, newer: -1, older: -1)
        let place: Int
        if let reused = free.popLast() {
            slots[reused] = slot
            place = reused
        } else {
            place = slots.count
            slots.append(slot)
        }
        places[key] = place
        cost += valueCost
        link(place)
        return evicted
    }

    /// Removes a key. Returns its value.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key), let slot = slots[place] else { return nil }
        unlink(place)
        slots[place] = nil
        free.append(place)
        cost -= slot.cost
        return slot.value
    }

    mutating func removeAll() {
        self = LeastRecentlyUsed(capacity: capacity)
    }

    private mutating func link(_ place: Int) {
        slots[place]?.older = newest
        slots[place]?.newer = -1
        if newest >= 0 { slots[newest]?.newer = place }
        newest = place
        if oldest < 0 { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        guard let slot = slots[place] else { return }
        if slot.newer >= 0 { slots[slot.newer]?.older = slot.older } else { newest = slot.older }
        if slot.older >= 0 { slots[slot.older]?.newer = slot.newer } else { oldest = slot.newer }
    }
}
