public import PackagingStandards

/// What a caller may know of a project in an index: what its page for people shows.
///
/// What is in `metadata`, and what follows from it (`links`, `requirements`), its publisher says; nobody has checked it but
/// for its form. Who published a file, when, its size, digests and state, the index knows. What `Provenance.verified` says
/// was verified.
public struct ProjectDetail: Sendable {
    /// What the project is in the index.
    public enum Kind: Sendable, Hashable {
        /// Published here.
        case published
        /// Files of it are cached from the upstream with this id.
        case cached(from: String)
        /// Nothing of it is here yet: its files are at an upstream, and cached when they are downloaded.
        case upstream(String)
        /// Its name is kept from upstreams, and there are no files.
        case reserved
    }

    /// What is known of the core metadata of the release that is shown.
    public enum MetadataState: Sendable, Hashable {
        case known
        /// No file of the release has any.
        case none
        /// They are larger than what is shown, or cannot be read.
        case unreadable
        /// They are at an upstream that does not answer, or that the caller may not ask.
        case unavailable
    }

    /// The index that was asked.
    public let index: IndexName
    public let name: NormalizedName
    public let displayName: String
    public let kind: Kind
    /// The status and its reason (PEP 792).
    public let status: ProjectStatus
    public let statusReason: String?
    /// The serial of the project's last change in the index; 0 if it has no record of it.
    public let serial: Int64
    /// Why the index answers as it does: who owns the name, where files come from, what policy hides.
    public let explanation: Explanation
    /// The last version first, including those that are held back.
    public let releases: [DetailedRelease]
    /// The position in `releases` of the one that is shown; nil if there are none.
    public let shownPosition: Int?
    public let metadata: CoreMetadata?
    public let metadataState: MetadataState
    /// The links of the metadata, each label once, those with a known meaning first.
    public let links: [ProjectLink]
    /// What the release needs: always, and for each extra.
    public let requirements: [RequirementGroup]
    /// Who may publish; nil for anonymous callers.
    public let writers: ProjectWriters?
    /// The moment until which this is good without a change; nil for no end.
    public let goodUntil: Timestamp?

    /// The release that is shown; nil if there is none.
    public var shown: DetailedRelease? { shownPosition.map { releases[$0] } }
    /// Whether an old copy of an upstream's page is used, because the upstream fails.
    public var isStale: Bool { explanation.isStale }
}

/// A release of a project, with what is known of its files.
public struct DetailedRelease: Sendable, Hashable {
    public let version: Version
    /// As the index lists it.
    public let versionText: String
    /// In the order of their names: wheels, then source distributions, then others.
    public let files: [DetailedFile]
    /// Whether the project is quarantined, so that no file is listed.
    public let isQuarantined: Bool

    public var isPrerelease: Bool { version.isPrerelease }
    /// Whether pages list any of its files.
    public var isListed: Bool { files.contains(where: \.isListed) }
    /// Whether policies hold back all of its files.
    public var isHeldBack: Bool { !files.isEmpty && files.allSatisfy { !$0.verdict.isAllowed } }
    /// Why its files are held back, each reason once.
    public var reasons: [PolicyReason] {
        var seen: Set<PolicyReason> = []
        return files.flatMap(\.verdict.reasons).filter { seen.insert($0).inserted }
    }
    /// Whether all of its files are yanked; with the first reason.
    public var yanked: Yanked {
        guard !files.isEmpty, files.allSatisfy({ $0.yanked != .no }) else { return .no }
        return .yes(reason: files.lazy.compactMap(\.yanked.reason).first)
    }
    /// When its first file was published, uploaded to its upstream, or first seen here; nil if unknown.
    public var publishedAt: Timestamp? { files.compactMap(\.uploadedAt).min() }
    /// The sum of the sizes that are known, in bytes.
    public var size: Int64 { files.compactMap(\.size).reduce(0, +) }
}

