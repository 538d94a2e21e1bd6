import Synchronization
import Testing

@testable import CellarServer

@Suite("The log's sink")
struct LogSinkTests {
    private final class Written: Sendable {
        let bytes = Mutex<[UInt8]>([])
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    @Test("writes every line, in order")
    func order() {
        let written = Written()
        let sink = LogSink { bytes in written.bytes.withLock { $0 += bytes } }
        for number in 0..<1000 { sink.take(Array("\(number)\n".utf8)) }
        sink.flush()
        #expect(written.text == (0..<1000).map { "\($0)\n" }.joined())
    }

    @Test("drops lines rather than wait or grow, and says how many")
    func dropped() async {
        let written = Written()
        let gate = Mutex(())
        let sink = LogSink(capacity: 10) { bytes in
            gate.withLock { _ in }
            written.bytes.withLock { $0 += bytes }
        }
        gate.withLock { _ in
            for _ in 0..<10 { sink.take(Array("12345\n".utf8)) }
        }
        sink.flush()
        #expect(written.text.contains("lines of the log were dropped here"))
        #expect(written.text.hasPrefix("12345\n"))
    }
}
