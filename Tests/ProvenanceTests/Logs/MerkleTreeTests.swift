import Testing

@testable import Provenance

@Suite("Inclusion proofs")
struct MerkleTreeTests {
    @Test("In a tree of any size, every leaf is included at its index and nowhere else", arguments: 1...20)
    func included(_ size: Int) {
        let tree = TestTree((0..<size).map { [UInt8($0)] })
        for (index, leaf) in tree.leaves.enumerated() {
            let path = tree.path(index)
            for place in -1...Int64(size) {
                let isIncluded = MerkleTree.isIncluded(
                    leaf, at: place, size: Int64(size), hashes: path, root: tree.root)
                #expect(isIncluded == (place == index), "\(index) at \(place)")
            }
            #expect(!included(tree.leaves[(index + 1) % size], index, size, path, tree.root) || size == 1)
            #expect(!included(leaf, index, size, path + [tree.root], tree.root))
            #expect(!included(leaf, index, size, path, MerkleTree.leafHash([99])))
            guard !path.isEmpty else { continue }
            #expect(!included(leaf, index, size, path.dropLast(), tree.root))
            #expect(!included(leaf, index, size, Array(path.dropFirst()), tree.root))
        }
    }

    private func included(_ leaf: [UInt8], _ index: Int, _ size: Int, _ path: [[UInt8]], _ root: [UInt8]) -> Bool {
        MerkleTree.isIncluded(leaf, at: Int64(index), size: Int64(size), hashes: path, root: root)
    }

    @Test("A node is never taken for a leaf")
    func secondPreimage() {
        let tree = TestTree([[1], [2], [3], [4]])
        let left = MerkleTree.nodeHash(tree.leaves[0], tree.leaves[1])
        let entry = tree.leaves[0] + tree.leaves[1]
        #expect(MerkleTree.leafHash(entry) != left)
    }

    @Test("The largest sizes don't overflow")
    func large() {
        let hash = MerkleTree.leafHash([])
        let path = Array(repeating: hash, count: 64)
        #expect(!MerkleTree.isIncluded(hash, at: .max, size: .max, hashes: path, root: hash))
        #expect(!MerkleTree.isIncluded(hash, at: .max - 1, size: .max, hashes: path, root: hash))
        #expect(!MerkleTree.isIncluded(hash, at: 0, size: .max, hashes: path, root: hash))
        #expect(!MerkleTree.isIncluded(hash, at: 0, size: .min, hashes: path, root: hash))
    }
}
