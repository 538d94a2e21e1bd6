public import PackagingStandards

/// The role of the database that finds projects by what is said of them, and by what they need.
///
/// What it finds by is copied out of the core metadata of the release that stands for a project: the last final one that is
/// not wholly yanked, else the last that is not, else the last.
public protocol SearchDatabase: Sendable {
    /// Returns a page of the projects that a query means, best first, of at most ``ProjectQuery/mostFound``.
    ///
    /// First the exact name; then names that begin with the text; names with words that begin with its words; names that
    /// contain it; then projects that have all its words in their names, keywords, summaries or authors, in this order;
    /// then those with a classifier that has them; and at last names that differ from it by few letters. Within each, by
    /// name. Of what very many projects have in common, it looks at some only.
    ///
    /// - Parameters:
    ///   - query: What is wanted.
    ///   - isReadable: Whether the reader may know of a project; nil if of all. Called in no order, perhaps often.
    /// - Returns: The page, and how many were found.
    /// - Throws: What every method does.
    func find(
        _ query: ProjectQuery, isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)?
    ) async throws -> FoundProjects

    /// Returns the projects, in these indexes, whose standing release requires a project: by index and name, `limit` at
    /// most, those after a place.
    func dependents(
        of project: NormalizedName, in indexes: [IndexName], after place: DependentPlace?, limit: Int
    ) async throws -> [Dependent]

    /// Returns the releases with files that were published in these indexes, newest first, `limit` at most, those before a
    /// place. Cached files make no release.
    func newestReleases(in indexes: [IndexName], before place: FeedPlace?, limit: Int) async throws -> [NewRelease]

    /// Returns the projects that were first published in these indexes, newest first, `limit` at most, those before a
    /// place.
    func newestProjects(in indexes: [IndexName], before place: FeedPlace?, limit: Int) async throws -> [NewProject]

    /// Returns projects that are not described yet, or not as they are now, `limit` at most: their standing release is
    /// another one, or an older program changed them.
    func undescribedProjects(limit: Int) async throws -> [UndescribedProject]

    /// Describes projects by the core metadata of their standing releases. Skips those that have changed since.
    func describe(_ projects: [ProjectDescription]) async throws
}

/// What somebody looks for.
public struct ProjectQuery: Sendable, Hashable {
    /// The most projects that are found.
    public static let mostFound = 1_000
    /// The most words of a text that count.
    public static let mostWords = 8

    /// The indexes to look in.
    public var indexes: [IndexName]
    /// A name, or words; empty for every project, by name.
    public var text: String
    /// Only projects with each of these classifiers, in any case of its letters.
    public var classifiers: [String]
    /// Only projects of this kind; nil for any.
    public var kind: ProjectKind?
    /// How many projects to leave out.
    public var offset: Int
    /// The most projects, up to ``longestPage``.
    public var limit: Int

    /// The most projects on a page.
    public static let longestPage = 100
    /// The most classifiers that count.
    public static let mostClassifiers = 4

    public init(
        indexes: [IndexName], text: String, classifiers: [String] = [], kind: ProjectKind? = nil, offset: Int = 0,
        limit: Int = 20
    ) {
        self.indexes = indexes
        self.text = text
        self.classifiers = classifiers
        self.kind = kind
        self.offset = offset
        self.limit = limit
    }
}

/// What a project is to this server.
public enum ProjectKind: String, Sendable, Hashable, CaseIterable {
    /// Published here, so that its name is private unless an index mirrors it.
    case published
    /// Files of it are cached from an upstream.
    case cached
    /// Its name is kept from upstreams, and nothing is published.
    case reserved

    public init(_ origin: ProjectOrigin) {
        switch origin {
        case .local: self = .published
        case .upstream, .released: self = .cached
        case .reserved: self = .reserved
        }
    }
}

/// The projects that a search found.
public struct FoundProjects: Sendable, Hashable {
    /// The page, best first.
    public let projects: [FoundProject]
    /// How many were found in all.
    public let count: Int
    /// Whether there may be more than that.
    public let isCut: Bool

