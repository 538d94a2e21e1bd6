package import HTTPTypes
package import Registry

/// The one table of what each failure is in HTTP.
package enum ErrorTable {
    /// The status of a code (RFC 9110 §15).
    package static func status(of code: RegistryError.Code) -> HTTPResponse.Status {
        switch code {
        case .invalidRequest: .badRequest
        case .notAcceptable: .notAcceptable
        case .tooLarge: .contentTooLarge
        case .authenticationRequired, .wrongCredentials: .unauthorized
        case .forbidden, .blocked: .forbidden
        case .notFound: .notFound
        case .gone: .gone
        case .alreadyExists, .conflict: .conflict
        case .unavailable: .serviceUnavailable
        case .insufficientStorage: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .requestTimeout: .requestTimeout
        case .internal: .internalServerError
        }
    }

    /// Seconds after which it is worth trying again; nil where waiting does not help.
    static func retryAfter(_ code: RegistryError.Code) -> Int64? {
        switch code {
        case .unavailable: 5
        case .insufficientStorage: 60
        default: nil
        }
    }
}
