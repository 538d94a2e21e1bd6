/// What the configuration says of the protocols' side of the server.
package struct HTTPSettings: Sendable {
    /// The server's address as clients know it, without a `/` at the end; nil to take it from each request.
    package var baseURL: String?
    /// Whether the peer of an IP address is a proxy whose `X-Forwarded-*` headers are believed.
    package var isTrustedProxy: @Sendable (String) -> Bool
    /// Whether each request is a line in the log.
    package var accessLog: Bool
    /// Whether the server itself speaks TLS.
    package var isEncrypted: Bool
    /// How long an uploading client may send nothing at all.
    package var uploadIdleTimeout: Duration
    /// How long an upload may take.
    package var maxUploadTime: Duration
    /// How many uploads may run at once.
    package var maxConcurrentUploads: Int

    package init(
        baseURL: String? = nil, isTrustedProxy: @escaping @Sendable (String) -> Bool = { _ in false },
        accessLog: Bool = true, isEncrypted: Bool = false,
        uploadIdleTimeout: Duration = .seconds(60), maxUploadTime: Duration = .seconds(3600),
        maxConcurrentUploads: Int = 64
    ) {
        self.baseURL = baseURL
        self.isTrustedProxy = isTrustedProxy
        self.accessLog = accessLog
        self.isEncrypted = isEncrypted
        self.uploadIdleTimeout = uploadIdleTimeout
        self.maxUploadTime = maxUploadTime
        self.maxConcurrentUploads = maxConcurrentUploads
    }
}
