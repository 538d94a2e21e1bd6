/// The kinds of requests that the metrics tell apart.
package enum RequestKind: Int, CaseIterable, Sendable {
    // In the order of their names, in which the metrics show them.
    case api, feed, file, health, index, malformed, metadata, metrics, other, projectJSON, provenance, root, simpleList
    case simpleProject, trustedPublishing, upload, xmlRPC

    /// The name that the metrics show, as `simple-project`.
    package var name: String {
        switch self {
        case .projectJSON: "project-json"
        case .simpleList: "simple-list"
        case .simpleProject: "simple-project"
        case .trustedPublishing: "trusted-publishing"
        case .xmlRPC: "xml-rpc"
        default: "\(self)"
        }
    }
}
