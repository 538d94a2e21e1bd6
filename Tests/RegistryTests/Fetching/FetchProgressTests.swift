import NIOCore
import Testing

@testable import Registry

@Suite("What of a fetch may leave")
struct FetchProgressTests {
    @Test("never the last 64 KiB before the digest is right", arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
    func heldBack(size: Int64) {
        for isKnown in [true, false] {
            var progress = FetchProgress(size: isKnown ? size : nil)
            var last: Int64 = 0
            while progress.arrived < size {
                progress.arrive(Int(min(1000, size - progress.arrived)))
                #expect(progress.released <= max(0, size - FetchProgress.heldBack))
                #expect(progress.released <= progress.arrived)
                #expect(progress.released >= last)
                last = progress.released
            }
            if isKnown { #expect(progress.released == max(0, size - FetchProgress.heldBack)) }
            progress.verify()
            #expect(progress.released == size)
            #expect(progress.size == size)
        }
    }

    @Test("a window holds what the slowest reader lacks, and nothing before it")
    func window() {
        var window = RelayWindow(start: 100)
        for number in 0..<10 { window.append(ByteBuffer(repeating: UInt8(number), count: 10)) }
        #expect(window.count == 100)
        #expect(window.bytes(at: 99, limit: 5) == nil)
        #expect(window.bytes(at: 125, limit: 100) == ByteBuffer(repeating: 2, count: 5))
        #expect(window.bytes(at: 130, limit: 3) == ByteBuffer(repeating: 3, count: 3))
        #expect(window.bytes(at: 200, limit: 1) == nil)
        window.drop(before: 129)
        #expect(window.start == 120)
        #expect(window.count == 80)
        window.drop(before: 1000)
        #expect(window.count == 0)
        #expect(window.start == 200)
    }
}
