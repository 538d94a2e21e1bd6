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
        var before: [UInt8] = []
        var after: [UInt8] = []
        switch format {
        case .json:
            before.append("\",\"level\":\"info\",\"message\":\"")
            JSONLineWriter.appendEscaped("\(method.rawValue) \(path) ", to: &before)
            after.append("\",\"agent\":\"")
            JSONLineWriter.appendEscaped(userAgent, to: &after)
            after.append("\",\"bytes\":")
        case .human:
            before += " info    \(LogLine.withoutControls("\(method.rawValue) \(path)")) ".utf8
            after += " agent=\(LogLine.quotedIfNeeded(String(userAgent))) bytes=".utf8
        }
        return LoggedRequest(beforeStatus: before, afterStatus: after)
    }

    package func write(_ request: AnsweredRequest, _ line: LoggedRequest) {
        sink.take(isUrgent: false) { bytes in
            switch format {
            case .json:
                bytes.append("{\"time\":\"")
                request.time.appendISO8601(to: &bytes)
                Self.append(request, line, before: ",\"ms\":", ",\"peer\":\"", "\",\"user\":\"", to: &bytes)
                JSONLineWriter.appendEscaped(request.callerName ?? "-", to: &bytes)
                bytes.append("\"}\n")
            case .human:
                bytes += LogLine.stamp(of: request.time).utf8
                Self.append(request, line, before: " ms=", " peer=", " user=", to: &bytes)
                bytes += LogLine.quotedIfNeeded(request.callerName ?? "-").utf8
                bytes.append(UInt8(ascii: "\n"))
            }
        }
    }

    /// Appends what both formats have in common, between words of their own.
    private static func append(
        _ request: AnsweredRequest, _ line: LoggedRequest, before duration: StaticString, _ peer: StaticString,
        _ user: StaticString, to bytes: inout [UInt8]
    ) {
        bytes += line.beforeStatus
        bytes.append(decimal: Int64(request.status))
        bytes += line.afterStatus
        bytes.append(decimal: request.bytesSent)
        bytes.append(duration)
        let microseconds = request.nanoseconds / 1000
        bytes.append(decimal: microseconds / 1000)
        bytes.append(UInt8(ascii: "."))
        bytes.append(decimal: microseconds % 1000, digits: 3)
        bytes.append(peer)
        bytes += request.peer.utf8
        bytes.append(user)
    }
}
