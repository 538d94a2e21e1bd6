import PackagingStandards

extension Registry {
    /// Whether a pattern of the configuration keeps a name from strangers.
    func isReserved(_ project: NormalizedName) -> Bool {
        privateNames.contains { $0.matches(project) }
    }

    /// Whether no remote upstream may be asked for a name: it is reserved, or somebody published it in any index here and
    /// no index declares it public by mirroring it.
    func isPrivate(_ project: NormalizedName, _ standing: NameStanding) -> Bool {
        isReserved(project) || (standing.isPublishedAnywhere && !mirroredNames.contains(project))
    }

    /// Whether an index lists an upstream's files of a project beside published ones.
    func mixes(_ project: NormalizedName, in settings: IndexSettings) -> Bool {
        settings.fallback == .mirror && settings.mirrored.contains(project) && !isReserved(project)
    }

    /// The indexes of this server that an index looks into next, as far as a caller may read there.
    func indexesBehind(_ settings: IndexSettings, readableBy caller: Caller) -> [IndexSettings] {
        settings.upstreams.compactMap { reference in
            guard case .index(let name) = reference, let behind = indexes[name],
                AccessDecision.allows(.read, to: caller, in: behind)
            else { return nil }
            return behind
        }
    }

    /// What sets the pages of an index for two callers apart: for the index and each index behind it, whether the caller
    /// may read there and whether they may make it fetch files.
    func view(of index: IndexName, for caller: Caller) -> CallerView {
        guard let chain = chains[index] else { return .everything }
        return CallerView(chain: chain, caller: caller)
    }
}
