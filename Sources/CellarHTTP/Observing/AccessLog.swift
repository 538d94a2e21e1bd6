package import HTTPTypes

/// Where the line of each answered request is written.
package protocol AccessLog: Sendable {
    /// Returns the parts of a line that the request alone decides.
    func describe(method: HTTPRequest.Method, path: some StringProtocol, userAgent: some StringProtocol)
        -> LoggedRequest

    /// Writes the line of a request. Called on event loops: it never waits.
    func write(_ request: AnsweredRequest, _ line: LoggedRequest)
}

/// The parts of an access log's line that the request alone decides, as bytes: what stands between the time and the
/// answer's status, and what between the status and the rest.
package struct LoggedRequest: Sendable {
    package let beforeStatus: [UInt8]
    package let afterStatus: [UInt8]
    /// The value of `X-Forwarded-For`, which says who the client is if the peer is a trusted proxy; nil for none.
    package var forwardedFor: String?

    package init(beforeStatus: [UInt8], afterStatus: [UInt8]) {
        self.beforeStatus = beforeStatus
        self.afterStatus = afterStatus
    }
}
