/// Who holds each right in an index by the configuration, if a project has no grants of its own.
public struct AccessLists: Sendable, Hashable {
    public var read: [Principal]
    public var write: [Principal]
    public var create: [Principal]
    public var claim: [Principal]
    public var overwrite: [Principal]
    public var delete: [Principal]
    public var cacheUpdate: [Principal]

    /// Makes the lists; without arguments, the default ones.
    public init(
        read: [Principal] = [.everyone],
        write: [Principal] = [.authenticated],
        create: [Principal]? = nil,
        claim: [Principal] = [],
        overwrite: [Principal] = [],
        delete: [Principal] = [],
        cacheUpdate: [Principal] = [.everyone]
    ) {
        self.read = read
        self.write = write
        self.create = create ?? write
        self.claim = claim
        self.overwrite = overwrite
        self.delete = delete
        self.cacheUpdate = cacheUpdate
    }

    /// Returns the principals that hold a right; none for `.administer`, which only grants give.
    public func principals(holding right: Right) -> [Principal] {
        switch right {
        case .read: read
        case .write: write
        case .create: create
        case .claim: claim
        case .overwrite: overwrite
        case .delete: delete
        case .cacheUpdate: cacheUpdate
        case .administer: []
        }
    }
}

/// What somebody may be allowed to do in an index or with a project.
public enum Right: String, Sendable, CaseIterable {
    /// See the project and download its files.
    case read
    /// Publish files and yank releases.
    case write
    /// Publish the first file of a project that does not exist yet.
    case create
    /// Publish under a name of which this server caches an upstream's files, and give names back.
    case claim
    /// Replace a published file, if the index allows it at all.
    case overwrite
    /// Delete files and releases.
    case delete
    /// Make the server fetch and cache an upstream's file by downloading it.
    case cacheUpdate = "cache_update"
    /// Change a project's status, grant rights, and everything else that administrators do; it holds every other right.
    case administer = "admin"
}

/// Somebody whom an access list of the configuration names.
public enum Principal: Hashable, Sendable, CustomStringConvertible {
    /// Anybody, anonymous or not.
    case everyone
    /// Everybody who has proved who they are.
    case authenticated
    /// The person of this name.
    case user(String)
    /// The members of the group of this name, and its tokens.
    case group(String)
    /// The service account of this name.
    case service(String)

    /// Reads `everyone`, `authenticated`, `user:<name>`, `group:<name>` or `service:<name>`; returns nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "everyone": self = .everyone
        case "authenticated": self = .authenticated
        default:
            guard let colon = text.firstIndex(of: ":") else { return nil }
            let name = String(text[text.index(after: colon)...])
            guard UserName.isValid(name) else { return nil }
            switch text[..<colon] {
            case "user": self = .user(name)
            case "group": self = .group(name)
            case "service": self = .service(name)
            default: return nil
            }
        }
    }

    public var description: String {
        switch self {
        case .everyone: "everyone"
        case .authenticated: "authenticated"
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        case .service(let name): "service:\(name)"
        }
    }
}
