public import PackagingStandards

/// Why an index answers for a project as it does: who owns the name, where its files come from, and which of them are
/// listed.
///
/// Made for one caller: it names no index that they may not read.
public struct Explanation: Sendable, Hashable {
    /// Why no upstream is ever asked for a name, as far as the caller may read the index that causes it.
    public enum Privacy: Sendable, Hashable {
        /// A pattern in an index's setting `private` matches.
        case reserved(by: NamePattern, of: IndexName)
        /// An index has published or claimed it.
        case published(in: IndexName)
    }

    /// A place where the index looks for what nobody published in it.
    public struct Source: Sendable, Hashable {
        /// How the index uses the place for this project.
        public enum Use: String, Sendable, Hashable, CaseIterable {
            /// It is asked, and owns the project already.
            case owner
            /// It is asked, in its turn.
            case asked
            /// It is asked, in its turn, unless the name is private to an index that the caller may not read: which of
            /// the two stays unsaid.
            case askedUnlessPrivate = "asked-unless-private"
            /// It is never asked for a private name.
            case notForPrivateNames = "not-for-private-names"
            /// It is not asked, because another place owns the project.
            case ownedElsewhere = "owned-elsewhere"
            /// Clients are sent there.
            case redirect
            /// It is not asked, because clients are sent to the first upstream.
            case behindRedirect = "behind-redirect"
            /// It is not asked for this caller, who lacks the right `cache_update`.
            case mayNotUpdate = "may-not-update"
        }

        public let reference: UpstreamReference
        public let use: Use
        /// The address of the project's page there; nil for an index of this server, and for a private name.
        public let url: String?
        /// When the kept copy of the page was fetched or confirmed; nil if there is none.
        public let fetchedAt: Timestamp?
        /// Until when that copy is used without asking.
        public let freshUntil: Timestamp?
    }

    /// Where the bytes of a file are.
    public enum Place: Sendable, Hashable {
        case published(in: IndexName)
        /// Cached from an upstream.
        case kept(in: IndexName, from: String)
        /// At an upstream, until somebody downloads it.
        case remote(String)
    }

    /// A distribution file, listed or held back.
    public struct File: Sendable, Hashable {
        public let filename: String
        public let version: Version
        /// `sdist` or `bdist_wheel`.
        public let packageType: String
        /// Bytes; nil if unknown.
        public let size: Int64?
        /// When it was published, uploaded to its upstream, or first seen here; nil if unknown.
        public let uploadedAt: Timestamp?
        public let place: Place
        public let yanked: Yanked
        /// Whether pages list it.
        public let isListed: Bool
        /// Whether it can be downloaded, though pages do not list it: it is cached, and the policy locks cached files.
        public let isLocked: Bool
        /// The verdict of the policies.
        public let verdict: PolicyVerdict
    }

    /// The files of a version.
    public struct Release: Sendable, Hashable {
        /// As its first file spells it.
        public let version: Version
        public let files: [File]

        public var isListed: Bool { files.contains(where: \.isListed) }
    }

    public let index: IndexName
    public let project: NormalizedName
    /// The version in question; nil for all.
    public let version: Version?
    /// The versions in question; nil for all, or for the one.
    public let specifiers: SpecifierSet?
    public let fallback: Fallback
    /// Why no upstream is asked for it; empty if upstreams may be.
    public let privacy: [Privacy]
    /// Whether the index lists upstream files beside published ones.
    public let isMirrored: Bool
    /// The origin in the index; nil if it does not know the name.
    public let origin: ProjectOrigin?
    public let status: ProjectStatus
    public let statusReason: String?
    /// In the order in which they are asked.
    public let sources: [Source]
    /// Why this is incomplete; nil if it is not.
    public let failure: String?
    /// Whether an old copy of an upstream's page is used, because the upstream fails.
    public let isStale: Bool
    /// The last version first, including those that are held back.
    public let releases: [Release]
}
