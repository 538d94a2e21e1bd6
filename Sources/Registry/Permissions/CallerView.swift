/// What sets the pages of an index for two callers apart: their rights in the index and in those behind it.
public struct CallerView: Hashable, Sendable {
    /// Three bits an index, in the order of the chain: may read, may make it fetch, sees what its upstreams have.
    private var bits: UInt64 = 0
    /// The bits of the first indexes, where there are more than fit into one word.
    private var more: [UInt64] = []

    /// The view of an index without upstreams: whoever may read it sees all of it.
    public static let everything = CallerView()

    private init() {}

    /// The view of a caller.
    ///
    /// - Parameters:
    ///   - chain: The index, and those behind it.
    ///   - caller: Who asks.
    ///   - permissions: Who decides.
    init(chain: [IndexSettings], caller: Caller, permissions: Permissions) {
        for (position, index) in chain.enumerated() {
            if position > 0, position.isMultiple(of: 21) {
                more.append(bits)
                bits = 0
            }
            bits <<= 3
            if permissions.may(.read, nil, in: index, caller) { bits |= 1 }
            if permissions.may(.cacheUpdate, nil, in: index, caller) { bits |= 2 }
            if permissions.maySeeUpstreams(nil, in: index, caller) { bits |= 4 }
        }
    }
}
