public import PackagingStandards

/// The one place that decides who may do what.
///
/// Every route, page, list and command asks here. A question about a project names it by its normalized name; one about
/// the index as a whole is about a project without grants of its own. `AccessDecision` holds the rules.
public struct Permissions: Sendable {
    let indexes: Indexes
    /// The grants.
    private let memory: AccessMemory

    /// Makes the permissions of a server without grants.
    public init(indexes: Indexes) {
        self.init(indexes: indexes, memory: AccessMemory())
    }

    /// Makes the permissions of a server with the grants that a memory holds.
    init(indexes: Indexes, memory: AccessMemory) {
        self.indexes = indexes
        self.memory = memory
    }

    /// Counts the changes of the grants: what was decided at one count is decided alike while it stays the same.
    var version: UInt64 { memory.current.version }

    // MARK: Decisions

    /// Returns the decision about a project of an index, or about the index as a whole.
    func decision(
        on project: NormalizedName?, ownedBy ownerID: Int64? = nil, in index: IndexSettings
    ) -> AccessDecision {
        AccessDecision(index: index, project: project, ownerID: ownerID, rules: memory.current.rules)
    }

    /// Returns whether a caller holds a right in an index, or for one of its projects, whoever owns that.
    ///
    /// Write does not imply read; administrators hold every right; a token has its owner's rights within its scope.
    /// `ProjectRights` also knows owners.
    ///
    /// - Parameters:
    ///   - right: What the caller wants to do.
    ///   - project: The project that it concerns; nil for the index as a whole.
    ///   - index: The settings of the index.
    ///   - caller: Who wants it.
    /// - Returns: Whether the caller may.
    public func may(_ right: Right, _ project: NormalizedName?, in index: IndexSettings, _ caller: Caller) -> Bool {
        decision(on: project, in: index).ruling(on: right, for: caller) != nil
    }

    /// Returns whether a caller holds a right for anything that an index has or may have.
    public func mayAnywhere(_ right: Right, in index: IndexSettings, _ caller: Caller) -> Bool {
        if may(right, nil, in: index, caller) { return true }
        if case .publisher(let publisher)? = caller.token?.owner { return publisher.holds(right, in: index.name) }
        if let scope = caller.token?.scope {
            if let projects = scope.projects { return projects.contains { may(right, $0, in: index, caller) } }
            guard scope.includes(right, in: index.name) else { return false }
        }
        let rules = memory.current.rules[index.name]
        return rules.projects.values.contains { $0.contains { $0.gives(right, to: caller) } }
            || rules.prefixes.values.contains { $0.contains { $0.gives(right, to: caller) } }
    }

    /// Returns whether an index exists for a caller: whether they may read anything in it.
    public func maySee(_ index: IndexSettings, _ caller: Caller) -> Bool {
        may(.read, nil, in: index, caller) || memory.current.reading(of: index, by: caller).isAny
    }

    /// Returns whether it takes no search through all grants to say what a caller may read of an index and of those
    /// behind it.
    func knowsReading(of index: IndexName, by caller: Caller) -> Bool {
        let snapshot = memory.current
        return chain(of: index).allSatisfy { snapshot.knownReading(of: $0, by: caller) != nil }
    }

    /// Returns whether a caller may read all projects that there are or could be in an index.
    func readsAll(of index: IndexSettings, _ caller: Caller) -> Bool {
        memory.current.reading(of: index, by: caller).isWhole
    }

    /// Returns whether a caller administers the whole server: by their role, or by a grant on it. A token does so only if
    /// nothing limits it to some rights, indexes or projects.
    public func administersServer(_ caller: Caller) -> Bool {
        if let scope = caller.token?.scope, !scope.includesServer { return false }
        return caller.hasAdministratorRole
            || memory.current.rules.onServer.contains { $0.gives(.administer, to: caller) }
    }

    /// Returns who may publish to an index in general, by its lists and by all grants.
    public func uploaders(to index: IndexSettings) -> Uploaders {
        if may(.write, nil, in: index, .anonymous) { return .everyone }
        guard index.access.write.isEmpty else { return .some }
        let rules = memory.current.rules[index.name]
        let grants = rules.defaults + rules.projects.values.joined() + rules.prefixes.values.joined()
        return grants.contains { $0.right == .write || $0.right == .administer } ? .some : .nobody
    }

    /// Returns whether a caller sees all that an index's upstreams have of a project.
    func maySeeUpstreams(_ project: NormalizedName?, in index: IndexSettings, _ caller: Caller) -> Bool {
        decision(on: project, in: index).showsUpstreams(to: caller)
    }

    /// Returns whether nothing but the lists of the configuration decides about a project.
    private func listsDecideAlone(about project: NormalizedName, in index: IndexSettings) -> Bool {
        let rules = memory.current.rules[index.name]
        return rules.defaults.isEmpty && rules.own(project) == nil
    }

    // MARK: Refusals

