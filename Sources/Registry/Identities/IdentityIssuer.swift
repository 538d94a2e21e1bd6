/// An issuer that the configuration names: it says, with its signature, which job of a CI system somebody is.
public struct IdentityIssuer: Sendable, Hashable {
    /// The name of its section in the configuration.
    public let name: String
    /// What its tokens call it (`iss`), byte by byte: an address, under which it publishes its keys.
    public let url: String
    public let kind: IssuerKind
    /// For whom its tokens must be meant (`aud`).
    public let audience: String

    public init(name: String, url: String, kind: IssuerKind, audience: String) {
        self.name = name
        self.url = url
        self.kind = kind
        self.audience = audience
    }
}

/// What an issuer belongs to, which says what its claims mean.
public enum IssuerKind: String, Sendable, CaseIterable {
    /// GitHub Actions, also of GitHub Enterprise.
    case gitHub = "github"
    /// GitLab CI/CD.
    case gitLab = "gitlab"
    /// Forgejo Actions.
    case forgejo
    /// Service accounts of Google Cloud.
    case google
    /// Buildkite.
    case buildkite
    /// Anything else; publishers are described by claims alone.
    case generic

    /// The claim with the immutable id of the account that owns the jobs, if there is one. A name that is given up can be
    /// taken by somebody else; the id cannot.
    public var ownerClaim: String? {
        switch self {
        case .gitHub, .forgejo: "repository_owner_id"
        case .gitLab: "namespace_id"
        case .google: "sub"
        case .buildkite: "organization_id"
        case .generic: nil
        }
    }
}
