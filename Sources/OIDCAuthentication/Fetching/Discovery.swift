/// The discovery document of an issuer, as far as it is used (OpenID Connect Discovery 1.0 §3).
struct Discovery: Decodable, Sendable {
    let issuer: String
    /// Where its keys are.
    let keys: String
    /// Where browsers are sent to sign in; issuers for jobs have none, nor what follows.
    let authorization: String?
    /// Where codes are exchanged.
    let token: String?
    let userInfo: String?
    /// How clients prove who they are there.
    let clientAuthentication: [String]?
    /// Whether the issuer names itself where it sends browsers back to (RFC 9207 §3).
    let namesItself: Bool?

    private enum CodingKeys: String, CodingKey {
        case issuer
        case keys = "jwks_uri"
        case authorization = "authorization_endpoint"
        case token = "token_endpoint"
        case userInfo = "userinfo_endpoint"
        case clientAuthentication = "token_endpoint_auth_methods_supported"
        case namesItself = "authorization_response_iss_parameter_supported"
    }
}