    /// Returns the settings of an index in which a caller holds a right, perhaps for one project.
    ///
    /// Throws `.forbidden` for people who may read there, `.authenticationRequired` for anonymous callers. An index
    /// that the caller may not read is answered like one that does not exist.
    func settings(
        of index: IndexName, for caller: Caller, holding right: Right, _ project: NormalizedName? = nil,
        to action: String, absent: RegistryError? = nil
    ) throws -> IndexSettings {
        guard let settings = indexes[index] else { throw unseen(index, by: caller, action) }
        try require(right, project, of: caller, in: settings, to: action, absent: absent)
        return settings
    }

    /// Returns the settings of an index for somebody who may read there.
    ///
    /// - Parameters:
    ///   - caller: Who reads.
    ///   - project: The project; nil for anything in the index.
    ///   - index: The index.
    ///   - absent: What people are answered for something of the project that does not exist; nil if that is the project.
    /// - Returns: The settings.
    /// - Throws: What is answered for an index or a project that does not exist.
    public func requireRead(
        _ caller: Caller, _ project: NormalizedName? = nil, in index: IndexName, absent: RegistryError? = nil
    ) throws -> IndexSettings {
        guard let settings = indexes[index], maySee(settings, caller) else { throw unseen(index, by: caller, "read") }
        guard let project, !may(.read, project, in: settings, caller) else { return settings }
        throw self.absent(absent ?? RegistryError(unknownProject: project, in: index), in: index, for: caller)
    }

    /// Throws if a caller does not hold a right in an index, as `settings(of:for:holding:to:)` does.
    ///
    /// - Parameters:
    ///   - right: What the caller wants to do.
    ///   - project: The project that it concerns; nil for the index as a whole.
    ///   - caller: Who wants it.
    ///   - settings: The settings of the index.
    ///   - action: What the caller wants to do, for the message.
    ///   - absent: What is answered for a project that does not exist, to those who may do it to any that may be there.
    /// - Throws: `.forbidden` or `.authenticationRequired`, or what is answered for what does not exist.
    func require(
        _ right: Right, _ project: NormalizedName?, of caller: Caller, in settings: IndexSettings, to action: String,
        absent: RegistryError? = nil
    ) throws {
        guard !may(right, project, in: settings, caller) else { return }
        // A token that may do this to something in the index may know of it, even if it reads nothing.
        guard maySee(settings, caller) || (caller.token != nil && mayAnywhere(right, in: settings, caller)) else {
            throw unseen(settings.name, by: caller, action)
        }
        guard caller.isKnown else { throw loginNeeded(to: action, in: settings.name) }
        // What somebody may not read does not exist for them.
        let isHidden = !may(.read, project, in: settings, caller)
        if let absent, isHidden, may(right, nil, in: settings, caller) { throw absent }
        throw RegistryError(.forbidden, "\(caller.describedName) may not \(action) in the index \(settings.name).")
    }

    /// Throws what an index that is missing does, if a caller may do nothing in an index that they could know of it.
    func requireKnowing(_ index: IndexName, _ caller: Caller) throws {
        if let settings = indexes[index],
            maySee(settings, caller) || administersServer(caller) || mayAnywhere(.write, in: settings, caller)
        {
            return
        }
        throw unseen(index, by: caller, "make tokens")
    }

    /// Throws if a caller does not administer the server.
    func requireAdministrator(_ caller: Caller, to action: String) throws {
        guard !administersServer(caller) else { return }
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
        let hidden = caller.isKnown && !administersServer(caller) ? ", or you may not read in it" : ""
        return RegistryError(.notFound, "There is no index called \(index) here\(hidden).")
    }

    private func loginNeeded(to action: String, in index: IndexName) -> RegistryError {
        RegistryError(.authenticationRequired, "You must log in to \(action) in the index \(index).")
    }

    /// Returns what a caller may learn of something that an index does not have, or that they may not read: if anonymous
    /// callers may not read all that the index and those behind it have or could have, they must log in to learn more.
    func absent(_ error: RegistryError, in index: IndexName, for caller: Caller) -> RegistryError {
        guard mustLogIn(caller, toSeeAllOf: index) else { return error }
        return loginNeeded(to: "see all that there is", in: index)
    }

    /// Returns whether a caller is anonymous and may not read all that an index and those behind it have or could have.
    func mustLogIn(_ caller: Caller, toSeeAllOf index: IndexName) -> Bool {
        !caller.isKnown && !chain(of: index).allSatisfy { readsAll(of: $0, caller) }
    }

    /// Returns an index and those behind it.
    private func chain(of index: IndexName) -> [IndexSettings] {
        indexes.chain(of: index) ?? indexes[index].map { [$0] } ?? []
    }

    // MARK: What everyone reads

    /// Returns whether everyone may read a project in an index and in all indexes behind it, so that shared caches may
    /// store its files.
    public func isPublic(_ project: NormalizedName, in index: IndexName) -> Bool {
        indexes[index] != nil && chain(of: index).allSatisfy { may(.read, project, in: $0, .anonymous) }
    }

