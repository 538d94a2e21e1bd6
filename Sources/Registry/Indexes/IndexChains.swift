/// Which indexes of this server look into which others.
enum IndexChains {
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
