package import HTTPTypes
import Logging
import NIOCore
package import PackagingStandards

/// A request that has been answered, as the access log and the metrics see it.
package struct AnsweredRequest: Sendable {
    package let method: HTTPRequest.Method
    package let status: Int
    /// Bytes of the body.
    package let bytesSent: Int64
    /// When the answer came to its end.
    package let time: Timestamp
    /// Nanoseconds from the request's head to the end of its answer.
    package let nanoseconds: Int64
    package let kind: RequestKind
    /// The name of the caller, or nil if they are anonymous.
    package let callerName: String?
    /// The IP address of the client, which behind a trusted proxy is not the connection's peer; `-` for none.
    package let peer: String
    /// The id of the request, which its answer and the audit have too; nil in the fast lane, which changes nothing.
    package let requestID: String?
    /// Whether the fast lane answered.
    package let isFast: Bool

    package init(
        method: HTTPRequest.Method, status: Int, bytesSent: Int64, time: Timestamp = .now(), nanoseconds: Int64,
        kind: RequestKind, callerName: String?, peer: String, requestID: String? = nil, isFast: Bool = false
    ) {
        self.method = method
        self.status = status
        self.bytesSent = bytesSent
        self.time = time
        self.nanoseconds = nanoseconds
        self.kind = kind
        self.callerName = callerName
        self.peer = peer
        self.requestID = requestID
        self.isFast = isFast
    }
}

extension SocketAddress? {
    /// The IP address as the access log shows it, `-` for none.
    var shown: String { self?.ipAddress ?? "-" }
}

/// Counts each answered request and, if the configuration wants it, writes its line to the access log.
///
/// The router's boundary and the fast lane both report here.
struct RequestRecorder: Sendable {
    let metrics: HTTPMetrics
    let accessLog: (any AccessLog)?
    let logger: Logger

    /// Records a request; `path` is the one that was asked for, without its query, which may hold secrets.
    func record(_ request: AnsweredRequest, path: some StringProtocol, userAgent: String?) {
        record(request, describe(method: request.method, path: path, userAgent: userAgent))
    }

    /// Records a request whose line has been described before.
    func record(_ request: AnsweredRequest, _ line: LoggedRequest?) {
        metrics.record(request)
        if let line { accessLog?.write(request, line) }
    }

    /// Returns what a request alone decides of its line, or nil if none will be written.
    func describe(method: HTTPRequest.Method, path: some StringProtocol, userAgent: String?) -> LoggedRequest? {
        guard let accessLog else { return nil }
        return accessLog.describe(
            method: method, path: printable(LoggedPath.of(path)), userAgent: printable(userAgent ?? "-"))
    }

    /// Returns a client's text on one line of a log: printable ASCII, 300 characters at most.
    private func printable(_ text: some StringProtocol) -> String {
        let bytes = text.utf8
        if bytes.count <= 300, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
        var shown = ""
        for scalar in text.unicodeScalars.prefix(300) {
            shown.unicodeScalars.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?")
        }
        return shown
    }
}

/// A request's path as a log may show it.
enum LoggedPath {
    /// Returns the path without what must not be read in a log: the secret of a one-time link.
    ///
    /// The router takes several slashes for one, and so does this. A first segment with escapes is taken for one of a link,
    /// though the router does not.
    static func of(_ path: some StringProtocol) -> String {
        switch path.utf8.first(where: { $0 != UInt8(ascii: "/") }) {
        case UInt8(ascii: "-"), UInt8(ascii: "a"), UInt8(ascii: "%"): break
        default: return String(path)
        }
        let segments = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard segments.count > 2 else { return String(path) }
        let kind = segments[0...1].map { segment in
            PercentCoding.decode(Array(segment.utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
        switch (kind[0], kind[1]) {
        case ("-", "setup"), ("account", "invitation"), ("account", "reset"):
            return "/\(segments[0])/\(segments[1])/(hidden)"
        default: return String(path)
        }
    }
}
