import HTTPTypes
package import Registry

extension Address {
    /// The index to which a POST at this address publishes (the legacy upload API); nil where none does.
    ///
    /// pypicloud's clients post to `/`, `/simple/` and `/pypi/`, CodeArtifact's to `/pypi/<index>/`.
    package var uploadIndex: IndexName? {
        switch self {
        case .root: .main
        case .index(let index, _): index
        case .projectList(let index, _): index
        case .projectOrIndex(let name, _): IndexName(name)
        default: nil
        }
    }

    /// The index that the address belongs to; nil if it is the server's own.
    var index: IndexName? {
        switch self {
        case .index(let index, _), .projectList(let index, _), .project(let index, _, _),
            .projectBehindEmptySegment(let index, _, _), .publishedProject(let index, _, _),
            .projectJSON(let index, _, _):
            index
        case .projectOrIndex: .main
        case .file(let file, _): file.index
        case .api, .health, .metrics, .root: nil
        }
    }

    /// The methods that are answered here. Throws what makes the address of the management API name nothing.
    func methods() throws -> [HTTPRequest.Method] {
        if case .api(let segments) = self { return try APIResource(segments).methods }
        return uploadIndex == nil ? [.get, .head] : [.get, .head, .post]
    }

    /// The name by which the access log and the metrics call this kind of address.
    package var route: String {
        switch self {
        case .index: "index"
        case .projectList: "simple-list"
        case .project, .projectOrIndex, .projectBehindEmptySegment, .publishedProject: "simple-project"
        case .file(_, let isMetadata): isMetadata ? "metadata" : "file"
        case .projectJSON: "project-json"
        case .api: "api"
        case .health: "health"
        case .metrics: "metrics"
        case .root: "root"
        }
    }
}
