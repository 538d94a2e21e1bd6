import PackagingStandards

/// Decides whether an identity is a publisher's: no more than a function of what the token says, what the publisher's
/// description says, and the id of the owner by which it is pinned.
///
/// The rules for GitHub, GitLab and Google are PyPI's.
struct PublisherMatch {
    let description: PublisherDescription
    /// The immutable id of the account that owns the jobs; nil if no job has come yet, and none was given.
    let ownerID: String?
    let right: PublisherRight

    /// Returns why the identity is not the publisher's, in words for the log, or nil if it is.
    func mismatch(with identity: ProvenIdentity) -> String? {
        guard identity.issuer.url.utf8.elementsEqual(description.issuer.utf8), identity.issuer.kind == description.kind
        else { return "the issuer is another one" }
        let fields = description.fields
        var checks: [String?] = []
        switch description.kind {
        case .gitHub, .forgejo:
            checks = [
                Self.caseless("repository", fields[.repository], identity),
                Self.caseless(
                    "repository_owner", fields[.owner] ?? fields[.repository].map { Self.owner(of: $0) }, identity),
                Self.caseless("environment", fields[.environment], identity),
                workflow(identity), event(identity),
            ]
        case .gitLab:
            checks = [
                Self.caseless("project_path", fields[.repository], identity),
                Self.caseless("namespace_path", fields[.owner], identity),
                Self.exact("environment", fields[.environment], identity),
                workflow(identity),
            ]
        case .google:
            checks = [Self.exact("email", fields[.email], identity), Self.exact("email_verified", "true", identity)]
        case .buildkite:
            checks = [
                Self.exact("organization_slug", fields[.organization], identity),
                Self.exact("pipeline_slug", fields[.pipeline], identity),
            ]
        case .generic: break
        }
        if let claim = description.kind.ownerClaim { checks.append(Self.exact(claim, ownerID, identity)) }
        for (name, pattern) in description.claims.sorted(by: { $0.key < $1.key }) {
            let matches = identity.claims[name]?.matches(pattern) ?? false
            checks.append(matches ? nil : Self.text(name, identity, "as \(ShownText.quoted(pattern.description))"))
        }
        return checks.compactMap(\.self).first
    }

    // MARK: Workflows

    /// The workflow's file stands in the token together with the repository that has it, and with the ref or the commit at
    /// which it was read. A workflow of another repository that is called by the publisher's is not the publisher's.
    private func workflow(_ identity: ProvenIdentity) -> String? {
        guard let workflow = description.fields[.workflow], let repository = description.fields[.repository] else {
            return nil
        }
        let claim: String
        let folders: [String]
        let refs: [String]
        switch description.kind {
        case .gitLab:
            let server = description.issuer.split(separator: "://", maxSplits: 1).last.map(String.init) ?? ""
            (claim, folders, refs) = ("ci_config_ref_uri", ["\(server)/\(repository)//"], ["ref_path", "sha"])
        case .forgejo:
            claim = "workflow_ref"
            folders = [".forgejo", ".gitea", ".github"].map { "\(repository)/\($0)/workflows/" }
            refs = ["ref", "sha"]
        default:
            (claim, folders, refs) = ("job_workflow_ref", ["\(repository)/.github/workflows/"], ["ref", "sha"])
        }
        let places = refs.compactMap(identity.text).filter { !$0.isEmpty }
        let found = identity.text(claim) ?? ""
        let isMeant = folders.contains { folder in
            // Names of repositories are alike whatever their case, those of files are not.
            Self.isCaselesslySame(String(decoding: found.utf8.prefix(folder.utf8.count), as: UTF8.self), folder)
                && places.contains { place in
                    found.utf8.dropFirst(folder.utf8.count).elementsEqual("\(workflow)@\(place)".utf8)
                }
        }
        return isMeant ? nil : Self.text(claim, identity, "\(workflow) of \(repository)")
    }

    /// A workflow that runs for a pull request of a stranger, with the rights of the repository, publishes nothing.
    private func event(_ identity: ProvenIdentity) -> String? {
        guard right == .write, identity.text("event_name") == "pull_request_target" else { return nil }
        return "event_name is pull_request_target, which may run a stranger's code"
    }

    // MARK: Comparisons

    private static func exact(_ claim: String, _ expected: String?, _ identity: ProvenIdentity) -> String? {
        guard let expected else { return nil }
        let isSame = identity.text(claim).map { $0.utf8.elementsEqual(expected.utf8) } ?? false
        return isSame ? nil : text(claim, identity, ShownText.quoted(expected))
    }

    /// GitHub and GitLab do not tell the case of these names apart.
    private static func caseless(_ claim: String, _ expected: String?, _ identity: ProvenIdentity) -> String? {
        guard let expected else { return nil }
        let isSame = identity.text(claim).map { isCaselesslySame($0, expected) } ?? false
        return isSame ? nil : text(claim, identity, ShownText.quoted(expected))
    }

    private static func isCaselesslySame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }

    private static func owner(of repository: String) -> String {
        String(repository.prefix { $0 != "/" })
    }

    private static func text(_ claim: String, _ identity: ProvenIdentity, _ expected: String) -> String {
        let found =
            switch identity.claims[claim] {
            case .single(let text)?: ShownText.quoted(text)
            case .several(let texts)?: texts.prefix(5).map { ShownText.quoted($0) }.joined(separator: ", ")
            case nil: "missing"
            }
        return "\(claim) is \(found), not \(expected)"
    }
}
