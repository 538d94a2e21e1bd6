import PackagingStandards

/// The indexes of the configuration, and what follows from all of them together.
public struct Indexes: Sendable {
    /// For each index that looks into others: itself, and all those behind it.
    private let chains: [IndexName: [IndexSettings]]
    /// The names that no upstream is asked for, of all indexes.
    private let privateNames: [NamePattern]
    /// The names that an index mirrors: publishing one does not make it private.
    private let mirroredNames: Set<NormalizedName>
    private let byName: [IndexName: IndexSettings]

    public init(_ settings: [IndexSettings]) {
        byName = Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0) })
        chains = IndexChains.all(settings)
        privateNames = settings.flatMap(\.privateNames)
        mirroredNames = Set(settings.filter { $0.fallback == .mirror }.flatMap(\.mirrored))
    }

    /// The names of all indexes, in order.
    public var names: [IndexName] { byName.keys.sorted() }

    /// The settings of all indexes, in the order of their names.
    public var all: [IndexSettings] { byName.values.sorted { $0.name < $1.name } }

    /// The settings of an index, or nil if there is none of this name.
    public subscript(name: IndexName) -> IndexSettings? { byName[name] }

    /// Returns the settings of an index. Throws `.notFound`.
    public func settings(of index: IndexName) throws -> IndexSettings {
        guard let settings = byName[index] else {
            throw RegistryError(.notFound, "There is no index called \(index) here.")
        }
        return settings
    }

    /// Returns an index and all those behind it, or nil if it looks into no other.
    func chain(of index: IndexName) -> [IndexSettings]? { chains[index] }

    /// Returns whether a pattern of the configuration keeps a name from upstreams.
    func isReserved(_ project: NormalizedName) -> Bool {
        privateNames.contains { $0.matches(project) }
    }

    /// Returns whether an index mirrors a name, so that publishing it does not make it private.
    func isMirrored(_ project: NormalizedName) -> Bool {
        mirroredNames.contains(project)
    }

    /// Returns whether no remote upstream may be asked for a name: it is reserved, or somebody published it in any
    /// index here and no index mirrors it.
    func isPrivate(_ project: NormalizedName, _ standing: NameStanding) -> Bool {
        isReserved(project) || (standing.isPublishedAnywhere && !isMirrored(project))
    }

    /// Returns whether an index lists an upstream's files of a project beside published ones.
    func mixes(_ project: NormalizedName, in settings: IndexSettings) -> Bool {
        settings.fallback == .mirror && settings.mirrored.contains(project) && !isReserved(project)
    }
}

/// Computes which indexes of this server look into which others.
private enum IndexChains {
    /// Returns for each index that looks into others or into upstreams: itself, and all those behind it, in the order
    /// in which it looks into them. Indexes without upstreams have no chain.
    static func all(_ indexes: [IndexSettings]) -> [IndexName: [IndexSettings]] {
        let byName = Dictionary(uniqueKeysWithValues: indexes.map { ($0.name, $0) })
        var chains: [IndexName: [IndexSettings]] = [:]
        for index in indexes where index.fallback != .none && !index.upstreams.isEmpty {
            var chain: [IndexSettings] = []
            follow(index, byName, into: &chain)
            chains[index.name] = chain
        }
        return chains
    }

    private static func follow(
        _ index: IndexSettings, _ byName: [IndexName: IndexSettings], into chain: inout [IndexSettings]
    ) {
        guard !chain.contains(where: { $0.name == index.name }) else { return }
        chain.append(index)
        guard index.fallback != .none else { return }
        for case .index(let name) in index.upstreams {
            if let behind = byName[name] { follow(behind, byName, into: &chain) }
        }
    }
}
