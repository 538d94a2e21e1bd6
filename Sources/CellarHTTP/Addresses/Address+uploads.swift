package import Registry

extension Address {
    /// The index to which a POST at this address publishes (the legacy upload API); nil where none does.
    ///
    /// pypicloud's clients post to `/`, `/simple/` and `/pypi/`, CodeArtifact's to `/pypi/<index>/`.
    package var uploadIndex: IndexName? {
        switch self {
        case .root: .main
        case .index(let index): index
        case .projectList(let index, _): index
        default: nil
        }
    }

    /// The name by which the access log and the metrics call this kind of address.
    package var route: String {
        switch self {
        case .index: "index"
        case .projectList: "simple-list"
        case .project: "simple-project"
        case .file(_, let isMetadata): isMetadata ? "metadata" : "file"
        case .projectJSON: "project-json"
        case .api: "api"
        case .health: "health"
        case .metrics: "metrics"
        case .root: "root"
        }
    }
}
