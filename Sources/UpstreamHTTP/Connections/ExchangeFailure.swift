import Registry

/// A failure, and whether asking again at once may help.
struct ExchangeFailure: Error {
    let error: UpstreamError
    /// Whether the reason is one that passes.
    let mayPass: Bool
    /// How long the upstream wants to be left alone; nil if it did not say.
    let wish: Duration?

    init(_ error: UpstreamError, mayPass: Bool, wish: Duration? = nil) {
        self.error = error
        self.mayPass = mayPass
        self.wish = wish
    }
}
