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
        for number in 0..<1000 { sink.take("\(number)\n", isUrgent: number % 7 == 0) }
        sink.flush()
        #expect(written.text == (0..<1000).map { "\($0)\n" }.joined())
    }

    @Test("writes lines that come together at once, within a tenth of a second")
    func gathering() async throws {
        let writes = Mutex<[Int]>([])
        let sink = LogSink { bytes in writes.withLock { $0.append(bytes.count) } }
        for _ in 0..<100 { sink.take("line\n", isUrgent: false) }
        while writes.withLock({ $0.reduce(0, +) }) < 500 { try await Task.sleep(for: .milliseconds(1)) }
        // A machine that stops for longer than the gathering time between two lines may need a second write.
        #expect(writes.withLock { $0.count } <= 2)
    }

    @Test("writes an urgent line without delay, after those before it")
    func urgent() async throws {
        let written = Written()
        let sink = LogSink { bytes in written.bytes.withLock { $0 += bytes } }
        sink.take("one\n", isUrgent: false)
        sink.take("two\n", isUrgent: true)
        while written.text.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(written.text == "one\ntwo\n")
    }

    @Test("drops lines rather than wait or grow, and says how many", arguments: [false, true])
    func dropped(hasPriorities: Bool) async {
        let written = Written()
        let gate = Mutex(())
        let sink = LogSink(capacity: 10, hasPriorities: hasPriorities) { bytes in
            gate.withLock { _ in }
            written.bytes.withLock { $0 += bytes }
        }
        gate.withLock { _ in
            for _ in 0..<10 { sink.take("12345\n", isUrgent: true) }
        }
        sink.flush()
        #expect(written.text.contains("lines of the log were dropped here"))
        #expect(written.text.contains("\n<4>(") == hasPriorities)
        #expect(written.text.hasPrefix("12345\n"))
    }
}

extension LogSink {
    fileprivate func take(_ line: String, isUrgent: Bool) {
        Array(line.utf8).withUnsafeBytes { take($0, isUrgent: isUrgent) }
    }
}
