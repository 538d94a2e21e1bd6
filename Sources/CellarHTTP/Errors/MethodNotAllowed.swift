import HTTPTypes

/// The address exists, but does not answer this method (RFC 9110 §15.5.6).
struct MethodNotAllowed: Error {
    let allowed: [HTTPRequest.Method]

    /// The `Allow` header's value; OPTIONS is answered everywhere.
    static func header(_ methods: [HTTPRequest.Method]) -> String {
        (methods + [.options]).map(\.rawValue).joined(separator: ", ")
    }
}
