import HTTPTypes
import Logging
import NIOCore

/// Counts each answered request and, if the configuration wants it, writes its line to the log.
///
/// The router's boundary and the fast lane both report here.
struct RequestRecorder: Sendable {
    let metrics: HTTPMetrics
    let accessLog: Bool
    let logger: Logger

    /// A request that has been answered.
    struct Line: Sendable {
        let method: HTTPRequest.Method
        /// The path without its query, which may hold secrets.
        let path: Substring
        let status: Int
        let bytesSent: Int64
        let duration: Duration
        let route: String
        let callerName: String?
        let peer: SocketAddress?
        let userAgent: String?
        /// Whether the fast lane answered.
        var isFast = false
    }

    func record(_ line: Line) {
        let (seconds, attoseconds) = line.duration.components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        metrics.record(
            HTTPMetrics.Request(
                route: line.route, method: Self.known(line.method), status: line.status, seconds: time,
                bytesSent: line.bytesSent, isFast: line.isFast))
        guard accessLog, logger.logLevel <= .info else { return }
        logger.info(
            "\(line.method.rawValue) \(printable(LoggedPath.of(line.path))) \(line.status)",
            metadata: [
                "bytes": .stringConvertible(line.bytesSent),
                "ms": .stringConvertible((time * 100_000).rounded() / 100),
                "user": "\(line.callerName ?? "-")",
                "peer": "\(line.peer?.ipAddress ?? "-")",
                "agent": "\(printable((line.userAgent ?? "-")[...]))",
            ])
    }

    /// Returns a client's text on one line of a log: printable ASCII, 300 characters at most.
    private func printable(_ text: Substring) -> String {
        let bytes = text.utf8
        if bytes.count <= 300, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
        var shown = ""
        for scalar in text.unicodeScalars.prefix(300) {
            shown.unicodeScalars.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?")
        }
        return shown
    }

    /// Returns the method's name, or `OTHER`: clients can make methods up, and labels must stay few.
    private static func known(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .delete, .patch, .options: method.rawValue
        default: "OTHER"
        }
    }
}

/// A request's path as a log may show it.
enum LoggedPath {
    /// Returns the path without what must not be read in a log: the one-time token of the setup link.
    ///
    /// The router takes several slashes for one, and so does this.
    static func of(_ path: Substring) -> Substring {
        let segments = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard segments.count > 2, segments[0] == "-", segments[1] == "setup" else { return path }
        return "/-/setup/(hidden)"
    }
}
