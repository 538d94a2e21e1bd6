import PackagingStandards
import Testing

@testable import Registry

@Suite("Which identities are a publisher's")
struct PublisherMatchTests {
    /// The claims of a job of each kind of issuer, without those that every token has.
    private static let jobs: [IssuerKind: [String: String]] = [
        .gitHub: [
            "sub": "repo:acme/widget:environment:release", "environment": "release", "event_name": "push",
            "job_workflow_ref": "acme/widget/.github/workflows/release.yml@refs/tags/v1", "ref": "refs/tags/v1",
            "repository": "acme/widget", "repository_owner": "acme", "repository_owner_id": "1001", "sha": "0123",
        ],
        .forgejo: [
            "sub": "repo:acme/widget:ref:refs/tags/v1", "event_name": "push", "ref": "refs/tags/v1", "sha": "0123",
            "workflow_ref": "acme/widget/.forgejo/workflows/release.yml@refs/tags/v1", "repository": "acme/widget",
            "repository_owner": "acme", "environment": "release",
        ],
        .gitLab: [
            "sub": "project_path:acme/tools/widget:ref_type:tag:ref:v1", "project_path": "acme/tools/widget",
            "namespace_path": "acme/tools", "namespace_id": "1001", "ref_path": "refs/tags/v1", "sha": "0123",
            "ci_config_ref_uri": "gitlab.example.com/acme/tools/widget//.gitlab-ci.yml@refs/tags/v1",
            "environment": "release",
        ],
        .google: ["sub": "1001", "email": "ci@acme.iam.gserviceaccount.com", "email_verified": "true"],
        .buildkite: [
            "sub": "organization:acme:pipeline:widget:ref:refs/heads/main", "organization_slug": "acme",
            "pipeline_slug": "widget", "organization_id": "1001", "build_branch": "main",
        ],
        .generic: ["sub": "system:serviceaccount:ci:release", "team": "acme"],
    ]

    private static func url(_ kind: IssuerKind) -> String { "https://\(kind.rawValue).example.com" }

    /// What describes the publisher to which the job of a kind belongs.
    private static func fields(_ kind: IssuerKind) -> [PublisherField: String] {
        switch kind {
        case .gitHub, .forgejo: [.repository: "acme/widget", .workflow: "release.yml", .environment: "release"]
        case .gitLab: [.repository: "acme/tools/widget", .workflow: ".gitlab-ci.yml", .environment: "release"]
        case .google: [.email: "ci@acme.iam.gserviceaccount.com"]
        case .buildkite: [.organization: "acme", .pipeline: "widget"]
        case .generic: [:]
        }
    }

    private static func claims(_ kind: IssuerKind) -> [String: TextPattern] {
        kind == .generic ? ["sub": TextPattern("system:serviceaccount:ci:*")] : [:]
    }

    private static func mismatch(
        _ kind: IssuerKind, fields: [PublisherField: String]? = nil, claims: [String: TextPattern]? = nil,
        ownerID: String? = nil, right: PublisherRight = .write, job changes: [String: String?] = [:],
        issuer: String? = nil
    ) throws -> String? {
        let description = try PublisherDescription(
            issuer: url(kind), kind: kind, fields: fields ?? Self.fields(kind), claims: claims ?? Self.claims(kind),
            for: right)
        var job = jobs[kind] ?? [:]
        for (name, value) in changes { job[name] = value }
        let identity = ProvenIdentity(
            issuer: IdentityIssuer(name: "ci", url: issuer ?? url(kind), kind: kind, audience: "cellar"),
            claims: job.mapValues { .single($0) }, id: SHA256Digest(hashing: []), deadAt: Timestamp(microseconds: 0))
        return PublisherMatch(description: description, ownerID: ownerID, right: right).mismatch(with: identity)
    }

    @Test("its own jobs, with the owner pinned or not", arguments: IssuerKind.allCases)
    func own(_ kind: IssuerKind) throws {
        #expect(try Self.mismatch(kind) == nil)
        let pinned = kind == .forgejo || kind == .generic ? nil : "1001"
        #expect(try Self.mismatch(kind, ownerID: pinned) == nil)
    }

    @Test("no jobs of another issuer", arguments: IssuerKind.allCases)
    func otherIssuer(_ kind: IssuerKind) throws {
        #expect(try Self.mismatch(kind, issuer: "\(Self.url(kind))/") != nil)
        #expect(try Self.mismatch(kind, issuer: "https://ci.example.com") != nil)
    }

