/// What Fulcio writes about a job into the certificate that it issues to it: the extensions below
/// `1.3.6.1.4.1.57264.1`, by their last numbers.
///
/// <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>
package enum FulcioClaim: UInt, Sendable, CaseIterable {
    /// The issuer of the OpenID Connect token.
    case issuer = 8
    case buildSignerURI = 9
    case buildSignerDigest = 10
    case runnerEnvironment = 11
    case sourceRepositoryURI = 12
    case sourceRepositoryDigest = 13
    case sourceRepositoryRef = 14
    case sourceRepositoryIdentifier = 15
    case sourceRepositoryOwnerURI = 16
    case sourceRepositoryOwnerIdentifier = 17
    case buildConfigURI = 18
    case buildConfigDigest = 19
    case buildTrigger = 20
    case runInvocationURI = 21
    case sourceRepositoryVisibility = 22
    case deploymentEnvironment = 23
    case tokenSubject = 24

    /// Fulcio's name of the claim, as in `Build Config URI`.
    package var name: String {
        switch self {
        case .issuer: "Issuer"
        case .buildSignerURI: "Build Signer URI"
        case .buildSignerDigest: "Build Signer Digest"
        case .runnerEnvironment: "Runner Environment"
        case .sourceRepositoryURI: "Source Repository URI"
        case .sourceRepositoryDigest: "Source Repository Digest"
        case .sourceRepositoryRef: "Source Repository Ref"
        case .sourceRepositoryIdentifier: "Source Repository Identifier"
        case .sourceRepositoryOwnerURI: "Source Repository Owner URI"
        case .sourceRepositoryOwnerIdentifier: "Source Repository Owner Identifier"
        case .buildConfigURI: "Build Config URI"
        case .buildConfigDigest: "Build Config Digest"
        case .buildTrigger: "Build Trigger"
        case .runInvocationURI: "Run Invocation URI"
        case .sourceRepositoryVisibility: "Source Repository Visibility At Signing"
        case .deploymentEnvironment: "Deployment Environment"
        case .tokenSubject: "Token Subject"
        }
    }
}
