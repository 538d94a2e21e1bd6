public import PackagingStandards

/// The role of the database that keeps trusted publishers, and which identities were traded for tokens.
public protocol PublisherDatabase: Sendable {
    /// Returns all publishers, or those of one issuer, in the order in which they were added.
    func publishers(of issuer: String?) async throws -> [PublisherRecord]

    /// Adds a publisher, and changes nothing if there is one that says the same.
    ///
    /// It is pending if it may write one project that does not exist. Throws `.notFound` for an index that does not exist,
    /// and `.conflict` for one more than `PublisherRecord.mostOfOnePlace`.
    func addPublisher(_ publisher: NewPublisher, by change: ChangeAuthor) async throws -> PublisherChange

    /// Removes a publisher, and with it the tokens that were minted for it. Returns it, or nil if there is none with this
    /// id.
    func removePublisher(_ id: Int64, by change: ChangeAuthor) async throws -> PublisherRecord?

    /// Notes that an identity is traded for a token, in one transaction with what that changes: publishers without the id
    /// of an owner get the identity's, and those whose project exists now are pending no longer.
    ///
    /// Forgets identities that are dead. Returns the publishers as they are then, without those that were removed or have
    /// got the id of another owner since; nil if the identity was traded before.
    func tradeIdentity(_ trade: IdentityTrade, by change: ChangeAuthor) async throws -> [PublisherRecord]?

    /// Notes that an identity is used, until it is dead, and forgets those that are dead at a moment. Returns false if it
    /// was used or traded before.
    func noteIdentity(_ identity: SHA256Digest, deadAt: Timestamp, at now: Timestamp) async throws -> Bool
}

/// A publisher as the database keeps it.
public struct PublisherRecord: Sendable, Hashable {
    /// The most publishers of one project, one beginning of names, or one index as a whole: each is compared with every
    /// identity of its issuer.
    public static let mostOfOnePlace: Int64 = 100

    public let id: Int64
    public let description: PublisherDescription
    public let place: PublisherPlace
    /// The immutable id of the account that owns the jobs; nil if no job has come yet, or the issuer has none.
    public let ownerID: String?
    /// Whether the project did not exist when the publisher was added, and no job has found it since: it may create it.
    public let isPending: Bool
    /// The name of whoever added it.
    public let addedBy: String
    public let addedAt: Timestamp
    /// Whether the configuration declares it: then only that removes it.
    public let isDeclared: Bool

    public init(
        id: Int64, description: PublisherDescription, place: PublisherPlace, ownerID: String?, isPending: Bool,
        addedBy: String, addedAt: Timestamp, isDeclared: Bool = false
    ) {
        self.id = id
        self.description = description
        self.place = place
        self.ownerID = ownerID
        self.isPending = isPending
        self.addedBy = addedBy
        self.addedAt = addedAt
        self.isDeclared = isDeclared
    }

    /// What audit, manifests and lists call it: whose jobs they are, such as `acme/widget/release.yml`.
    public var name: String {
        let fields = description.fields
        let parts: [String?] =
            switch description.kind {
            case .gitHub, .gitLab, .forgejo: [fields[.repository] ?? fields[.owner], fields[.workflow]]
            case .google: [fields[.email]]
            case .buildkite: [fields[.organization], fields[.pipeline]]
            case .generic: ["#\(id)"]
            }
        return parts.compactMap(\.self).joined(separator: "/")
    }

    /// The rights that its jobs have in its place. Whoever reads what an upstream has may make the server fetch it: a job
    /// that reads is one that installs.
    public var rights: Set<Right> {
        switch (place.right, place.projects) {
        case (.read, _): [.read, .cacheUpdate]
        case (.write, .prefix): [.write, .create]
        case (.write, _): isPending ? [.write, .create] : [.write]
        }
    }
}

/// What became of a publisher that was to be added.
public struct PublisherChange: Sendable, Hashable {
    /// The publisher, as it stands.
    public let record: PublisherRecord
    public let isNew: Bool

    public init(record: PublisherRecord, isNew: Bool) {
        self.record = record
        self.isNew = isNew
    }
}

/// An identity that is traded for a token.
public struct IdentityTrade: Sendable, Hashable {
    /// What tells the identity token from all others.
    public var identity: SHA256Digest
    /// Until when the token must be remembered.
    public var deadAt: Timestamp
    /// The publishers whose job it is.
    public var publishers: [Int64]
    /// The immutable id of the account that owns the job; nil if the issuer has none.
    public var ownerID: String?

    public init(identity: SHA256Digest, deadAt: Timestamp, publishers: [Int64], ownerID: String?) {
        self.identity = identity
        self.deadAt = deadAt
        self.publishers = publishers
        self.ownerID = ownerID
    }
}
