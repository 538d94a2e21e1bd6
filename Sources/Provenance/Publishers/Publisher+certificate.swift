import PackagingStandards

/// How publishers are found in certificates, and written as one text.
extension Publisher {
    /// Makes the description of the publisher that a certificate names: of a known kind if the certificate matches one by
    /// the rules of ``PublisherMatch``, else by issuer and identity.
    init(of certificate: SigningCertificate) throws(ProvenanceError) {
        let match = PublisherMatch(certificate: certificate)
        let candidates = [
            Self.gitHub(in: certificate), Self.gitLab(in: certificate), Self.circleCI(in: certificate),
            Self.google(in: certificate),
        ]
        for publisher in candidates.compactMap(\.self) {
            do {
                try match.check(publisher)
                self = publisher
                return
            } catch {
                continue
            }
        }
        self = .other(
            try Other(issuer: certificate.issuer, identity: certificate.identities.first.map(TextPattern.exactly)))
    }

    /// The publisher as one text that is no other publisher's, such as `github:owner/name/release.yml`.
    package var text: String {
        switch self {
        case .gitHub(let publisher): "github:\(publisher.repository)/\(publisher.workflow)"
        case .gitLab(let publisher):
            "gitlab:" + (isSame(publisher.server, GitLab.publicServer) ? "" : publisher.server + "/")
                + "\(publisher.repository)//\(publisher.workflowPath)"
        case .google(let publisher): "google:\(publisher.email)"
        case .circleCI(let publisher): "circleci:\(publisher.projectID)/\(publisher.pipelineDefinitionID)"
        case .other(let publisher): "oidc:\(publisher.issuer)#\(publisher.identity?.description ?? "")"
        case .unknown(let kind): "unknown:\(kind)"
        }
    }

    /// What ``text`` can begin with.
    package static let kinds = ["github", "gitlab", "google", "circleci", "oidc"]

    private static func gitHub(in certificate: SigningCertificate) -> Publisher? {
        guard let source = certificate.claims[.sourceRepositoryURI], let build = certificate.claims[.buildConfigURI],
            let repository = rest(of: source, after: "https://github.com/"),
            let workflow = rest(of: build, after: "\(source)/.github/workflows/"), let file = beforeRef(workflow)
        else { return nil }
        return .gitHub(
            GitHub(
                repository: repository, workflow: file, environment: certificate.claims[.deploymentEnvironment],
                repositoryID: certificate.claims[.sourceRepositoryIdentifier],
                ownerID: certificate.claims[.sourceRepositoryOwnerIdentifier]))
    }

    private static func gitLab(in certificate: SigningCertificate) -> Publisher? {
        guard let source = certificate.claims[.sourceRepositoryURI], let build = certificate.claims[.buildConfigURI],
            let repository = rest(of: source, after: certificate.issuer + "/"),
            let workflow = rest(of: build, after: "\(source)//"), let path = beforeRef(workflow)
        else { return nil }
        return .gitLab(
            GitLab(
                repository: repository, workflowPath: path, environment: certificate.claims[.deploymentEnvironment],
                repositoryID: certificate.claims[.sourceRepositoryIdentifier],
                ownerID: certificate.claims[.sourceRepositoryOwnerIdentifier], server: certificate.issuer))
    }

    private static func circleCI(in certificate: SigningCertificate) -> Publisher? {
        guard let signer = certificate.claims[.buildSignerURI],
            let rest = rest(of: signer, after: "https://circleci.com/api/v2/projects/")
        else { return nil }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "pipeline-definitions" else { return nil }
        return .circleCI(
            CircleCI(
                projectID: String(parts[0]), pipelineDefinitionID: String(parts[2]),
                origin: certificate.claims[.sourceRepositoryURI], ref: certificate.claims[.sourceRepositoryRef]))
    }

    private static func google(in certificate: SigningCertificate) -> Publisher? {
        guard certificate.identities.count == 1 else { return nil }
        return .google(Google(email: certificate.identities[0]))
    }

    /// Returns what follows a beginning; nil if the text has another one or nothing follows.
    private static func rest(of text: String, after beginning: String) -> String? {
        guard text.utf8.starts(with: beginning.utf8), text.utf8.count > beginning.utf8.count else { return nil }
        return String(decoding: text.utf8.dropFirst(beginning.utf8.count), as: UTF8.self)
    }

    /// Returns the path before the `@` and the ref or commit that end an address of a build's configuration.
    private static func beforeRef(_ text: String) -> String? {
        guard let place = text.utf8.firstIndex(of: UInt8(ascii: "@")), place > text.utf8.startIndex else { return nil }
        return String(text.utf8[..<place])
    }
}
