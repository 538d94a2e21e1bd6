extension IndexSettings {
    /// Whether upstreams' files stand under this index's addresses.
    var asksUpstreams: Bool {
        (fallback == .cache || fallback == .mirror) && !upstreams.isEmpty
    }
}

extension UpstreamReference {
    /// What a project's origin is kept under: no upstream has the name of an index.
    var id: String {
        switch self {
        case .remote(let id): id
        case .index(let name): name.description
        }
    }
}
