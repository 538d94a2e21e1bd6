import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct NewPublisher: APIBody {
        static let members: Set = [
            "issuer", "index", "project", "right", "repository", "owner", "workflow", "environment", "email",
            "organization", "pipeline", "claims", "owner_id",
        ]
        let issuer: String
        let index: String?
        let project: String?
        let right: String?
        let repository: String?
        let owner: String?
        let workflow: String?
        let environment: String?
        let email: String?
        let organization: String?
        let pipeline: String?
        let claims: [String: String]?
        let owner_id: String?

        var fields: [PublisherField: String] {
            let all: [PublisherField: String?] = [
                .repository: repository, .owner: owner, .workflow: workflow, .environment: environment, .email: email,
                .organization: organization, .pipeline: pipeline,
            ]
            return all.compactMapValues(\.self)
        }
    }

    func addPublisher() async throws -> Response {
        let sent = try await body(NewPublisher.self, or: nil)
        guard let right = PublisherRight(rawValue: sent.right ?? "write") else {
            throw RegistryError(.invalidRequest, "right must be write or read.")
        }
        let projects = try sent.project.map { text in
            guard let pattern = NamePattern(text) else {
                throw RegistryError(
                    .invalidRequest, "project must be the name of a project, or the beginning of names and a star.")
            }
            return pattern
        }
        let index = try sent.index.map { try Self.index($0) } ?? .main
        let change = try await registry.publishers.add(
            PublisherOrder(
                issuer: sent.issuer, place: PublisherPlace(right, in: index, projects), fields: sent.fields,
                claims: (sent.claims ?? [:]).mapValues { TextPattern($0) }, ownerID: sent.owner_id),
            caller: caller)
        return Self.json(status: change.isNew ? .created : .ok) { json in write(change.record, into: &json) }
    }

    func listPublishers() async throws -> Response {
        let index = try queryText("index").map { try Self.index($0) }
        let project = try queryText("project").map { try Self.project($0) }
        let found = try await registry.publishers.publishers(
            in: index ?? project.map { _ in IndexName.main }, of: project, caller: caller)
        return Self.json { json in
            json.key("publishers")
            json.array { json in
                for record in found {
                    json.object { json in write(record, into: &json) }
                }
            }
        }
    }

    func removePublisher(_ id: Int64) async throws -> Response {
        let removed = try await registry.publishers.remove(id, caller: caller)
        return Self.json { json in
            json.key("removed")
            json.integer(removed.id)
        }
    }

    private func write(_ record: PublisherRecord, into json: inout JSONWriter) {
        let description = record.description
        json.key("id")
        json.integer(record.id)
        json.member("name", record.name)
        json.member("issuer", registry.publishers.issuerName(of: record))
        json.member("issuer_url", description.issuer)
        json.member("kind", description.kind.rawValue)
        json.member("index", record.place.index.description)
        json.member("project", record.place.projects?.description)
        json.member("right", record.place.right.rawValue)
        for field in PublisherField.allCases {
            if let value = description.fields[field] { json.member(field.rawValue, value) }
        }
        json.key("claims")
        json.object { json in
            for (name, pattern) in description.claims.sorted(by: { $0.key < $1.key }) {
                json.member(name, pattern.description)
            }
        }
        json.member("owner_id", record.ownerID)
        json.key("pending")
        json.boolean(record.isPending)
        json.key("declared")
        json.boolean(record.isDeclared)
        json.member("added_by", record.addedBy)
        json.key("added_at")
        json.timestamp(record.addedAt)
    }
}
