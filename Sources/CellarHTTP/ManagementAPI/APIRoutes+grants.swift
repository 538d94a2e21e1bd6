import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct NewGrant: APIBody {
        static let members: Set = ["right", "principal", "index", "project"]
        let right: String
        let principal: String
        let index: String?
        let project: String?
    }

    private struct NewGroup: APIBody {
        static let members: Set = ["name"]
        let name: String
    }

    // MARK: Grants

    func addGrant() async throws -> Response {
        let sent = try await body(NewGrant.self, or: nil)
        guard let principal = Principal(sent.principal) else {
            throw RegistryError(
                .invalidRequest,
                "principal must be everyone, authenticated, user:<name>, group:<name> or service:<name>.")
        }
        let (record, isNew) = try await registry.granting.add(
            try Self.right(sent.right), to: principal, on: try Self.scope(index: sent.index, project: sent.project),
            caller: caller)
        return Self.json(status: isNew ? .created : .ok) { json in record.writeMembers(into: &json) }
    }

    func listGrants() async throws -> Response {
        let index = try queryText("index").map(Self.index)
        let project = try queryText("project").map(Self.project)
        let found = try await registry.granting.grants(
            in: index ?? project.map { _ in IndexName.main }, of: project, caller: caller)
        return Self.json { json in
            json.key("grants")
            json.array { json in
                for record in found {
                    json.object { json in record.writeMembers(into: &json) }
                }
            }
        }
    }

    func removeGrant(_ id: Int64) async throws -> Response {
        let removed = try await registry.granting.remove(id, caller: caller)
        return Self.json { json in
            json.key("removed")
            json.integer(removed.id)
        }
    }

    func explainAccess(to project: NormalizedName, in index: IndexName) async throws -> Response {
        guard let user = try queryText("user") else {
            throw RegistryError(.invalidRequest, "The parameter user is missing: it names whom you ask about.")
        }
        let rights = try await registry.granting.explain(
            user, token: try queryText("token"), project: project, in: index, caller: caller)
        return Self.json { json in
            json.key("rights")
            json.array { json in
                for right in rights {
                    json.object { json in
                        json.member("right", right.right.rawValue)
                        json.key("held")
                        json.boolean(right.isHeld)
                        json.member("rule", right.rule)
                    }
                }
            }
        }
    }

    /// Reads the members of a body that say where a grant counts: without an index, a project is one of `main`. Throws
    /// `.invalidRequest`.
    private static func scope(index: String?, project: String?) throws -> GrantScope {
        let index = try index.map(Self.index)
        guard let project else { return index.map(GrantScope.index) ?? .server }
        guard let pattern = NamePattern(project) else {
            throw RegistryError(
                .invalidRequest, "project must be the name of a project, or the beginning of names and a star.")
        }
        return .projects(index ?? .main, pattern)
    }

    /// Reads a right in a body. Throws `.invalidRequest`.
    static func right(_ text: String) throws -> Right {
        guard let right = Right(rawValue: text) else {
            let known = Right.allCases.map(\.rawValue).joined(separator: ", ")
            throw RegistryError(.invalidRequest, "A right must be one of: \(known).")
        }
        return right
    }

    /// Reads the name of an index in a parameter or a body. Throws `.invalidRequest`.
    static func index(_ text: String) throws -> IndexName {
        guard let index = IndexName(text) else {
            throw RegistryError(.invalidRequest, "index must be the name of an index.")
        }
        return index
    }

    // MARK: Groups

    func listGroups() async throws -> Response {
        let groups = try await registry.granting.groups(caller: caller)
        return Self.json { json in
            json.key("groups")
            json.array { json in
                for group in groups {
                    json.object { json in
                        json.member("name", group.name)
                        json.key("declared")
                        json.boolean(group.isDeclared)
                        json.key("members")
                        json.array { json in
                            for member in group.members { json.string(member) }
                        }
                    }
                }
            }
        }
    }

    func addGroup() async throws -> Response {
        let sent = try await body(NewGroup.self, or: nil)
        try await registry.granting.addGroup(sent.name, caller: caller)
        return Self.json(status: .created) { json in json.member("name", sent.name) }
    }

    func removeGroup(_ name: String) async throws -> Response {
        try await registry.granting.removeGroup(name, caller: caller)
        return Self.json { json in json.member("removed", name) }
    }

    func addMember(_ user: String, to group: String) async throws -> Response {
        Self.changed(try await registry.granting.addMember(user, to: group, caller: caller))
    }

    func removeMember(_ user: String, from group: String) async throws -> Response {
        Self.changed(try await registry.granting.removeMember(user, from: group, caller: caller))
    }

    private static func changed(_ isChange: Bool) -> Response {
        Self.json { json in
            json.key("changed")
            json.boolean(isChange)
        }
    }
}

extension GrantRecord {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.key("id")
        json.integer(id)
        json.member("right", grant.right.rawValue)
        json.member("principal", principal)
        json.member("index", grant.scope.index?.description)
        json.member("project", grant.scope.pattern?.description)
        json.member("granted_by", grantedBy)
        json.key("granted_at")
        json.timestamp(grantedAt)
        json.key("declared")
        json.boolean(isDeclared)
    }
}
