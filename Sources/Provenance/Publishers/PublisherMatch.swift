import PackagingStandards

/// Matches a certificate with the description of a publisher, by the rules of `pypi-attestations`.
///
/// A publisher doesn't know on which commit or ref it will run, and the certificate names the workflow's file together
/// with one of them: so the expected address is made of the publisher's part and the certificate's own commit or ref.
struct PublisherMatch {
    let certificate: SigningCertificate

    /// - Throws: `.publisherMismatch` if the certificate is another publisher's, `.publisherUnsupported` if the kind of
    ///   publisher is not known.
    func check(_ publisher: Publisher) throws(ProvenanceError) {
        switch publisher {
        case .gitHub(let publisher): try check(publisher)
        case .gitLab(let publisher): try check(publisher)
        case .google(let publisher):
            try checkIssuer("https://accounts.google.com")
            try checkIdentity(.exactly(publisher.email))
        case .circleCI(let publisher): try check(publisher)
        case .other(let publisher):
            try checkIssuer(publisher.issuer)
            if let identity = publisher.identity { try checkIdentity(identity) }
            for (claim, pattern) in publisher.claims.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                try check(claim, pattern)
            }
        case .unknown(let kind):
            throw ProvenanceError(
                .publisherUnsupported, "Publishers of the kind \(ShownText.quoted(kind)) are not known.")
        }
    }

    private func check(_ publisher: Publisher.GitHub) throws(ProvenanceError) {
        let repository = "https://github.com/\(publisher.repository)"
        try checkIssuer("https://token.actions.githubusercontent.com")
        try check(.sourceRepositoryURI, .exactly(repository))
        try checkBuildConfiguration("\(repository)/.github/workflows/\(publisher.workflow)")
        try checkIDs(repository: publisher.repositoryID, owner: publisher.ownerID)
        // GitHub doesn't tell the case of these names apart.
        try checkEnvironment(publisher.environment) {
            $0.utf8.map(ASCII.lowercased) == $1.utf8.map(ASCII.lowercased)
        }
    }

    private func check(_ publisher: Publisher.GitLab) throws(ProvenanceError) {
        let repository = "\(publisher.server)/\(publisher.repository)"
        try checkIssuer(publisher.server)
        try check(.sourceRepositoryURI, .exactly(repository))
        try checkBuildConfiguration("\(repository)//\(publisher.workflowPath)")
        try checkIDs(repository: publisher.repositoryID, owner: publisher.ownerID)
        try checkEnvironment(publisher.environment, isSame)
    }

    private func check(_ publisher: Publisher.CircleCI) throws(ProvenanceError) {
        try checkIssuer("https://oidc.circleci.com")
        try check(
            .buildSignerURI,
            .exactly(
                "https://circleci.com/api/v2/projects/\(publisher.projectID)/pipeline-definitions/"
                    + publisher.pipelineDefinitionID))
        if let origin = publisher.origin { try check(.sourceRepositoryURI, .exactly(origin)) }
        if let ref = publisher.ref { try check(.sourceRepositoryRef, .exactly(ref)) }
    }

    // MARK: Parts

    private func checkIssuer(_ issuer: String) throws(ProvenanceError) {
        guard isSame(certificate.issuer, issuer) else {
            throw mismatch("issuer of the identity", is: certificate.issuer, expected: .exactly(issuer))
        }
    }

    private func checkIdentity(_ identity: TextPattern) throws(ProvenanceError) {
        guard certificate.identities.contains(where: identity.matches) else {
            throw mismatch("identity", is: certificate.identities.joined(separator: ", "), expected: identity)
        }
    }

    private func check(_ claim: FulcioClaim, _ pattern: TextPattern) throws(ProvenanceError) {
        guard let value = certificate.claims[claim] else { throw missing(claim) }
        guard pattern.matches(value) else { throw mismatch(claim.name, is: value, expected: pattern) }
    }

    private func checkBuildConfiguration(_ file: String) throws(ProvenanceError) {
        guard let address = certificate.claims[.buildConfigURI] else { throw missing(.buildConfigURI) }
        let places = [FulcioClaim.sourceRepositoryRef, .sourceRepositoryDigest].compactMap { certificate.claims[$0] }
        guard let place = places.first else {
            throw ProvenanceError(
                .publisherMismatch, "The certificate names neither the commit nor the ref that it was issued for.")
        }
        guard places.contains(where: { isSame(address, "\(file)@\($0)") }) else {
            throw mismatch(FulcioClaim.buildConfigURI.name, is: address, expected: .exactly("\(file)@\(place)"))
        }
    }

    private func checkIDs(repository: String?, owner: String?) throws(ProvenanceError) {
        if let repository { try check(.sourceRepositoryIdentifier, .exactly(repository)) }
        if let owner { try check(.sourceRepositoryOwnerIdentifier, .exactly(owner)) }
    }

    /// Fulcio writes the environment since the end of 2025; a certificate that has none says nothing about it.
    private func checkEnvironment(
        _ environment: String?, _ isEqual: (String, String) -> Bool
    ) throws(ProvenanceError) {
        guard let environment, let value = certificate.claims[.deploymentEnvironment] else { return }
        guard isEqual(value, environment) else {
            throw mismatch(FulcioClaim.deploymentEnvironment.name, is: value, expected: .exactly(environment))
        }
    }

    // MARK: Errors

    private func missing(_ claim: FulcioClaim) -> ProvenanceError {
        ProvenanceError(.publisherMismatch, "The certificate does not name its \(claim.name).")
    }

    private func mismatch(_ what: String, is value: String, expected: TextPattern) -> ProvenanceError {
        let (value, expected) = (ShownText.quoted(value), ShownText.quoted(expected.description))
        return ProvenanceError(
            .publisherMismatch, "The certificate's \(what) is \(value), not \(expected) as the publisher's.")
    }
}
