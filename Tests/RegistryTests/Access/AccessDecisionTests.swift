import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

/// Decisions against an oracle: the rules of docs/access.md once more, written as a search among words.
@Suite("Who holds which right")
struct AccessDecisionTests {
    private static let index = IndexName("team") ?? .main
    private static let other = IndexName("other") ?? .main

    private static let callers: [Caller] = [
        .anonymous, .localOperator,
        .person(Person(id: 1, name: "ada", isAdministrator: false, groups: [])),
        .person(Person(id: 2, name: "bob", isAdministrator: false, groups: ["dev"], groupIDs: [1])),
        .person(Person(id: 3, name: "eve", isAdministrator: false, groups: ["ops", "dev"], groupIDs: [1, 2])),
        .person(Person(id: 4, name: "root", isAdministrator: true, groups: [])),
    ]
    private static let grantees: [Grantee] = [
        .everyone, .authenticated, .user(1), .user(2), .user(9), .group(1), .group(2), .group(3), .service(1),
        .service(2),
    ]
    private static let principals: [Principal] = [
        .everyone, .authenticated, .user("ada"), .user("Ada"), .group("dev"), .group("ops"), .service("ci"),
        .service("CI"),
    ]
    /// Every kind of token in every kind of scope.
    private static let tokens: [Caller] = {
        var owners = callers.compactMap { caller -> TokenOwner? in
            if case .person(let person) = caller { .person(person) } else { nil }
        }
        owners += [
            .group(NamedOwner(id: 1, name: "dev")), .service(NamedOwner(id: 1, name: "ci")),
            .publisher(PublisherOwner(id: 1, name: "acme", publishers: [1], holdings: [])),
        ]
        var scopes: [TokenScope] = []
        for rights in [nil, [.read], [.write, .create], [.administer], [.delete, .cacheUpdate]] as [Set<Right>?] {
            for indexes in [nil, [index], [other], [index, other]] as [Set<IndexName>?] {
                for names in [nil, ["acme"], ["acme-core", "zebra"]] as [[String]?] {
                    let projects = names.map { Set($0.compactMap { NormalizedName($0) }) }
                    scopes.append(TokenScope(rights: rights, indexes: indexes, projects: projects))
                }
            }
        }
        return owners.flatMap { owner in
            scopes.enumerated().map { id, scope in
                .token(
                    TokenHolder(
                        id: Int64(id), name: "t\(id)", owner: holding(scope, owner), scope: scope, expiresAt: nil))
            }
        }
    }()

    /// Returns a publisher that holds what a scope has, and every other owner as it is.
    private static func holding(_ scope: TokenScope, _ owner: TokenOwner) -> TokenOwner {
        guard case .publisher(let publisher) = owner else { return owner }
        let all = Set(Right.allCases)
        let rights = scope.rights.map { rights in
            if rights.contains(.administer) { return all }
            return rights.contains(.read) ? rights.union([.cacheUpdate]) : rights
        }
        let projects = scope.projects.map { names in names.map { NamePattern.name($0) as NamePattern? } } ?? [nil]
        let holdings = (scope.indexes ?? [index, other]).flatMap { index in
            projects.map { PublisherHolding(rights: rights ?? all, index: index, projects: $0) }
        }
        return .publisher(
            PublisherOwner(
                id: publisher.id, name: publisher.name, publishers: publisher.publishers, holdings: Set(holdings)))
    }

    private static let projects = ["acme", "acme-core", "acme-core-x", "zebra"].compactMap { NormalizedName($0) }
    private static let patterns = ["acme-core", "acme-*", "acme-c*", "zebra"].compactMap { NamePattern($0) }
    private static let scopes: [GrantScope] =
        [GrantScope.server, .index(index), .index(other)] + patterns.map { GrantScope.projects(index, $0) }
        + patterns.map { GrantScope.projects(other, $0) }

    /// One situation: what is configured, granted and closed, and who owns the project.
    private struct Situation {
        var lists: AccessLists
        var grants: [Grant]
        var closed: [ProjectPlace]
        var owner: Int64?

        /// The same without an owner, for the index as a whole.
        var withoutOwner: Situation {
            var situation = self
            situation.owner = nil
            return situation
        }

        /// Draws a situation; half of them have few grants, so that lists count.
        init(_ random: inout SeededGenerator) {
            func draw<Element>(_ elements: [Element], upTo most: Int) -> [Element] {
                let count = Int.random(in: 0...most, using: &random)
                return (0..<count).compactMap { _ in elements.randomElement(using: &random) }
            }
            lists = AccessLists(
                read: draw(principals, upTo: 2), write: draw(principals, upTo: 2), create: draw(principals, upTo: 2),
                claim: draw(principals, upTo: 1), overwrite: draw(principals, upTo: 1),
                delete: draw(principals, upTo: 1), cacheUpdate: draw(principals, upTo: 2))
            var grants: [Grant] = []
            let most = Bool.random(using: &random) ? 2 : 12
            for _ in 0..<Int.random(in: 0...most, using: &random) {
                guard let right = Right.allCases.randomElement(using: &random),
                    let grantee = grantees.randomElement(using: &random),
                    let scope = scopes.randomElement(using: &random)
                else { continue }
                grants.append(Grant(right, to: grantee, on: scope))
            }
            self.grants = grants
            closed = draw(projects, upTo: 1).map { ProjectPlace(index: index, project: $0) }
            owner = draw([1, 2, 4] as [Int64], upTo: 1).first
        }
    }

