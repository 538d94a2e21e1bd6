import CellarHTTP
import HTTPTypes
import Logging

/// An access log whose lines are events of another log.
struct LoggedRequests: AccessLog {
    let logger: Logger

    func describe(
        method: HTTPRequest.Method, path: some StringProtocol, userAgent: some StringProtocol
    ) -> LoggedRequest {
        LoggedRequest(beforeStatus: Array("\(method.rawValue) \(path) ".utf8), afterStatus: Array("\(userAgent)".utf8))
    }

    func write(_ request: AnsweredRequest, _ line: LoggedRequest) {
        logger.info(
            "\(String(decoding: line.beforeStatus, as: UTF8.self))\(request.status)",
            metadata: [
                "bytes": "\(request.bytesSent)", "user": "\(request.callerName ?? "-")", "peer": "\(request.peer)",
                "agent": "\(String(decoding: line.afterStatus, as: UTF8.self))",
            ])
    }
}