    /// A job that is not the publisher's, by one claim.
    private static let strangers: [(IssuerKind, String, String?)] = [
        (.gitHub, "repository", "acme/gadget"), (.gitHub, "repository", "acme/widget/"), (.gitHub, "repository", nil),
        (.gitHub, "repository_owner", "evil"), (.gitHub, "repository_owner", nil),
        (.gitHub, "environment", "test"), (.gitHub, "environment", nil), (.gitHub, "environment", ""),
        (.gitHub, "job_workflow_ref", "acme/widget/.github/workflows/test.yml@refs/tags/v1"),
        (.gitHub, "job_workflow_ref", "acme/widget/.github/workflows/release.yml@refs/heads/main"),
        (.gitHub, "job_workflow_ref", "acme/shared/.github/workflows/release.yml@refs/tags/v1"),
        (.gitHub, "job_workflow_ref", "acme/widget/.github/workflows/Release.yml@refs/tags/v1"),
        (.gitHub, "job_workflow_ref", "acme/widget/.github/workflows/release.yml@"),
        (.gitHub, "job_workflow_ref", "evil/acme/widget/.github/workflows/release.yml@refs/tags/v1"),
        (.gitHub, "job_workflow_ref", nil), (.gitHub, "event_name", "pull_request_target"),
        (.forgejo, "repository", "acme/gadget"), (.forgejo, "workflow_ref", nil),
        (.forgejo, "workflow_ref", "acme/widget/.forgejo/workflows/test.yml@refs/tags/v1"),
        (.forgejo, "workflow_ref", "acme/widget/elsewhere/workflows/release.yml@refs/tags/v1"),
        (.gitLab, "project_path", "acme/widget"), (.gitLab, "environment", "Release"), (.gitLab, "environment", nil),
        (.gitLab, "ci_config_ref_uri", "gitlab.example.com/acme/tools/widget//ci/other.yml@refs/tags/v1"),
        (.gitLab, "ci_config_ref_uri", "evil.example.com/acme/tools/widget//.gitlab-ci.yml@refs/tags/v1"),
        (.gitLab, "ci_config_ref_uri", "gitlab.example.com/evil/acme/tools/widget//.gitlab-ci.yml@refs/tags/v1"),
        (.gitLab, "ci_config_ref_uri", "gitlab.example.com/acme/tools/widget//.gitlab-ci.yml@refs/heads/main"),
        (.google, "email", "other@acme.iam.gserviceaccount.com"), (.google, "email_verified", "false"),
        (.google, "email_verified", nil), (.buildkite, "organization_slug", "evil"),
        (.buildkite, "pipeline_slug", "gadget"), (.buildkite, "pipeline_slug", nil),
        (.generic, "sub", "system:serviceaccount:other:release"), (.generic, "sub", nil),
    ]

    @Test("no job that differs in one claim", arguments: strangers)
    func foreign(_ kind: IssuerKind, _ claim: String, _ value: String?) throws {
        let found = try #require(try Self.mismatch(kind, job: [claim: value]))
        #expect(found.hasPrefix(claim), "\(found)")
    }

    @Test(
        "no job of another owner, or of one that does not say its id",
        arguments: [
            (IssuerKind.gitHub, "repository_owner_id"), (.gitLab, "namespace_id"), (.google, "sub"),
            (.buildkite, "organization_id"),
        ])
    func pinned(_ kind: IssuerKind, _ claim: String) throws {
        #expect(try Self.mismatch(kind, ownerID: "1001", job: [claim: "1002"])?.hasPrefix(claim) == true)
        #expect(try Self.mismatch(kind, ownerID: "1001", job: [claim: nil])?.hasPrefix(claim) == true)
    }

    @Test("the case of names makes no difference where it makes none for the issuer")
    func caseless() throws {
        let spelt = ["repository": "Acme/Widget", "repository_owner": "ACME"]
        let path = "ACME/widget/.github/workflows/release.yml@refs/tags/v1"
        #expect(try Self.mismatch(.gitHub, job: spelt.merging(["job_workflow_ref": path]) { $1 }) == nil)
        #expect(try Self.mismatch(.gitHub, job: ["environment": "Release"]) == nil)
        #expect(try Self.mismatch(.gitLab, job: ["project_path": "Acme/Tools/Widget"]) == nil)
        // Letters that Unicode calls equivalent are others.
        #expect(try Self.mismatch(.google, fields: [.email: "K@x"], job: ["email": "\u{212A}@x"]) != nil)
    }

    @Test("a workflow that runs at a commit has its id behind the file")
    func commits() throws {
        let path = "acme/widget/.github/workflows/release.yml@0123"
        #expect(try Self.mismatch(.gitHub, job: ["job_workflow_ref": path, "ref": ""]) == nil)
        #expect(try Self.mismatch(.gitHub, job: ["job_workflow_ref": path, "ref": nil, "sha": nil]) != nil)
    }

