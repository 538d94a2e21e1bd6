@testable import Provenance

/// A tree of a transparency log, by the recursive definitions of RFC 6962 §2.1.
struct TestTree {
    let leaves: [[UInt8]]

    init(_ entries: [[UInt8]]) {
        leaves = entries.map(MerkleTree.leafHash)
    }

    var root: [UInt8] { Self.root(leaves[...]) }

    /// Returns the hashes beside the path from a leaf to the root.
    func path(_ index: Int) -> [[UInt8]] {
        Self.path(index, leaves[...])
    }

    private static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard leaves.count > 1 else { return leaves.first ?? [] }
        let middle = split(leaves.count)
        return MerkleTree.nodeHash(root(leaves.prefix(middle)), root(leaves.dropFirst(middle)))
    }

    private static func path(_ index: Int, _ leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
        guard leaves.count > 1 else { return [] }
        let middle = split(leaves.count)
        return index < middle
            ? path(index, leaves.prefix(middle)) + [root(leaves.dropFirst(middle))]
            : path(index - middle, leaves.dropFirst(middle)) + [root(leaves.prefix(middle))]
    }

    /// The largest power of two below the count.
    private static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}
