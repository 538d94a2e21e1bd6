extension RegistryError {
    /// What a client is told where an upstream failed: 503, never 404.
    init(upstreamFailure error: UpstreamError) {
        self.init(
            .unavailable, "The upstream \(error.upstream) cannot be used now; try again later.", detail: error.message,
            retryAfter: error.retryAfter, cause: error)
    }
}
