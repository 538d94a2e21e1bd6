package import HTTPTypes
package import Registry

/// The table of what each failure is in HTTP.
package enum ErrorTable {
    /// Returns the status of a code (RFC 9110 §15).
    package static func status(of code: RegistryError.Code) -> HTTPResponse.Status {
        switch code {
        case .invalidRequest: .badRequest
        case .notAcceptable: .notAcceptable
        case .tooLarge: .contentTooLarge
        case .authenticationRequired, .wrongCredentials: .unauthorized
        case .tooManyAttempts: .tooManyRequests
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

    /// Seconds for `Retry-After`, or nil if waiting does not help.
    ///
    /// pip waits exactly this long before each of its five retries and shows nothing meanwhile, so neither a 503 nor a 429
    /// asks for more than `longestRetryAfter`. A time that five such waits cover is spread over them; for a longer one clients
    /// wait 1 s each time, so that they show the reason soon.
    static func retryAfter(_ code: RegistryError.Code, known seconds: Int64?) -> Int64? {
        switch code {
        case .unavailable, .tooManyAttempts:
            guard let seconds else { return longestRetryAfter }
            let isWithinReach = seconds <= clientRetries * longestRetryAfter
            return isWithinReach ? max(1, (seconds + clientRetries - 1) / clientRetries) : 1
        case .insufficientStorage: return seconds ?? 60
        default: return seconds
        }
    }

    /// How often pip tries again.
    private static let clientRetries: Int64 = 5
    /// Seconds, so that of fifteen five remain for the answers.
    private static let longestRetryAfter: Int64 = 2
}
