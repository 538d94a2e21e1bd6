/// Why the keys of an issuer cannot be fetched, for the log.
struct IssuerFailure: Error, Hashable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
