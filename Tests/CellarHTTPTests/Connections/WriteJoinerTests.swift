import NIOCore
import NIOEmbedded
import Testing

@testable import CellarHTTP

@Suite("Joined writes")
struct WriteJoinerTests {
    private func written(_ channel: EmbeddedChannel) throws -> [ByteBuffer] {
        var found: [ByteBuffer] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { found.append(bytes) }
        return found
    }

    @Test("small writes leave as one, in order, at the flush, and their promises are kept")
    func small() throws {
        let joiner = WriteJoiner()
        let channel = EmbeddedChannel(handler: joiner)
        for round in 0..<3 {
            var kept = 0
            for number in 0..<3 {
                let sent = channel.write(ByteBuffer(string: "\(round)\(number) "))
                sent.assumeIsolated().whenSuccess { kept += 1 }
            }
            #expect(try written(channel).isEmpty)
            channel.flush()
            #expect(try written(channel) == [ByteBuffer(string: "\(round)0 \(round)1 \(round)2 ")])
            #expect(kept == 3)
        }
        #expect(joiner.passed == 27)
        _ = try channel.finish()
    }

    @Test("the last frame of an answer leaves with the head of the next")
    func middling() throws {
        let channel = EmbeddedChannel(handler: WriteJoiner())
        let frame = ByteBuffer(repeating: 1, count: 16_384)
        let rest = ByteBuffer(repeating: 2, count: 5000)
        for bytes in [ByteBuffer(string: "a"), frame, ByteBuffer(string: "b"), rest, ByteBuffer(string: "c"), frame] {
            channel.write(bytes, promise: nil)
        }
        channel.flush()
        var joined = ByteBuffer(string: "b")
        joined.writeImmutableBuffer(rest)
        joined.writeString("c")
        #expect(try written(channel) == [ByteBuffer(string: "a"), frame, joined, frame])
        _ = try channel.finish()
    }

    @Test("what has become much leaves before the flush, behind a large write only")
    func much() throws {
        let joiner = WriteJoiner()
        let channel = EmbeddedChannel(handler: joiner)
        let frame = ByteBuffer(repeating: 1, count: 16_384)
        for _ in 0..<3 { channel.write(frame, promise: nil) }
        for _ in 0..<4 { channel.write(ByteBuffer(repeating: 2, count: 8000), promise: nil) }
        #expect(try written(channel).isEmpty)
        channel.write(ByteBuffer(string: "a"), promise: nil)
        channel.write(frame, promise: nil)
        #expect(try written(channel).reduce(0) { $0 + $1.readableBytes } == 4 * 16_384 + 4 * 8000 + 1)
        channel.write(frame, promise: nil)
        #expect(try written(channel).isEmpty, "it is counted again from then on")
        channel.flush()
        #expect(try written(channel) == [frame])
        #expect(joiner.passed == 5 * 16_384 + 4 * 8000 + 1)
        _ = try channel.finish()
    }

    @Test("a large write leaves as it is, behind what was written before")
    func large() throws {
        let channel = EmbeddedChannel(handler: WriteJoiner())
        let large = ByteBuffer(repeating: 1, count: 20_000)
        for bytes in [ByteBuffer(string: "a"), ByteBuffer(string: "b"), large, ByteBuffer(string: "c")] {
            channel.write(bytes, promise: nil)
        }
        channel.flush()
        #expect(try written(channel) == [ByteBuffer(string: "ab"), large, ByteBuffer(string: "c")])
        _ = try channel.finish()
    }
}