    /// The rules, in words.
    private struct Oracle {
        let situation: Situation

        func allows(_ caller: Caller, _ right: Right, _ project: NormalizedName?) -> Bool {
            guard case .token(let holder) = caller else { return allowsOwner(caller, right, project) }
            let scope = holder.scope
            var isCovered = scope.indexes == nil || scope.indexes?.contains(index) == true
            if let rights = scope.rights {
                isCovered =
                    isCovered
                    && !rights.isDisjoint(
                        with: right == .cacheUpdate ? [right, .administer, .read] : [right, .administer])
            }
            if let names = scope.projects { isCovered = isCovered && project.map(names.contains) == true }
            guard isCovered else {
                return [.read, .cacheUpdate].contains(right) && allowsOwner(.anonymous, right, project)
            }
            if holder.owner.name == "publisher:acme" {
                let isFree =
                    !situation.grants.contains { concerns($0, project) }
                    && !situation.closed.contains { $0.project == project }
                if scope.projects != nil || isFree { return true }
            }
            return allowsOwner(caller, right, project)
        }

        /// Whether a caller, or the owner of a token, has a right.
        private func allowsOwner(_ caller: Caller, _ right: Right, _ project: NormalizedName?) -> Bool {
            if Self.isAdministrator(caller) { return true }
            let words = Self.words(for: caller)
            let here = situation.grants.filter { [.server, .index(index)].contains($0.scope) }
            let own = situation.grants.filter { concerns($0, project) }
            let isClosed = project.map { name in situation.closed.contains { $0.project == name } } ?? false
            var given = here.filter { $0.right == .administer }
            var names: [String] = []
            if own.isEmpty, !isClosed {
                given += here
                names = Self.list(right, situation.lists).map(\.description)
            } else {
                given += own
            }
            if given.contains(where: { [right, .administer].contains($0.right) && words.contains("\($0.grantee)") }) {
                return true
            }
            if right == .write, let owner = situation.owner, words.contains("\(Grantee.user(owner))") { return true }
            return names.contains(where: words.contains)
        }

        private func concerns(_ grant: Grant, _ project: NormalizedName?) -> Bool {
            guard let name = project?.description, case .projects(let place, let pattern) = grant.scope, place == index
            else { return false }
            let text = pattern.description
            return text.hasSuffix("*") ? name.hasPrefix(String(text.dropLast())) : name == text
        }

        private static func isAdministrator(_ caller: Caller) -> Bool {
            ["operator", "root"].contains(caller.name)
        }

        /// All that names a caller, in lists and in grants.
        private static func words(for caller: Caller) -> Set<String> {
            switch caller.name {
            case "ada": ["everyone", "authenticated", "user:ada", "user(1)"]
            case "bob": ["everyone", "authenticated", "user:bob", "user(2)", "group:dev", "group(1)"]
            case "eve":
                [
                    "everyone", "authenticated", "user:eve", "user(3)", "group:dev", "group:ops", "group(1)",
                    "group(2)",
                ]
            case "group:dev": ["everyone", "authenticated", "group:dev", "group(1)"]
            case "service:ci": ["everyone", "authenticated", "service:ci", "service(1)"]
            case "publisher:acme": ["everyone", "authenticated"]
            default: ["everyone"]
            }
        }

        private static func list(_ right: Right, _ lists: AccessLists) -> [Principal] {
            switch right.rawValue {
            case "read": lists.read
            case "write": lists.write
            case "create": lists.create
            case "claim": lists.claim
            case "overwrite": lists.overwrite
            case "delete": lists.delete
            case "cache_update": lists.cacheUpdate
            default: []
            }
        }
    }

    @Test("every principal and every right on every project, as the rules say", arguments: UInt64(0)..<8)
    func table(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<250 {
            let situation = Situation(&random)
            let rules = AccessRules(epoch: 1, grants: situation.grants, closed: situation.closed)
            let settings = IndexSettings(name: Self.index, access: situation.lists)
            for project in Self.projects.map(Optional.some) + [nil] {
                let asked = project == nil ? situation.withoutOwner : situation
                let decision = AccessDecision(
                    index: settings, project: project, ownerID: asked.owner, rules: rules)
                // All tokens would take minutes in a debug build.
                let tokens = (0..<40).compactMap { _ in Self.tokens.randomElement(using: &random) }
                for caller in Self.callers + tokens {
                    for right in Right.allCases {
                        let isHeld = decision.ruling(on: right, for: caller) != nil
                        guard isHeld != Oracle(situation: asked).allows(caller, right, project) else { continue }
                        Issue.record("\(caller.name) \(right) \(project?.description ?? "-") in \(asked)")
                    }
                }
            }
        }
    }

