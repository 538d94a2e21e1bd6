/// Where a change comes from: what the audit records beside its author.
public struct ChangeOrigin: Sendable, Hashable {
    /// The IP address of the client; nil for the server's own commands and work.
    public let address: String?
    /// The id of the request, which its answer (`X-Request-Id`) and its line in the access log have too.
    public let requestID: String?

    public init(address: String?, requestID: String?) {
        self.address = address
        self.requestID = requestID
    }

    /// The server itself.
    public static let server = ChangeOrigin(address: nil, requestID: nil)

    /// The origin of what the current task does.
    @TaskLocal public static var current = ChangeOrigin.server
}
