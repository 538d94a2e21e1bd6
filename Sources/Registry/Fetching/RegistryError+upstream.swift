extension RegistryError {
    /// Makes the error for clients if an upstream did not give a file.
    ///
    /// The cause is left to the fetch's own line in the log, which is there once, however many clients waited.
    init(_ error: UpstreamError, opening filename: String) {
        let upstream = error.upstream
        switch error.reason {
        case .notFound:
            self.init(
                .notFound,
                "The upstream \(upstream) lists \(filename), but does not have it any more; look at the page again.")
        case .busy, .resting:
            self.init(
                .unavailable, "The upstream \(upstream) cannot take more requests at the moment; try again later.",
                retryAfter: error.retryAfter)
        case .unreachable, .truncated, .failed:
            self.init(
                .unavailable, "The upstream \(upstream) failed to give \(filename); try again in a moment.",
                retryAfter: error.retryAfter)
        case .refused:
            self.init(
                .unavailable,
                "The upstream \(upstream) does not take this server's credentials; its operator has to set them.",
                retryAfter: error.retryAfter)
        case .malformed, .forbiddenAddress, .leadsElsewhere:
            self.init(
                .unavailable, "The upstream \(upstream) gave an answer for \(filename) that cannot be used.",
                retryAfter: error.retryAfter ?? 60)
        }
    }

    /// Makes the error if too many requests wait for an upstream.
    init(queueFull upstream: String) {
        self.init(
            .unavailable, "Too many requests wait for the upstream \(upstream); try again.",
            retryAfter: 1)
    }

    /// Makes the error for those who wait for a fetch that failed.
    init(fetching filename: String, from upstream: String, _ error: any Error) {
        switch error {
        case let error as RegistryError: self.init(error.code, error.message, retryAfter: error.retryAfter)
        case let error as UpstreamError: self.init(error, opening: filename)
        case is QueueFull: self.init(queueFull: upstream)
        case is CancellationError, is AbandonedFetch: self.init(.unavailable, "The server is stopping; try again.")
        default:
            self.init(.unavailable, "The upstream \(upstream) failed to give \(filename); try again in a moment.")
        }
    }
}
