import PackagingStandards
import Registry
import ServerConfiguration

/// Where a grant counts, as a command states it.
public struct GrantPlace: Sendable {
    /// Nil, without a project, for the whole server.
    public var index: String?
    /// A project, or the beginning of names and a star; nil for the index or the server.
    public var project: String?

    public init(index: String?, project: String?) {
        self.index = index
        self.project = project
    }
}

extension Installation {
    /// Gives a right, and says what that changes for a project.
    public func addGrant(
        of rightName: String, to principalName: String, on place: GrantPlace
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let right = try Self.right(rightName)
            guard let principal = Principal(principalName) else {
                throw CommandFailure(
                    .usage,
                    "\(principalName) is no principal: write everyone, authenticated, user:<name>, group:<name> or service:<name>."
                )
            }
            let (record, isNew) = try await usingRights { parts in
                try await parts.registry.granting.add(
                    right, to: principal, on: try Self.scope(place, in: parts), caller: .localOperator)
            }
            guard isNew else { return console.notify("\(Self.text(of: record)) already.") }
            console.notify("\(Self.text(of: record)) now.")
            if record.grant.scope.pattern != nil {
                console.notify("From now on only such grants count there, not the lists of the index.")
            }
        }
    }

    /// Takes a right back.
    public func removeGrant(
        of rightName: String, from principal: String, on place: GrantPlace
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let right = try Self.right(rightName)
            let (record, areListsBack) = try await usingRights { parts in
                let granting = parts.registry.granting
                let record = try await granting.remove(
                    right, from: principal, on: try Self.scope(place, in: parts), caller: .localOperator)
                let rest = try await granting.grants(caller: .localOperator)
                return (record, !rest.contains { $0.grant.scope == record.grant.scope })
            }
            let scope = record.grant.scope
            console.notify("\(record.principal) has no grant of \(right.rawValue) on \(scope) any more.")
            if areListsBack, scope.pattern != nil {
                console.notify("No grant is left on \(scope): other grants that match count there, else the lists.")
            }
        }
    }

    /// Prints all grants, those in an index, or those of a project's own.
    public func listGrants(in indexName: String?, of projectName: String?) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try projectName.map(Self.project)
            let records = try await usingRights { parts in
                let index = try (indexName ?? project.map { _ in IndexName.main.description })
                    .map { try Self.index($0, in: parts) }
                return try await parts.registry.granting.grants(in: index, of: project, caller: .localOperator)
            }
            guard !records.isEmpty else { return console.notify("There are no such grants.") }
            let width = (records.map(\.principal.count).max() ?? 0) + 2
            for record in records {
                let origin =
                    record.isDeclared
                    ? "in the configuration" : "by \(record.grantedBy) on \(Self.day(of: record.grantedAt))"
                console.print(
                    """
                    \(record.grant.right.rawValue.padding(to: 14))\(record.principal.padding(to: width))on \
                    \(record.grant.scope), \(origin)
                    """)
            }
        }
    }

    /// Prints for each right whether somebody, or a token of theirs, holds it for a project, and by which rule.
    public func explainAccess(
        of user: String, token: String?, to projectName: String, index indexName: String
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try Self.project(projectName)
            let rights = try await usingRights { parts in
                try await parts.registry.granting.explain(
                    user, token: token, project: project, in: Self.index(indexName, in: parts), caller: .localOperator)
            }
            for right in rights {
                console.print(
                    "\(right.right.rawValue.padding(to: 14))\((right.isHeld ? "yes" : "no").padding(to: 5))\(right.rule)"
                )
            }
        }
    }

    /// Returns the right that a command names. Throws `.usage` for what is none.
    static func right(_ name: String) throws -> Right {
        guard let right = Right(rawValue: name) else {
            let known = Right.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.usage, "\(name) is no right: there are \(known).")
        }
        return right
    }

    private static func scope(_ place: GrantPlace, in parts: Parts) throws -> GrantScope {
        guard let name = place.index ?? place.project.map({ _ in IndexName.main.description }) else { return .server }
        let index = try Self.index(name, in: parts)
        guard let project = place.project else { return .index(index) }
        guard let pattern = NamePattern(project) else {
            throw CommandFailure(
                .usage, "\(project) is neither a project's name nor the beginning of names and a star, such as acme-*.")
        }
        return .projects(index, pattern)
    }

    private static func text(of record: GrantRecord) -> String {
        "\(record.principal) has the right \(record.grant.right.rawValue) on \(record.grant.scope)"
    }
}
