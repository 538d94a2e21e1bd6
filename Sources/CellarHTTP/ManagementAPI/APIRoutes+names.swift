import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    func claim(_ project: NormalizedName, in index: IndexName) async throws -> Response {
        let pruned = try await registry.management.claim(project, in: index, caller: caller)
        return Self.json { json in
            json.member("project", project.description)
            json.key("pruned")
            json.array { json in
                // Those of indexes that the caller may not read are not named.
                for file in pruned where mayRead(project, in: file.index) {
                    json.object { json in
                        json.member("index", file.index.description)
                        json.member("filename", file.filename)
                    }
                }
            }
        }
    }

    func release(_ project: NormalizedName, in index: IndexName) async throws -> Response {
        let released = try await registry.management.release(project, in: index, caller: caller)
        return Self.json { json in
            json.member("project", project.description)
            json.key("private")
            json.boolean(released.isPrivate)
            json.key("owners")
            json.array { json in
                for owner in released.owners { json.string(owner.description) }
            }
        }
    }

    private func mayRead(_ project: NormalizedName, in index: IndexName) -> Bool {
        registry.indexes[index].map { registry.permissions.may(.read, project, in: $0, caller) }
            ?? caller.isAdministrator
    }
}
