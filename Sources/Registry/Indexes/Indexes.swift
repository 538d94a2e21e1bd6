import PackagingStandards

/// The indexes of the configuration, and what follows from all of them together.
public struct Indexes: Sendable {
    /// For each index that looks into others: itself, and all those behind it.
    private let chains: [IndexName: [IndexSettings]]
    /// The names that no upstream is asked for, of all indexes.
    private let privateNames: [NamePattern]
    /// The names that some index mirrors, and so declares public.
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

    /// The settings of an index. Throws `.notFound`.
    public func settings(of index: IndexName) throws -> IndexSettings {
        guard let settings = byName[index] else {
            throw RegistryError(.notFound, "There is no index called \(index) here.")
        }
        return settings
    }

    /// An index that looks into others and all those behind it; nil for one that looks into none.
    func chain(of index: IndexName) -> [IndexSettings]? { chains[index] }

    /// Whether a pattern of the configuration keeps a name away from upstreams.
    func isReserved(_ project: NormalizedName) -> Bool {
        privateNames.contains { $0.matches(project) }
    }

    /// Whether some index mirrors a name, and so declares it public.
    func isMirrored(_ project: NormalizedName) -> Bool {
        mirroredNames.contains(project)
    }

    /// Whether no remote upstream may be asked for a name: it is reserved, or somebody published it in any index here and
    /// no index declares it public by mirroring it.
    func isPrivate(_ project: NormalizedName, _ standing: NameStanding) -> Bool {
        isReserved(project) || (standing.isPublishedAnywhere && !isMirrored(project))
    }

    /// Whether an index lists an upstream's files of a project beside published ones.
    func mixes(_ project: NormalizedName, in settings: IndexSettings) -> Bool {
        settings.fallback == .mirror && settings.mirrored.contains(project) && !isReserved(project)
    }
}

/// Which indexes of this server look into which others.
private enum IndexChains {
    /// For each index that looks into others or into upstreams: itself, and all those behind it, in the order in which
    /// they are looked into. Indexes without upstreams have no chain.
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
