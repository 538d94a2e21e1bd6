import CellarHTTP
import HTTPTypes
import Logging
import PackagingStandards
import Synchronization
import Testing

@testable import CellarServer

@Suite("The access log")
struct AccessLogWriterTests {
    private static let time = Timestamp(microseconds: 1_795_250_977_123_456)

    private func written(
        _ format: LineLogHandler.Format, _ request: AnsweredRequest, path: String, userAgent: String,
        hasPriorities: Bool = false
    ) -> String {
        let bytes = Mutex<[UInt8]>([])
        let sink = LogSink(hasPriorities: hasPriorities) { piece in bytes.withLock { $0 += piece } }
        let log = AccessLogWriter(format: format, sink: sink)
        log.write(request, log.describe(method: request.method, path: path, userAgent: userAgent))
        sink.flush()
        return bytes.withLock { String(decoding: $0, as: UTF8.self) }
    }

    @Test("writes the same lines as an event with this metadata", arguments: [LineLogHandler.Format.human, .json])
    func line(format: LineLogHandler.Format) throws {
        let request = AnsweredRequest(
            method: .get, status: 200, bytesSent: 12_345, time: Self.time, nanoseconds: 1_002_034_567,
            kind: .simpleProject, callerName: "alice", peer: "::1", requestID: "a1b2")
        let line = LogLine(
            time: Self.time, level: .info, message: "GET /main/simple/a\"b/ 200",
            metadata: [
                "agent": "pip/25 {\"ci\":null}", "bytes": .stringConvertible(12_345), "ms": "1002.034",
                "peer": "::1", "request": "a1b2", "user": "alice",
            ])
        let expected = String(decoding: format == .json ? line.json : line.human, as: UTF8.self)
        for (hasPriorities, mark) in [(false, ""), (true, "<6>")] {
            #expect(
                written(
                    format, request, path: "/main/simple/a\"b/", userAgent: "pip/25 {\"ci\":null}",
                    hasPriorities: hasPriorities)
                    == mark + expected.replacing("\"1002.034\"", with: "1002.034"))
        }
    }

    @Test("writes a hyphen for what is not known, and parts of a millisecond")
    func unknown() {
        let request = AnsweredRequest(
            method: .head, status: 304, bytesSent: 0, time: Self.time, nanoseconds: 7_999, kind: .root,
            callerName: nil, peer: "-")
        #expect(
            written(.json, request, path: "/", userAgent: "-") == """
                {"time":"\(Self.time.iso8601)","level":"info","message":"HEAD / 304","agent":"-","bytes":0,"ms":0.007,\
                "peer":"-","user":"-"}

                """)
    }
}
