import Registry

/// Why no token is given for an identity, with PyPI's codes and its status, 422.
struct TrustedPublishingFailure: Error {
    enum Code: String, Sendable {
        case invalidPayload = "invalid-payload"
        case invalidToken = "invalid-token"
        case reusedToken = "invalid-reuse-token"
        case invalidPublisher = "invalid-publisher"
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Makes the failure of a refused identity; nil for any other error.
    init?(_ error: RegistryError) {
        switch error.code {
        case .wrongCredentials: self.init(.invalidToken, error.message)
        case .alreadyExists: self.init(.reusedToken, error.message)
        case .forbidden: self.init(.invalidPublisher, error.message)
        default: return nil
        }
    }
}
