import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct NewException: APIBody {
        static let members: Set = ["project", "version", "reason", "expires_at"]
        let project: String
        let version: String?
        let reason: String
        let expiresAt: String?

        enum CodingKeys: String, CodingKey {
            case project, version, reason
            case expiresAt = "expires_at"
        }
    }

    func addException(to index: IndexName) async throws -> Response {
        let sent = try await body(NewException.self, or: nil)
        let added = try await registry.policies.add(
            ExceptionRequest(
                index: index, project: try Self.project(sent.project),
                version: try sent.version.map(Self.version),
                reason: sent.reason, expiresAt: try sent.expiresAt.map(Self.moment)),
            caller: caller)
        return Self.json(status: .created) { json in added.writeMembers(into: &json) }
    }

    func listExceptions(in index: IndexName) async throws -> Response {
        let project = try queryText("project").map(Self.project)
        let found = try await registry.policies.exceptions(of: project, in: index, caller: caller)
        return Self.json { json in
            json.key("exceptions")
            json.array { json in
                for exception in found {
                    json.object { json in exception.writeMembers(into: &json) }
                }
            }
        }
    }

    func removeException(_ id: Int64, in index: IndexName) async throws -> Response {
        try await registry.policies.remove(id, in: index, caller: caller)
        return Self.json { json in
            json.key("removed")
            json.integer(id)
        }
    }

    private static func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(iso8601: text) else {
            throw RegistryError(
                .invalidRequest, "expires_at must be a date and time such as 2026-11-21T08:00:00Z (RFC 3339).")
        }
        return moment
    }
}

extension PolicyException {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.key("id")
        json.integer(id)
        json.member("project", project.description)
        json.member("version", version?.description)
        json.member("reason", reason)
        json.member("created_by", createdBy)
        json.key("created_at")
        json.timestamp(createdAt)
        json.key("expires_at")
        if let expiresAt { json.timestamp(expiresAt) } else { json.null() }
    }
}
