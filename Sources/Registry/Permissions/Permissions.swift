public import PackagingStandards

/// The one place that decides who may do what.
///
/// Every route, page, list and command asks here. A question about a project names it by its normalized name.
public struct Permissions: Sendable {
    let indexes: Indexes

    public init(indexes: Indexes) {
        self.indexes = indexes
    }

    /// Returns whether a caller holds a right in an index, or for one of its projects.
    ///
    /// Write does not imply read; administrators hold every right.
    ///
    /// - Parameters:
    ///   - right: What the caller wants to do.
    ///   - project: The project that it concerns; nil for the index as a whole.
    ///   - index: The settings of the index.
    ///   - caller: Who wants it.
    /// - Returns: Whether the caller may.
    public func may(_ right: Right, _ project: NormalizedName?, in index: IndexSettings, _ caller: Caller) -> Bool {
        if caller.isAdministrator { return true }
        return index.access.principals(holding: right).contains { $0.includes(caller) }
    }

    /// Returns whether a caller sees all that an index's upstreams have of a project: anyone who may make it fetch
    /// files, and anonymous callers if a login could give them that right. They must log in to download.
    func maySeeUpstreams(_ project: NormalizedName?, in index: IndexSettings, _ caller: Caller) -> Bool {
        may(.cacheUpdate, project, in: index, caller)
            || (!caller.isKnown && !index.access.principals(holding: .cacheUpdate).isEmpty)
    }

    /// Returns the settings of an index in which a caller holds a right, perhaps for one project.
    ///
    /// Throws `.forbidden` for people who may read there, `.authenticationRequired` for anonymous callers. An index
    /// that the caller may not read is answered like one that does not exist.
    func settings(
        of index: IndexName, for caller: Caller, holding right: Right, _ project: NormalizedName? = nil,
        to action: String
    ) throws -> IndexSettings {
        guard let settings = indexes[index] else { throw unseen(index, by: caller, action) }
        try require(right, project, of: caller, in: settings, to: action)
        return settings
    }

    /// Returns the settings of an index. Throws if a caller may not read in it.
    public func requireRead(_ caller: Caller, _ project: NormalizedName? = nil, in index: IndexName) throws
        -> IndexSettings
    {
        try settings(of: index, for: caller, holding: .read, project, to: "read")
    }

    /// Throws if a caller does not hold a right in an index, as `settings(of:for:holding:to:)` does.
    func require(
        _ right: Right, _ project: NormalizedName?, of caller: Caller, in settings: IndexSettings, to action: String
    ) throws {
        guard !may(right, project, in: settings, caller) else { return }
        guard may(.read, project, in: settings, caller) else { throw unseen(settings.name, by: caller, action) }
        guard caller.isKnown else { throw loginNeeded(to: action, in: settings.name) }
        throw RegistryError(.forbidden, "\(caller.name) may not \(action) in the index \(settings.name).")
    }

    /// Throws if a caller is not an administrator.
    func requireAdministrator(_ caller: Caller, to action: String) throws {
        guard !caller.isAdministrator else { return }
        throw caller.isKnown
            ? RegistryError(.forbidden, "Only administrators may \(action).")
            : RegistryError(.authenticationRequired, "You must log in to \(action).")
    }

    /// Returns the same error for an index that is hidden from a caller and for one that does not exist: a login for
    /// anonymous callers, unless everyone may read every index here, and not found for people who are known.
    private func unseen(_ index: IndexName, by caller: Caller, _ action: String) -> RegistryError {
        if !caller.isKnown, !indexes.all.allSatisfy({ may(.read, nil, in: $0, .anonymous) }) {
            return loginNeeded(to: action, in: index)
        }
        let hidden = caller.isKnown && !caller.isAdministrator ? ", or you may not read in it" : ""
        return RegistryError(.notFound, "There is no index called \(index) here\(hidden).")
    }

    private func loginNeeded(to action: String, in index: IndexName) -> RegistryError {
        RegistryError(.authenticationRequired, "You must log in to \(action) in the index \(index).")
    }

    /// Returns what a caller may learn of something that an index does not have: if the index looks into one that
    /// anonymous callers may not read, they must log in to learn more.
    func absent(_ error: RegistryError, in index: IndexName, for caller: Caller) -> RegistryError {
        let chain = indexes.chain(of: index) ?? []
        guard !caller.isKnown, !chain.allSatisfy({ may(.read, nil, in: $0, caller) }) else { return error }
        return loginNeeded(to: "see all that there is", in: index)
    }

    /// Returns whether everyone may read an index and all indexes behind it, so that shared caches may store its files.
    public func isPublic(_ index: IndexName) -> Bool {
        guard let settings = indexes[index] else { return false }
        return (indexes.chain(of: index) ?? [settings]).allSatisfy { may(.read, nil, in: $0, .anonymous) }
    }

    /// Returns whether web pages of any site may read an index: its settings allow it, and everyone may read it.
    public func isOpenToWebPages(_ index: IndexName) -> Bool {
        indexes[index]?.isOpenToWebPages == true && isPublic(index)
    }

    /// Returns the indexes of this server that an index looks into next and that a caller may read.
    func indexesBehind(
        _ settings: IndexSettings, readableBy caller: Caller, _ project: NormalizedName? = nil
    ) -> [IndexSettings] {
        settings.upstreams.compactMap { reference in
            guard case .index(let name) = reference, let behind = indexes[name], may(.read, project, in: behind, caller)
            else { return nil }
            return behind
        }
    }

    /// Returns those of some indexes that a caller may read, in order.
    func readable(_ names: [IndexName], by caller: Caller, _ project: NormalizedName? = nil) -> [IndexName] {
        names.filter { name in indexes[name].map { may(.read, project, in: $0, caller) } ?? false }.sorted()
    }

    /// Returns what distinguishes the pages of an index for this caller from those for others: for the index and each
    /// index behind it, whether the caller may read it and make it fetch files.
    func view(of index: IndexName, for caller: Caller) -> CallerView {
        guard let chain = indexes.chain(of: index) else { return .everything }
        return CallerView(chain: chain, caller: caller, permissions: self)
    }
}

extension Principal {
    /// Returns whether the principal includes a caller.
    fileprivate func includes(_ caller: Caller) -> Bool {
        switch (self, caller) {
        case (.everyone, _): true
        case (.authenticated, _): caller.isKnown
        case (.user(let name), .person(let person)): person.name == name
        case (.group(let name), .person(let person)): person.groups.contains(name)
        default: false
        }
    }
}

/// What distinguishes the pages of an index for two callers: their rights in the index and in those behind it.
public struct CallerView: Hashable, Sendable {
    /// Three bits for each index, in the order of the chain: may read, may make it fetch, sees what its upstreams have.
    private var bits: UInt64 = 0
    /// The bits of the first indexes, if there are more than fit into one word.
    private var more: [UInt64] = []

    /// The view of an index without upstreams: whoever may read it sees all of it.
    public static let everything = CallerView()

    private init() {}

    /// Makes the view of a caller.
    ///
    /// - Parameters:
    ///   - chain: The index, and those behind it.
    ///   - caller: Who asks.
    ///   - permissions: Decides.
    fileprivate init(chain: [IndexSettings], caller: Caller, permissions: Permissions) {
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
