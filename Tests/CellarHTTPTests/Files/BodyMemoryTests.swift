import Testing

@testable import CellarHTTP

@Suite("The memory of bodies that are read in blocks")
struct BodyMemoryTests {
    @Test(
        "is shared by many, down to a least block",
        arguments: [(1, 240 << 10), (12, 240 << 10), (64, 48 << 10), (5000, 16 << 10)])
    func shares(bodies: Int, blockSize: Int64) {
        let memory = BodyMemory()
        for _ in 0..<bodies { memory.enter() }
        #expect(memory.blockSize == blockSize)
        for _ in 1..<bodies { memory.leave() }
        #expect(memory.blockSize == BodyMemory.largestBlock)
    }
}