    @Test("reading asks for less: any workflow, and all that an owner has")
    func reading() throws {
        #expect(try Self.mismatch(.gitHub, fields: [.repository: "acme/widget"], right: .read) == nil)
        #expect(try Self.mismatch(.gitHub, fields: [.owner: "Acme"], right: .read) == nil)
        #expect(try Self.mismatch(.gitHub, fields: [.owner: "acm"], right: .read) != nil)
        #expect(try Self.mismatch(.gitLab, fields: [.owner: "acme/tools"], right: .read) == nil)
        #expect(try Self.mismatch(.gitLab, fields: [.owner: "acme"], right: .read) != nil)
        #expect(try Self.mismatch(.buildkite, fields: [.organization: "acme"], right: .read) == nil)
        let event = ["event_name": "pull_request_target"]
        #expect(try Self.mismatch(.gitHub, fields: [.repository: "acme/widget"], right: .read, job: event) == nil)
    }

    @Test("other claims narrow every kind of publisher", arguments: IssuerKind.allCases)
    func moreClaims(_ kind: IssuerKind) throws {
        let claims = Self.claims(kind).merging(["branch": TextPattern("refs/heads/release-*")]) { $1 }
        #expect(try Self.mismatch(kind, claims: claims) != nil)
        #expect(try Self.mismatch(kind, claims: claims, job: ["branch": "refs/heads/release-2"]) == nil)
        #expect(try Self.mismatch(kind, claims: claims, job: ["branch": "refs/heads/main"]) != nil)
    }

    @Test("one of several values is enough")
    func several() throws {
        let value = ClaimValue.several(["ci", "release"])
        #expect(value.matches(TextPattern("rel*")))
        #expect(!value.matches(TextPattern("admin")))
    }

    // MARK: Descriptions

    private static let refusals: [(IssuerKind, PublisherRight, [PublisherField: String], [String: String], String)] = [
        (.gitHub, .write, [.repository: "acme/widget"], [:], "workflow must be given"),
        (.gitHub, .write, [.owner: "acme", .workflow: "a.yml"], [:], "repository must be given"),
        (.gitHub, .write, [:], [:], "repository must be given"), (.gitHub, .read, [:], [:], "or owner"),
        (.gitHub, .read, [.owner: "acme", .repository: "acme/a"], [:], "not both"),
        (.gitHub, .read, [.owner: "acme", .workflow: "a.yml"], [:], "needs repository"),
        (.gitHub, .write, [.repository: "widget", .workflow: "a.yml"], [:], "like owner/name"),
        (.gitHub, .write, [.repository: "acme/wid/get", .workflow: "a.yml"], [:], "like owner/name"),
        (.gitHub, .write, [.repository: "acme/*", .workflow: "a.yml"], [:], "without a star"),
        (.gitHub, .write, [.repository: "acme/a", .workflow: ".github/workflows/a.yml"], [:], "without its folder"),
        (.gitHub, .write, [.repository: "acme/a", .workflow: "a.txt"], [:], "such as release.yml"),
        (.gitHub, .write, [.repository: "acme/a", .workflow: "a.yml", .email: "a@b"], [:], "email means nothing"),
        (.gitHub, .write, [.repository: "acme/a\u{0}", .workflow: "a.yml"], [:], "one line"),
        (.gitHub, .write, [.repository: "acme/a", .workflow: "a.yml", .environment: ""], [:], "one line"),
        (.gitLab, .write, [.repository: "widget", .workflow: "a.yml"], [:], "like group/project"),
        (.gitLab, .write, [.repository: "a/b", .workflow: "/a.yml"], [:], "path of a file"),
        (.google, .write, [:], [:], "email must be given"), (.google, .read, [.email: "x"], [:], "service account"),
        (.buildkite, .write, [.organization: "acme"], [:], "pipeline must be given"),
        (.generic, .write, [:], [:], "claims must be given"), (.generic, .read, [:], ["sub": "*"], "claims must be"),
        (.generic, .read, [.repository: "a/b"], ["sub": "x"], "takes claims only"),
        (.generic, .read, [:], ["aud": "x", "sub": "x"], "cannot be set"),
        (.generic, .read, [:], ["a b": "x"], "visible characters"), (.generic, .read, [:], ["sub": ""], "one line"),
        (.generic, .read, [:], Dictionary(uniqueKeysWithValues: (0...16).map { ("c\($0)", "x") }), "more than 16"),
    ]

    @Test("a description that says too little or something else is refused", arguments: 0..<refusals.count)
    func refused(_ number: Int) throws {
        let (kind, right, fields, claims, reason) = Self.refusals[number]
        let error = #expect(throws: RegistryError.self) {
            try PublisherDescription(
                issuer: Self.url(kind), kind: kind, fields: fields, claims: claims.mapValues { TextPattern($0) },
                for: right)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
}
