import PackagingStandards
import Synchronization

/// The grants in memory: one immutable snapshot, replaced when this or another process has changed a grant.
final class AccessMemory: Sendable {
    private struct State {
        var snapshot = AccessSnapshot(.none, version: 0)
    }

    private let state = Mutex(State())

    /// The snapshot now. Never blocks: called on event loops.
    var current: AccessSnapshot { state.withLock { $0.snapshot } }

    /// Replaces the snapshot. Returns whether the new rules say anything else.
    func install(_ rules: AccessRules) -> Bool {
        state.withLock { state in
            let isOther = !state.snapshot.rules.equals(rules)
            let version = state.snapshot.version + (isOther ? 1 : 0)
            state.snapshot = AccessSnapshot(rules, version: version)
            return isOther
        }
    }
}

/// The grants at one moment, and what was found out from them since.
final class AccessSnapshot: Sendable {
    /// What a caller may read of one index.
    struct Reading: Sendable {
        /// Whether the caller may read anything.
        let isAny: Bool
        /// Whether the caller may read all projects that there are or could be.
        let isWhole: Bool
        /// Names the set of restricted projects that the caller may read; nil if nothing is restricted for them.
        let restrictions: SHA256Digest?

        /// Returns what is readable with some projects more.
        func adding(_ projects: [String]) -> Reading {
            guard !projects.isEmpty, !isWhole || restrictions != nil else { return self }
            let names = projects.map { "\($0) also\n" }.joined()
            let text = (restrictions?.description ?? "none") + "\n" + names
            return Reading(isAny: true, isWhole: isWhole, restrictions: SHA256Digest(hashing: Array(text.utf8)))
        }
    }

    private struct Question: Hashable {
        let index: IndexName
        let caller: Caller
    }

    /// The most answers that are remembered.
    private static let maxAnswers = 4096

    let rules: AccessRules
    /// Counts the snapshots whose rules differ.
    let version: UInt64
    private let readings = Mutex<[Question: Reading]>([:])

    init(_ rules: AccessRules, version: UInt64) {
        self.rules = rules
        self.version = version
    }

    /// Returns what a caller may read of an index, found out once for each caller.
    func reading(of index: IndexSettings, by caller: Caller) -> Reading {
        if let known = knownReading(of: index, by: caller) { return known }
        if let projects = projectsInScope(of: caller, in: index) {
            return reading(of: index, by: .anonymous).adding(projects)
        }
        let readsTheRest = ruling(on: index, for: caller) != nil
        let reading = Self.reading(of: rules[index.name], by: caller, readsTheRest: readsTheRest)
        readings.withLock { readings in
            if readings.count >= Self.maxAnswers { readings.removeAll() }
            readings[Question(index: index.name, caller: caller.withoutNotes)] = reading
        }
        return reading
    }

    /// Returns the same, or nil if that takes a search through all grants of the index.
    func knownReading(of index: IndexSettings, by caller: Caller) -> Reading? {
        if let projects = projectsInScope(of: caller, in: index) {
            return knownReading(of: index, by: .anonymous)?.adding(projects)
        }
        let ruling = ruling(on: index, for: caller)
        guard rules[index.name].restrictsProjects, !ruling.isBeyondRestrictions else {
            return Reading(isAny: ruling != nil, isWhole: ruling != nil, restrictions: nil)
        }
        return readings.withLock { $0[Question(index: index.name, caller: caller.withoutNotes)] }
    }

    /// Returns the projects that a token reads beside what everyone reads, in the order of their names, or nil if its scope
    /// has the whole index, or there is no token. Of a publisher, what it holds.
    private func projectsInScope(of caller: Caller, in index: IndexSettings) -> [String]? {
        if case .publisher(let publisher)? = caller.token?.owner { return publisher.readable(in: index.name) }
        guard let holder = caller.token, !holder.scope.includes(.read, nil, in: index.name) else { return nil }
        let readable = (holder.scope.projects ?? []).filter { project in
            AccessDecision(index: index, project: project, ownerID: nil, rules: rules)
                .ruling(on: .read, for: caller) != nil
        }
        return readable.sorted().map(\.description)
    }

    /// Returns the rule by which a caller reads projects without grants of their own.
    private func ruling(on index: IndexSettings, for caller: Caller) -> AccessRuling? {
        AccessDecision(index: index, project: nil, ownerID: nil, rules: rules).ruling(on: .read, for: caller)
    }

    private static func reading(of rules: IndexRules, by caller: Caller, readsTheRest: Bool) -> Reading {
        func isReadable(_ grants: [Grant]) -> Bool { grants.contains { $0.gives(.read, to: caller) } }
        let projects = rules.projects.map { ($0.key.description, isReadable($0.value)) }
        let prefixes = rules.prefixes.map { ($0.key + "*", isReadable($0.value)) }
        var (isAny, isWhole) = (readsTheRest, readsTheRest)
        var text = ""
        for (name, isReadable) in (projects + prefixes).sorted(by: { $0.0 < $1.0 }) {
            text += name + (isReadable ? " yes\n" : " no\n")
            isAny = isAny || isReadable
            isWhole = isWhole && isReadable
        }
        return Reading(isAny: isAny, isWhole: isWhole, restrictions: SHA256Digest(hashing: Array(text.utf8)))
    }
}

extension AccessRuling? {
    /// Whether the rule counts for projects with grants of their own, too.
    fileprivate var isBeyondRestrictions: Bool {
        switch self {
        case .administrator?: true
        case .grant(let grant)?: grant.right == .administer
        case .owner?, .publisher?, .list?, nil: false
        }
    }
}