/// A file of a release, with what is known of it.
public struct DetailedFile: Sendable, Hashable {
    /// What kind of distribution a file is.
    public enum Kind: Sendable, Hashable {
        /// A wheel, with its tags as its name has them.
        case wheel(WheelTags)
        case sourceDistribution
        /// An older kind, such as `bdist_egg`.
        case other(String)
    }

    /// How a file was published.
    public enum Way: Sendable, Hashable {
        /// By a person, with their password or in a browser.
        case person
        /// With a token. Its name is known to those who may write the project only.
        case token(name: String?)
        /// By a job of a trusted publisher.
        case publisher
        /// Cached from an upstream.
        case upstream(String)
        /// The index does not know.
        case unknown
    }

    /// What is known of where a file was built (PEP 740).
    public enum Provenance: Sendable, Hashable {
        case none
        /// Its attestations were verified when it was published. At the address, which is relative to the index, is the
        /// provenance object; the publishers are those that it names.
        case verified(address: String, publishers: [ProvenPublisher])
        /// Its upstream says to have its provenance at an address; nothing was verified here.
        case claimed(address: String)
    }

    public let filename: String
    /// The address relative to that of the index, `files/…`, percent-encoded.
    public let address: String
    public let kind: Kind
    /// Bytes; nil if unknown.
    public let size: Int64?
    /// When it was published, uploaded to its upstream, or first seen here; nil if unknown.
    public let uploadedAt: Timestamp?
    /// The algorithm as `hashlib` calls it, and the digest in hexadecimal; `sha256` first.
    public let digests: [SimpleFile.Digest]
    public let requiresPython: String?
    public let place: Explanation.Place
    public let yanked: Yanked
    /// Whether pages list it.
    public let isListed: Bool
    /// Whether it can be downloaded, though pages do not list it.
    public let isLocked: Bool
    /// The verdict of the policies.
    public let verdict: PolicyVerdict
    /// The name of whoever published it; nil for a file of an upstream.
    public let uploader: String?
    public let way: Way
    public let provenance: Provenance
    /// Whether pages name its core metadata (PEP 658).
    public let hasMetadata: Bool
}

/// A publisher that a verified provenance names.
public struct ProvenPublisher: Sendable, Hashable {
    /// As the provenance calls it, such as `GitHub`.
    public let kind: String
    /// Such as `acme/widget`; nil if the kind has none.
    public let repository: String?
    /// The workflow or its like; nil if the kind has none.
    public let workflow: String?
}

/// A link of a project.
public struct ProjectLink: Sendable, Hashable {
    /// The label as written.
    public let label: String
    /// An address with `https`, `http` or `mailto`: nothing else is a link.
    public let address: String
    /// What the label means by the list of well-known labels; nil for any other.
    public let kind: ProjectURLKind?
    /// Whether a verified provenance of a file of the release names the repository that the address leads to.
    public let isVerified: Bool
}

/// What a release needs, always or for one of its extras.
public struct RequirementGroup: Sendable, Hashable {
    /// A requirement, and whether the required project is here.
    public struct Requirement: Sendable, Hashable {
        public let requirement: DependencyRequirement
        /// Where the caller finds the project: the index that was asked, if it or one behind it lists the project, else
        /// another index; nil if none does. An upstream may have it all the same.
        public let index: IndexName?
    }

    /// The normalized name of the extra; nil for what is always needed.
    public let extra: String?
    /// In the order of the metadata.
    public let requirements: [Requirement]
}

/// Who may publish files of a project.
public struct ProjectWriters: Sendable, Hashable {
    /// The name of the person who created the project; nil if nobody did, or they were removed.
    public let owner: String?
    /// The principals of grants and lists, as `user:ada`, `group:release`, `authenticated`, each once.
    public let principals: [String]
    /// The names of trusted publishers, such as `acme/widget/release.yml`.
    public let publishers: [String]
    /// Whether the project has grants of its own, which replace the lists of the index.
    public let hasOwnGrants: Bool
}
