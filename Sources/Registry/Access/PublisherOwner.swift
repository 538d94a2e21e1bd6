import PackagingStandards

/// The trusted publishers whose job holds a token: it has what they hold, and nothing else.
public struct PublisherOwner: Sendable, Hashable {
    /// The immutable id of the first of them.
    public let id: Int64
    /// What audit and manifests call the job.
    public let name: String
    /// The ids of all of them.
    public let publishers: Set<Int64>
    public let holdings: Set<PublisherHolding>

    public init(id: Int64, name: String, publishers: Set<Int64>, holdings: Set<PublisherHolding>) {
        self.id = id
        self.name = name
        self.publishers = publishers
        self.holdings = holdings
    }

    /// Returns whether a right on a project is held, by its name or with all projects of the index; nil for the index as a
    /// whole.
    func holds(_ right: Right, _ project: NormalizedName?, in index: IndexName) -> Bool {
        holdings.contains { holding in
            guard holding.index == index, holding.rights.contains(right) else { return false }
            guard let projects = holding.projects else { return true }
            return project.map(projects.matches) ?? false
        }
    }

    /// Returns whether a right on a project is held by its name, or by the beginning of it, so that grants of its own do
    /// not matter.
    func holdsByName(_ right: Right, _ project: NormalizedName?, in index: IndexName) -> Bool {
        guard let project else { return false }
        return holdings.contains { holding in
            holding.index == index && holding.rights.contains(right) && holding.projects?.matches(project) ?? false
        }
    }

    /// Returns whether a signer may attest what the job publishes of a project: one of the publishers that hold it.
    func mayAttest(_ signer: String, _ project: NormalizedName, in index: IndexName) -> Bool {
        holdings.contains { holding in
            guard holding.index == index, holding.rights.contains(.write), holding.projects?.matches(project) ?? false
            else { return false }
            return holding.attester?.allows(signer) ?? true
        }
    }

    /// Returns whether a right on anything in an index is held.
    func holds(_ right: Right, in index: IndexName) -> Bool {
        holdings.contains { $0.index == index && $0.rights.contains(right) }
    }

    /// What is readable in an index, in words that tell it from everything else; empty for nothing.
    func readable(in index: IndexName) -> [String] {
        holdings.filter { $0.index == index && $0.rights.contains(.read) }
            .map { $0.projects?.description ?? "the index" }.sorted()
    }

    /// A scope with room for all that is held, and as little more as possible.
    var envelope: TokenScope {
        let named = holdings.compactMap { holding -> NormalizedName? in
            guard case .name(let project)? = holding.projects else { return nil }
            return project
        }
        let isNamed = named.count == holdings.count && named.count <= TokenScope.mostNames
        return TokenScope(
            rights: holdings.reduce(into: []) { $0.formUnion($1.rights) }, indexes: Set(holdings.map(\.index)),
            projects: isNamed ? Set(named) : nil)
    }
}

/// What a publisher holds.
public struct PublisherHolding: Sendable, Hashable {
    public let rights: Set<Right>
    public let index: IndexName
    /// One project, or all whose names begin alike; nil for those of the index that have no grants of their own.
    public let projects: NamePattern?
    /// Who attests what the publisher's jobs publish; nil if that cannot be told.
    public let attester: Attester?

    public init(rights: Set<Right>, index: IndexName, projects: NamePattern?, attester: Attester? = nil) {
        self.rights = rights
        self.index = index
        self.projects = projects
        self.attester = attester
    }
}