    /// Returns whether web pages of any site may read an index: its settings allow it, and everyone may read it and all
    /// indexes behind it. What has grants of its own they get as anonymous callers do.
    public func isOpenToWebPages(_ index: IndexName) -> Bool {
        indexes[index]?.isOpenToWebPages == true && chain(of: index).allSatisfy { may(.read, nil, in: $0, .anonymous) }
    }

    /// Returns whether all who may read a project in an index may download what it, or an index behind it, fetches of it
    /// from upstreams. The answer is no if any grant counts for the project.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - asked: The index that is read.
    ///   - keeper: The index that keeps what is fetched.
    /// - Returns: Whether they may.
    func mayAllReadersFetch(_ project: NormalizedName, of asked: IndexName, keptIn keeper: IndexName) -> Bool {
        guard let keeper = indexes[keeper], let asked = indexes[asked] else { return false }
        let behind = indexes.chain(of: asked.name)?.dropFirst() ?? []
        guard ([asked, keeper] + behind).allSatisfy({ listsDecideAlone(about: project, in: $0) }) else { return false }
        let holders = keeper.access.principals(holding: .cacheUpdate)
        if asked.name == keeper.name, asked.access.principals(holding: .read).allSatisfy(holders.contains) {
            return true
        }
        return holders.contains(.everyone) && behind.allSatisfy { may(.read, project, in: $0, .anonymous) }
    }

    // MARK: Chains

    /// Returns the indexes of this server that an index looks into next and that a caller may read: for a project, or
    /// anything in them.
    func indexesBehind(
        _ settings: IndexSettings, readableBy caller: Caller, _ project: NormalizedName? = nil
    ) -> [IndexSettings] {
        settings.upstreams.compactMap { reference in
            guard case .index(let name) = reference, let behind = indexes[name] else { return nil }
            let isReadable = project.map { may(.read, $0, in: behind, caller) } ?? maySee(behind, caller)
            return isReadable ? behind : nil
        }
    }

    /// Returns those of some indexes in which a caller may read a project, in order.
    func readable(_ names: [IndexName], by caller: Caller, _ project: NormalizedName) -> [IndexName] {
        names.filter { name in indexes[name].map { may(.read, project, in: $0, caller) } ?? false }.sorted()
    }

    /// Returns what distinguishes an index's page of a project for this caller from those for others: for the index and
    /// each index behind it, whether the caller may read the project and make it fetch files. For the list of projects,
    /// without a project: also which restricted ones the caller may read.
    func view(of index: IndexName, _ project: NormalizedName?, for caller: Caller) -> CallerView {
        let snapshot = memory.current
        // Whoever may read a project, and gets here, sees all that an index without upstreams has of it; so does whoever
        // reads the list of one in which no project has grants of its own.
        if indexes.chain(of: index) == nil {
            let listsAll = !snapshot.rules[index].restrictsProjects && caller.isInScope(.read, nil, in: index)
            if project != nil || listsAll { return .everything }
        }
        let chain = chain(of: index)
        var view = CallerView(chain: chain, project: project, caller: caller, rules: snapshot.rules)
        guard project == nil else { return view }
        let restrictions = chain.map { snapshot.reading(of: $0, by: caller).restrictions }
        if restrictions.contains(where: { $0 != nil }) { view.restrictions = restrictions }
        return view
    }
}

/// What distinguishes the pages of an index for two callers: their rights in the index and in those behind it.
public struct CallerView: Hashable, Sendable {
    /// Three bits for each index, in the order of the chain: may read, may make it fetch, sees what its upstreams have.
    private var bits: UInt64 = 0
    /// The bits of the first indexes, if there are more than fit into one word.
    private var more: [UInt64] = []
    /// For the list of projects: of each index in the chain the set of restricted projects that the caller may read, nil
    /// if there are none; empty if no index has any.
    fileprivate var restrictions: [SHA256Digest?] = []

    /// The view of a project in an index without upstreams: whoever may read it sees all of it.
    public static let everything = CallerView()
    /// The view of a project that somebody may not read, unlike all others: no word of three bits for each index is full.
    static let nothing = CallerView(bits: .max)

    private init(bits: UInt64 = 0) {
        self.bits = bits
    }

    /// Makes the view of a caller.
    ///
    /// - Parameters:
    ///   - chain: The index, and those behind it.
    ///   - project: The project; nil for the list of projects.
    ///   - caller: Who asks.
    ///   - rules: The grants.
    fileprivate init(chain: [IndexSettings], project: NormalizedName?, caller: Caller, rules: AccessRules) {
        for (position, index) in chain.enumerated() {
            if position > 0, position.isMultiple(of: 21) {
                more.append(bits)
                bits = 0
            }
            bits <<= 3
            let decision = AccessDecision(index: index, project: project, ownerID: nil, rules: rules)
            if decision.ruling(on: .read, for: caller) != nil { bits |= 1 }
            if decision.ruling(on: .cacheUpdate, for: caller) != nil { bits |= 2 }
            if decision.showsUpstreams(to: caller) { bits |= 4 }
        }
    }
}