    public init(projects: [FoundProject], count: Int, isCut: Bool) {
        self.projects = projects
        self.count = count
        self.isCut = isCut
    }
}

/// A project that a search found.
public struct FoundProject: Sendable, Hashable {
    /// Why it was found; a smaller number is better.
    public enum Match: Int, Sendable, Hashable, Comparable, CaseIterable {
        case exactName, nameBeginning, nameWords, namePart, keywords, summary, author, classifier, similarName, all

        public static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
    }

    public let index: IndexName
    public let summary: ProjectSummary
    public let origin: ProjectOrigin
    public let match: Match

    public var kind: ProjectKind { ProjectKind(origin) }

    public init(index: IndexName, summary: ProjectSummary, origin: ProjectOrigin, match: Match) {
        self.index = index
        self.summary = summary
        self.origin = origin
        self.match = match
    }
}

/// A project whose standing release requires another one.
public struct Dependent: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let displayName: String
    /// The release that says so.
    public let version: String
    /// The requirement as written (PEP 508).
    public let requirement: String
    /// Whether only an extra needs it.
    public let isOptional: Bool

    public var place: DependentPlace { DependentPlace(index: index, project: project) }

    public init(
        index: IndexName, project: NormalizedName, displayName: String, version: String, requirement: String,
        isOptional: Bool
    ) {
        self.index = index
        self.project = project
        self.displayName = displayName
        self.version = version
        self.requirement = requirement
        self.isOptional = isOptional
    }
}

/// A place in the list of dependents.
public struct DependentPlace: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName

    public init(index: IndexName, project: NormalizedName) {
        self.index = index
        self.project = project
    }
}

/// A place in a list from new to old.
public struct FeedPlace: Sendable, Hashable {
    public let at: Timestamp
    /// Tells apart what happened at the same moment.
    public let name: String

    public init(at: Timestamp, name: String) {
        self.at = at
        self.name = name
    }
}

/// A release that was published here.
public struct NewRelease: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let displayName: String
    /// As first spelt.
    public let version: String
    public let summary: String?
    /// When its first file was published.
    public let publishedAt: Timestamp
    /// The name of whoever published that file.
    public let publisher: String
    /// The name of that file.
    public let filename: String

    public var place: FeedPlace { FeedPlace(at: publishedAt, name: filename) }

    public init(
        index: IndexName, project: NormalizedName, displayName: String, version: String, summary: String?,
        publishedAt: Timestamp, publisher: String, filename: String
    ) {
        self.index = index
        self.project = project
        self.displayName = displayName
        self.version = version
        self.summary = summary
        self.publishedAt = publishedAt
        self.publisher = publisher
        self.filename = filename
    }
}

/// A project that was published here.
public struct NewProject: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let displayName: String
    public let summary: String?
    public let latestVersion: String?
    public let createdAt: Timestamp

    public var place: FeedPlace { FeedPlace(at: createdAt, name: project.description) }

    public init(
        index: IndexName, project: NormalizedName, displayName: String, summary: String?, latestVersion: String?,
        createdAt: Timestamp
    ) {
        self.index = index
        self.project = project
        self.displayName = displayName
        self.summary = summary
        self.latestVersion = latestVersion
        self.createdAt = createdAt
    }
}

/// A project that is not described as it is now.
public struct UndescribedProject: Sendable, Hashable {
    public let id: Int64
    /// The serial of the project's last change.
    public let serial: Int64
    /// A file of the standing release with core metadata; nil if there is none, or the project has no files.
    public let metadata: BlobName?

    public init(id: Int64, serial: Int64, metadata: BlobName?) {
        self.id = id
        self.serial = serial
        self.metadata = metadata
    }
}

/// What a project is found by.
public struct ProjectDescription: Sendable, Hashable {
    public let project: UndescribedProject
    /// Nil if there are no core metadata that can be read.
    public let excerpt: MetadataExcerpt?

    public init(project: UndescribedProject, excerpt: MetadataExcerpt?) {
        self.project = project
        self.excerpt = excerpt
    }
}
