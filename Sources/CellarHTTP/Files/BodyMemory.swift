import Synchronization

/// What the bodies that are read in blocks may hold in memory together, however many clients read slowly.
///
/// Few bodies are read in large blocks; many share the bound, down to a least size.
final class BodyMemory: Sendable {
    /// Bytes of all blocks together, for up to `bound / smallestBlock` bodies.
    static let bound: Int64 = 16 << 20
    static let largestBlock: Int64 = 1 << 20
    static let smallestBlock: Int64 = 16 << 10

    private let bodies = Atomic<Int64>(0)

    /// Bytes that a body may read next.
    var blockSize: Int64 {
        let share = Self.bound / max(1, bodies.load(ordering: .relaxed))
        return min(Self.largestBlock, max(Self.smallestBlock, share))
    }

    /// Counts a body among those that share the bound, until `leave`.
    func enter() {
        bodies.add(1, ordering: .relaxed)
    }

    func leave() {
        bodies.subtract(1, ordering: .relaxed)
    }
}
