/// Where a project's files come from: set by its first publish, cached file or reservation, and kept after deletion.
public enum ProjectOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Published here.
    case local
    /// Cached from the upstream with this id.
    case upstream(String)
    /// Kept from upstreams before anything is published.
    case reserved
    /// Given back: it has no owner until an upstream is asked for it, or somebody publishes it again.
    case released

    /// Reads the text in the database and in manifests; returns nil for any other.
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
    /// The project's origin in the index in question, or nil if that index does not know the name.
    public let origin: ProjectOrigin?
    /// Whether any index of this server, declared or hidden, reserves the name or has ever published a file of it,
    /// deleted ones included.
    public let isPublishedAnywhere: Bool

    public init(origin: ProjectOrigin?, isPublishedAnywhere: Bool) {
        self.origin = origin
        self.isPublishedAnywhere = isPublishedAnywhere
    }
}
