package import CellarHTTP
package import HTTPTypes
import Logging
import PackagingStandards

/// Writes the access log's lines straight to the sink, as `LogLine` would write them: at tens of thousands of requests a
/// second, the metadata that swift-log passes on would cost as much as the rest of an answer.
package struct AccessLogWriter: AccessLog {
    private let format: LineLogHandler.Format
    private let sink: LogSink

    /// Makes a writer.
    package init(format: LineLogHandler.Format, sink: LogSink) {
        self.format = format
        self.sink = sink
    }

    package func describe(
        method: HTTPRequest.Method, path: some StringProtocol, userAgent: some StringProtocol
    ) -> LoggedRequest {
        switch format {
        case .json:
            LoggedRequest(
                beforeStatus: Array(
                    "\",\"level\":\"info\",\"message\":\"\(JSONLineWriter.escaped("\(method.rawValue) \(path) "))".utf8),
                afterStatus: Array("\",\"agent\":\"\(JSONLineWriter.escaped(String(userAgent)))\",\"bytes\":".utf8))
        case .human:
            LoggedRequest(
                beforeStatus: Array(" info    \(LogLine.withoutControls("\(method.rawValue) \(path)")) ".utf8),
                afterStatus: Array(" agent=\(LogLine.quotedIfNeeded(String(userAgent))) bytes=".utf8))
        }
    }

    package func write(_ request: AnsweredRequest, _ line: LoggedRequest) {
        let user = request.callerName.map(shown) ?? "-"
        // The time, three numbers and the words between them take less than 200 bytes.
        let room =
            line.beforeStatus.count + line.afterStatus.count + request.peer.utf8.count + user.utf8.count
            + (request.requestID?.utf8.count ?? 0) + 256
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { memory in
            var writer = LineWriter(memory)
            if sink.hasPriorities { writer.write(JournalStream.prefix(of: .info)) }
            switch format {
            case .json:
                writer.write("{\"time\":\"")
                writer.write(request.time)
                Self.write(
                    request, line, before: ",\"ms\":", ",\"peer\":\"", "\",\"request\":\"", "\",\"user\":\"",
                    with: &writer)
                writer.write(user)
                writer.write("\"}\n")
            case .human:
                writer.write(LogLine.stamp(of: request.time))
                Self.write(request, line, before: " ms=", " peer=", " request=", " user=", with: &writer)
                writer.write(user)
                writer.write("\n")
            }
            sink.take(writer.line, isUrgent: false)
        }
    }

    /// Returns a caller's name as it stands on a line.
    private func shown(_ name: String) -> String {
        switch format {
        case .json: JSONLineWriter.escaped(name)
        case .human: LogLine.quotedIfNeeded(name)
        }
    }

    /// Writes what both formats have in common, between words of their own.
    private static func write(
        _ request: AnsweredRequest, _ line: LoggedRequest, before duration: StaticString, _ peer: StaticString,
        _ id: StaticString, _ user: StaticString, with writer: inout LineWriter
    ) {
        writer.write(line.beforeStatus)
        writer.write(decimal: Int64(request.status))
        writer.write(line.afterStatus)
        writer.write(decimal: request.bytesSent)
        writer.write(duration)
        let microseconds = request.nanoseconds / 1000
        writer.write(decimal: microseconds / 1000)
        writer.write(".")
        writer.write(decimal: microseconds % 1000, digits: 3)
        writer.write(peer)
        writer.write(request.peer)
        if let requestID = request.requestID {
            writer.write(id)
            writer.write(requestID)
        }
        writer.write(user)
    }
}
