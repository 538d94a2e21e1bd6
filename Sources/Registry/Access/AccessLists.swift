/// Who holds each right in an index, where a project has no grants of its own.
public struct AccessLists: Sendable, Hashable {
    public var read: [Principal]
    public var write: [Principal]
    public var create: [Principal]
    public var claim: [Principal]
    public var overwrite: [Principal]
    public var delete: [Principal]
    public var cacheUpdate: [Principal]

    /// Makes the lists; without arguments, those that the design calls the defaults.
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

    /// The principals that hold a right; administering is nobody's but the administrators'.
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
