public import PackagingStandards

/// What is copied out of a file's core metadata into rows, so that searches and dependents are found without reading
/// archives.
///
/// Everything in it is bounded: what is longer, or too much, is left out.
public struct MetadataExcerpt: Sendable, Hashable {
    /// The most keywords.
    public static let mostKeywords = 64
    /// The most bytes of a keyword.
    public static let longestKeyword = 64
    /// The most bytes of all authors and maintainers together.
    public static let longestAuthors = 512
    /// The most classifiers.
    public static let mostClassifiers = 128
    /// The most bytes of a classifier.
    public static let longestClassifier = 200
    /// The most requirements.
    public static let mostRequirements = 1_000
    /// The most bytes of a requirement.
    public static let longestRequirement = 1_024

    /// The digest of the core metadata.
    public let digest: SHA256Digest
    public let keywords: [String]
    /// The names and addresses of authors and maintainers, as written.
    public let authors: [String]
    public let classifiers: [String]
    /// `Requires-Dist`, as written; of one project the first that needs no extra, else the first.
    public let requirements: [DependencyRequirement]

    public init(
        digest: SHA256Digest, keywords: [String] = [], authors: [String] = [], classifiers: [String] = [],
        requirements: [DependencyRequirement] = []
    ) {
        self.digest = digest
        self.keywords = keywords
        self.authors = authors
        self.classifiers = classifiers
        self.requirements = requirements
    }

    /// Takes what is needed out of core metadata.
    public init(_ metadata: CoreMetadata, digest: SHA256Digest) {
        self.digest = digest
        keywords = Array(
            Self.distinct(metadata.keywords.flatMap(Self.words)).filter { $0.utf8.count <= Self.longestKeyword }
                .prefix(Self.mostKeywords))
        var room = Self.longestAuthors
        authors = Self.distinct(
            [metadata.author, metadata.authorEmail, metadata.maintainer, metadata.maintainerEmail].compactMap(\.self)
        ).filter { author in
            guard author.utf8.count <= room else { return false }
            room -= author.utf8.count
            return true
        }
        classifiers = Array(
            Self.distinct(metadata.classifiers).filter { $0.utf8.count <= Self.longestClassifier }
                .prefix(Self.mostClassifiers))
        var seen: [NormalizedName: Int] = [:]
        var kept: [DependencyRequirement] = []
        for text in metadata.requiresDist where text.utf8.count <= Self.longestRequirement {
            guard let requirement = DependencyRequirement(text) else { continue }
            if let place = seen[requirement.name] {
                if !kept[place].extras.isEmpty, requirement.extras.isEmpty { kept[place] = requirement }
            } else if kept.count < Self.mostRequirements {
                seen[requirement.name] = kept.count
                kept.append(requirement)
            }
        }
        requirements = kept
    }

    /// Keywords that a build tool has not split are separated by spaces.
    private static func words(_ keyword: String) -> [String] {
        guard keyword.utf8.count > longestKeyword else { return [keyword] }
        return keyword.split(separator: " ").map(String.init)
    }

    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
