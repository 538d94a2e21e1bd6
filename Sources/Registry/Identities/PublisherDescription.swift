public import PackagingStandards

/// Which jobs are a publisher's: those of one issuer whose claims say what is written here.
public struct PublisherDescription: Sendable, Hashable {
    /// The most claims beside the fields.
    public static let mostClaims = 16

    /// The issuer's address. Not its name in the configuration, which may be given to another one.
    public let issuer: String
    public let kind: IssuerKind
    public let fields: [PublisherField: String]
    /// Claims beside those of the fields, exact or as a pattern.
    public let claims: [String: TextPattern]

    /// Describes a publisher.
    ///
    /// - Parameters:
    ///   - issuer: The issuer's address.
    ///   - kind: What it belongs to, which says what fields there are.
    ///   - fields: What the kind of issuer asks for.
    ///   - claims: Other claims, all of which must hold.
    ///   - right: What its jobs may do: to write, more must be said than to read.
    /// - Throws: `.invalidRequest` with what is missing or wrong.
    public init(
        issuer: String, kind: IssuerKind, fields: [PublisherField: String], claims: [String: TextPattern],
        for right: PublisherRight
    ) throws {
        try PublisherRules(kind: kind, right: right).check(fields, claims)
        self.init(unchecked: issuer, kind: kind, fields: fields, claims: claims)
    }

    /// Takes what was checked before it was kept.
    public init(
        unchecked issuer: String, kind: IssuerKind, fields: [PublisherField: String], claims: [String: TextPattern]
    ) {
        self.issuer = issuer
        self.kind = kind
        self.fields = fields
        self.claims = claims
    }
}

/// What describes the jobs of a kind of issuer.
public enum PublisherField: String, Sendable, CaseIterable {
    /// `owner/name` of GitHub and Forgejo, the whole path of GitLab.
    case repository
    /// All repositories of an owner or a group; for reading only.
    case owner
    /// The file of the workflow, such as `release.yml`, or of GitLab's pipeline, such as `.gitlab-ci.yml`.
    case workflow
    case environment
    /// The address of a service account of Google.
    case email
    /// The organization at Buildkite.
    case organization
    /// The pipeline at Buildkite.
    case pipeline
}

/// What the jobs of a publisher may do.
public enum PublisherRight: String, Sendable, CaseIterable {
    /// See projects and download their files, also those that the server has to fetch from an upstream first.
    case read
    /// Publish files and yank. Of one project, also its first file if it does not exist when the publisher is added; of
    /// projects whose names begin alike, also their first files.
    case write
}

/// What a description must say, for a kind of issuer and a right.
struct PublisherRules {
    let kind: IssuerKind
    let right: PublisherRight

    private static let longestValue = 255
    /// Claims that every token has, and that are checked or change with each.
    private static let reserved: Set = ["iss", "aud", "exp", "nbf", "iat", "jti"]

    /// Throws `.invalidRequest` with what is missing or wrong.
    func check(_ fields: [PublisherField: String], _ claims: [String: TextPattern]) throws {
        for (field, value) in fields.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard allowed.contains(field) else {
                let known = allowed.map(\.rawValue).joined(separator: ", ")
                throw refusal(
                    "\(field.rawValue) means nothing for an issuer of the kind \(kind.rawValue); it takes "
                        + (known.isEmpty ? "claims only" : known))
            }
            try check(value, of: field)
        }
        try check(claims)
        switch kind {
        case .gitHub, .gitLab, .forgejo: try checkForge(fields)
        case .google: try require([.email], in: fields)
        case .buildkite: try require(right == .write ? [.organization, .pipeline] : [.organization], in: fields)
        case .generic:
            guard claims.values.contains(where: { !$0.matchesEverything }) else {
                throw refusal("claims must be given: else everybody to whom the issuer gives tokens would be meant")
            }
        }
    }

    private var allowed: [PublisherField] {
        switch kind {
        case .gitHub, .gitLab, .forgejo: [.repository, .owner, .workflow, .environment]
        case .google: [.email]
        case .buildkite: [.organization, .pipeline]
        case .generic: []
        }
    }

    private func checkForge(_ fields: [PublisherField: String]) throws {
        switch (fields[.repository], fields[.owner]) {
        case (.some, nil): break
        case (nil, .some):
            guard right == .read else {
                throw refusal("repository must be given, not owner: only reading is allowed to all of an owner's jobs")
            }
            guard fields[.workflow] == nil else { throw refusal("workflow needs repository beside it") }
        case (.some, .some): throw refusal("give repository or owner, not both")
        case (nil, nil): throw refusal("repository must be given" + (right == .read ? ", or owner" : ""))
        }
        if right == .write { try require([.workflow], in: fields) }
    }

    private func require(_ names: [PublisherField], in fields: [PublisherField: String]) throws {
        for name in names where fields[name] == nil { throw refusal("\(name.rawValue) must be given") }
    }

    private func check(_ value: String, of field: PublisherField) throws {
        guard (1...Self.longestValue).contains(value.utf8.count), value.utf8.allSatisfy({ !ASCII.isControl($0) }),
            !value.contains("*")
        else {
            throw refusal("\(field.rawValue) must be one line of 1 to \(Self.longestValue) bytes, without a star")
        }
        switch field {
        case .repository:
            let parts = value.split(separator: "/", omittingEmptySubsequences: false)
            let isPath = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isOfNames) }
            guard isPath, parts.count == 2 || (kind == .gitLab && parts.count > 2) else {
                throw refusal("repository must be like \(kind == .gitLab ? "group/project" : "owner/name")")
            }
        case .owner:
            let parts = value.split(separator: "/", omittingEmptySubsequences: false)
            let isPath = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isOfNames) }
            guard isPath, parts.count == 1 || kind == .gitLab else { throw refusal("owner must be a name") }
        case .workflow:
            guard value.hasSuffix(".yml") || value.hasSuffix(".yaml"), value.first != "/", !value.contains("@"),
                kind == .gitLab || !value.contains("/")
            else {
                throw refusal(
                    kind == .gitLab
                        ? "workflow must be the path of a file such as .gitlab-ci.yml"
                        : "workflow must be the name of a file such as release.yml, without its folder")
            }
        case .email:
            guard value.contains("@") else { throw refusal("email must be the address of a service account") }
        case .environment, .organization, .pipeline: break
        }
    }

    private func check(_ claims: [String: TextPattern]) throws {
        guard claims.count <= PublisherDescription.mostClaims else {
            throw refusal("there are more than \(PublisherDescription.mostClaims) claims")
        }
        for (name, pattern) in claims.sorted(by: { $0.key < $1.key }) {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(ASCII.isVisible) else {
                throw refusal("the name of a claim has 1 to 64 visible characters of ASCII")
            }
            guard !Self.reserved.contains(name) else {
                throw refusal("the claim \(name) is checked in any case, and cannot be set")
            }
            let value = pattern.description
            guard (1...Self.longestValue).contains(value.utf8.count), value.utf8.allSatisfy({ !ASCII.isControl($0) })
            else {
                throw refusal("the claim \(name) must be one line of 1 to \(Self.longestValue) bytes")
            }
        }
    }

    private static func isOfNames(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || "-_.".utf8.contains(byte)
    }

    private func refusal(_ text: String) -> RegistryError {
        RegistryError(.invalidRequest, "A publisher of the kind \(kind.rawValue): \(text).")
    }
}
