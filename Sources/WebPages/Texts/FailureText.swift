import Registry

/// What the pages say of errors.
enum FailureText {
    /// Returns the text that names an error.
    static func title(of code: RegistryError.Code) -> TextKey {
        switch code {
        case .invalidRequest: "failure.invalid"
        case .notAcceptable: "failure.notAcceptable"
        case .tooLarge: "failure.tooLarge"
        case .authenticationRequired: "failure.authentication"
        case .wrongCredentials: "failure.credentials"
        case .tooManyAttempts: "failure.attempts"
        case .forbidden: "failure.forbidden"
        case .notFound: "failure.notFound"
        case .gone: "failure.gone"
        case .alreadyExists: "failure.exists"
        case .conflict: "failure.conflict"
        case .blocked: "failure.blocked"
        case .unavailable: "failure.unavailable"
        case .insufficientStorage: "failure.storage"
        case .requestTimeout: "failure.timeout"
        case .internal: "failure.internal"
        }
    }

    /// Returns the text that says what to do about an error.
    static func help(for code: RegistryError.Code) -> TextKey {
        switch code {
        case .invalidRequest, .notAcceptable: "failure.invalid.help"
        case .tooLarge: "failure.tooLarge.help"
        case .authenticationRequired, .wrongCredentials: "failure.authentication.help"
        case .tooManyAttempts: "failure.attempts.help"
        case .forbidden: "failure.forbidden.help"
        case .notFound: "failure.notFound.help"
        case .gone: "failure.gone.help"
        case .alreadyExists, .conflict: "failure.conflict.help"
        case .blocked: "failure.blocked.help"
        case .unavailable: "failure.unavailable.help"
        case .insufficientStorage: "failure.storage.help"
        case .requestTimeout: "failure.timeout.help"
        case .internal: "failure.internal.help"
        }
    }
}