    @Test("a caller reads all of an index only if they read each project there could be", arguments: UInt64(0)..<4)
    func whole(seed: UInt64) {
        var random = SeededGenerator(seed: 100 + seed)
        for _ in 0..<250 {
            let situation = Situation(&random).withoutOwner
            let rules = AccessRules(epoch: 1, grants: situation.grants, closed: situation.closed)
            let settings = IndexSettings(name: Self.index, access: situation.lists)
            for caller in Self.callers {
                let snapshot = AccessSnapshot(rules, version: 0)
                let isSearched = snapshot.knownReading(of: settings, by: caller) == nil
                let reading = snapshot.reading(of: settings, by: caller)
                #expect(isSearched == (reading.restrictions != nil), "\(situation)")
                #expect(snapshot.knownReading(of: settings, by: caller)?.restrictions == reading.restrictions)
                let readable = (Self.projects.map(Optional.some) + [nil]).filter { project in
                    AccessDecision(index: settings, project: project, ownerID: nil, rules: rules)
                        .ruling(on: .read, for: caller) != nil
                }
                if reading.isWhole { #expect(readable.count == Self.projects.count + 1, "\(situation)") }
                // Whom the same digest names, to them the same list is shown.
                for second in Self.callers {
                    let theirs = snapshot.reading(of: settings, by: second)
                    guard theirs.restrictions == reading.restrictions, reading.restrictions != nil else { continue }
                    for project in Self.projects where rules[Self.index].own(project) != nil {
                        let decision = AccessDecision(index: settings, project: project, ownerID: nil, rules: rules)
                        #expect(
                            (decision.ruling(on: .read, for: caller) != nil)
                                == (decision.ruling(on: .read, for: second) != nil), "\(situation)")
                    }
                }
            }
        }
    }

    @Test(
        "a token reads all of an index only if it reads each project, and shares a list only with its like",
        arguments: UInt64(0)..<4)
    func tokensReadingAll(seed: UInt64) {
        var random = SeededGenerator(seed: 200 + seed)
        for _ in 0..<100 {
            let situation = Situation(&random).withoutOwner
            let rules = AccessRules(epoch: 1, grants: situation.grants, closed: situation.closed)
            let settings = IndexSettings(name: Self.index, access: situation.lists)
            let snapshot = AccessSnapshot(rules, version: 0)
            func readable(_ caller: Caller) -> [Bool] {
                (Self.projects.map(Optional.some) + [nil]).map { project in
                    AccessDecision(index: settings, project: project, ownerID: nil, rules: rules)
                        .ruling(on: .read, for: caller) != nil
                }
            }
            let tokens = (0..<30).compactMap { _ in Self.tokens.randomElement(using: &random) }
            var shown: [SHA256Digest: [Bool]] = [:]
            for caller in Self.callers + tokens {
                let reading = snapshot.reading(of: settings, by: caller)
                #expect(snapshot.knownReading(of: settings, by: caller)?.restrictions == reading.restrictions)
                let reads = readable(caller)
                if reading.isWhole { #expect(reads.allSatisfy { $0 }, "\(caller) \(situation)") }
                if reads.contains(true) { #expect(reading.isAny, "\(caller) \(situation)") }
                // Views tell apart whether the index as a whole is readable, and within that these digests.
                guard let restrictions = reading.restrictions, let whole = reads.last else { continue }
                let key = SHA256Digest(hashing: Array("\(restrictions) \(whole)".utf8))
                #expect(shown[key, default: reads] == reads, "\(caller) \(situation)")
                shown[key] = reads
            }
        }
    }

    @Test("a name means the same in every spelling", arguments: ["Acme_Core", "acme.core", "ACME--core", "acme-core"])
    func spellings(text: String) throws {
        let project = try #require(NormalizedName(text))
        let pattern = try #require(NamePattern(text))
        let grant = Grant(.read, to: .user(1), on: .projects(Self.index, pattern))
        let rules = AccessRules(epoch: 1, grants: [grant], closed: [])
        let decision = AccessDecision(
            index: IndexSettings(name: Self.index), project: project, ownerID: nil, rules: rules)
        #expect(decision.ruling(on: .read, for: Self.callers[2]) == .grant(grant))
        #expect(decision.ruling(on: .read, for: Self.callers[3]) == nil)
    }

    @Test("the same rules in another order are no change, others are one")
    func changes() {
        let memory = AccessMemory()
        let grants = [Grant(.read, to: .everyone, on: .server), Grant(.write, to: .user(1), on: .index(Self.index))]
        #expect(memory.install(AccessRules(epoch: 1, grants: grants, closed: [])))
        let version = memory.current.version
        #expect(!memory.install(AccessRules(epoch: 2, grants: grants.reversed(), closed: [])))
        #expect(memory.current.rules.epoch == 2)
        #expect(memory.current.version == version)
        #expect(memory.install(AccessRules(epoch: 3, grants: [grants[0]], closed: [])))
        #expect(memory.current.version != version)
    }
}
