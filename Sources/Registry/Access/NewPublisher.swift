/// A publisher that is to be added.
public struct NewPublisher: Sendable, Hashable {
    public var description: PublisherDescription
    public var place: PublisherPlace
    /// The immutable id of the account that owns the jobs; nil to take that of the first job that comes.
    public var ownerID: String?

    public init(description: PublisherDescription, place: PublisherPlace, ownerID: String? = nil) {
        self.description = description
        self.place = place
        self.ownerID = ownerID
    }
}

/// What a publisher may do, and where.
public struct PublisherPlace: Sendable, Hashable, CustomStringConvertible {
    public let right: PublisherRight
    public let index: IndexName
    /// One project, or all whose names begin alike, with grants of their own or without; nil for the projects of the index
    /// that have no grants of their own, which goes for reading only.
    public let projects: NamePattern?

    public init(_ right: PublisherRight, in index: IndexName, _ projects: NamePattern?) {
        self.right = right
        self.index = index
        self.projects = projects
    }

    public var description: String {
        guard let projects else { return "\(right.rawValue) in the index \(index)" }
        return "\(right.rawValue) \(projects) in the index \(index)"
    }
}
