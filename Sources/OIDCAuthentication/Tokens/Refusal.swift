import Registry

/// A refusal of an identity token: which check failed, in words that are safe to tell to whoever sent the token.
///
/// They hold nothing but what the sender knows, and what discovery publishes.
struct Refusal: Error, Hashable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    /// The error of the use case.
    var error: RegistryError {
        RegistryError(.wrongCredentials, "The identity token is refused: \(reason).")
    }
}
