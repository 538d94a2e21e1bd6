import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    func listReplicas() async throws -> Response {
        let replicas = try await registry.replicas.list(caller: caller)
        return Self.json { json in
            json.key("replicas")
            json.array { json in
                for replica in replicas {
                    json.object { json in
                        json.member("id", replica.description.id)
                        json.member("name", replica.description.name)
                        json.member("version", replica.description.version)
                        json.member("configuration", replica.description.configuration)
                        json.key("started_at")
                        json.timestamp(replica.startedAt)
                        json.key("seen_at")
                        json.timestamp(replica.seenAt)
                    }
                }
            }
        }
    }
}
