import PackagingStandards
import Registry

/// Rights, and the rules by which somebody holds them, in words.
enum RightWords {
    static func table(_ rights: [ExplainedRight], _ visit: PageVisit) -> Table {
        Table(
            visit.text("rights.title"),
            [
                Table.Column(visit.text("rights.right")), Table.Column(visit.text("rights.held")),
                Table.Column(visit.text("rights.why")),
            ],
            rights.map { right in
                [
                    Cell(.code(right.right.rawValue), .small(meaning(of: right.right, visit))),
                    Cell(
                        right.isHeld
                            ? .tag(visit.text("rights.yes"), .good) : .tag(visit.text("rights.no"), .plain)),
                    .text(reason(right.reason, for: right.right, visit)),
                ]
            }, empty: "")
    }

    static func meaning(of right: Right, _ visit: PageVisit) -> String {
        switch right {
        case .read: visit.text("right.read")
        case .write: visit.text("right.write")
        case .create: visit.text("right.create")
        case .claim: visit.text("right.claim")
        case .overwrite: visit.text("right.overwrite")
        case .delete: visit.text("right.delete")
        case .cacheUpdate: visit.text("right.cache")
        case .administer: visit.text("right.admin")
        }
    }

    static func reason(_ reason: RightReason, for right: Right, _ visit: PageVisit) -> String {
        switch reason {
        case .administrator: visit.text("reason.administrator")
        case .owner: visit.text("reason.owner")
        case .publisher: visit.text("reason.publisher")
        case .list(let principal, let index):
            visit.text(
                "reason.list",
                ["right": right.rawValue, "index": index.description, "principal": principal.description])
        case .grant(let principal, let right, let scope):
            visit.text(
                "reason.grant",
                ["principal": principal, "right": right.rawValue, "place": place(scope, visit)])
        case .scope(let scope): visit.text("reason.scope", ["scope": TokenScopeWords.text(scope, visit)])
        case .closed: visit.text("reason.closed")
        case .ownGrants: visit.text("reason.ownGrants")
        case .nothing: visit.text("reason.nothing")
        }
    }

    static func place(_ scope: GrantScope, _ visit: PageVisit) -> String {
        switch scope {
        case .server: visit.text("place.server")
        case .index(let index): visit.text("place.index", ["index": index.description])
        case .projects(let index, let pattern):
            visit.text("place.projects", ["index": index.description, "projects": pattern.description])
        }
    }
}

/// What a token may be used for, in words.
enum TokenScopeWords {
    static func text(_ scope: TokenScope, _ visit: PageVisit) -> String {
        func list(_ names: some Sequence<String>) -> String { names.sorted().joined(separator: ", ") }
        var parts = [scope.rights.map { list($0.map(\.rawValue)) } ?? visit.text("tokens.scope.all")]
        if let projects = scope.projects {
            parts.append(visit.text("tokens.scope.projects", ["names": list(projects.map(\.description))]))
        }
        if let indexes = scope.indexes {
            parts.append(visit.text("tokens.scope.indexes", ["names": list(indexes.map(\.description))]))
        }
        return parts.joined(separator: "; ")
    }
}
