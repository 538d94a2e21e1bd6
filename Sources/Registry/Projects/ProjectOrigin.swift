/// Where a project's files come from: set by its first publish, cache or reservation, and kept after deletion.
public enum ProjectOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Published here.
    case local
    /// Cached from the upstream of this id.
    case upstream(String)
    /// A name kept free of strangers before anything is published.
    case reserved
    /// Given back: nobody's until an upstream is asked for it, or somebody publishes it again.
    case released

    /// Reads the text that the database and the manifests keep.
    public init?(_ text: String) {
        switch text {
        case "local": self = .local
        case "reserved": self = .reserved
        case "released": self = .released
        default:
            guard text.hasPrefix("upstream:"), text.utf8.count > 9 else { return nil }
            self = .upstream(String(text.dropFirst(9)))
        }
    }

    public var description: String {
        switch self {
        case .local: "local"
        case .upstream(let id): "upstream:\(id)"
        case .reserved: "reserved"
        case .released: "released"
        }
    }
}

/// Who owns a name, as far as the database knows.
public struct NameStanding: Sendable, Hashable {
    /// The project's origin in the index that was asked about, or nil if that index does not know the name.
    public let origin: ProjectOrigin?
    /// Whether any index of this server, declared or hidden, has published it, deleted files too, or keeps it reserved.
    public let isPublishedAnywhere: Bool

    public init(origin: ProjectOrigin?, isPublishedAnywhere: Bool) {
        self.origin = origin
        self.isPublishedAnywhere = isPublishedAnywhere
    }
}
