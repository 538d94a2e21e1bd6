import PackagingStandards

/// The hashes of a transparency log's tree (RFC 6962 §2.1).
enum MerkleTree {
    static func leafHash(_ entry: [UInt8]) -> [UInt8] {
        SHA256Digest(hashing: [0] + entry).bytes
    }

    static func nodeHash(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        SHA256Digest(hashing: [1] + left + right).bytes
    }

    /// Returns whether a leaf is at an index of the tree with this size and root (RFC 9162 §2.1.3.2).
    static func isIncluded(
        _ leaf: [UInt8], at index: Int64, size: Int64, hashes: [[UInt8]], root: [UInt8]
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var node = index
        var last = size - 1
        var hash = leaf
        for sibling in hashes {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = nodeHash(sibling, hash)
                // A node without a right sibling is its own parent.
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }
}
