import HTTPTypes

/// What addresses of trusted publishing name: PyPI's, at the root of the host for all indexes, and the discovery of PEP
/// 807.
package enum TrustedPublishingResource: Hashable, Sendable {
    /// `/_/oidc/audience`: for whom a job asks its CI system for an identity token.
    case audience
    /// `/_/oidc/mint-token`: trades it for a token.
    case mint
    /// `/_/oidc/burn-token`: ends that token.
    case burn
    /// `/.well-known/pytp`: where the others are.
    case discovery

    /// Reads the segments of a path; returns nil for any other.
    init?(_ first: String, _ rest: ArraySlice<String>) {
        switch (first, Array(rest)) {
        case ("_", ["oidc", "audience"]): self = .audience
        case ("_", ["oidc", "mint-token"]): self = .mint
        case ("_", ["oidc", "burn-token"]): self = .burn
        case (".well-known", ["pytp"]): self = .discovery
        default: return nil
        }
    }

    /// The methods that are answered, without OPTIONS.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .audience, .discovery: [.get, .head]
        case .mint, .burn: [.post]
        }
    }
}
