import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct StatusChange: APIBody {
        static let members: Set = ["status", "reason"]
        let status: String
        let reason: String?
    }

    private struct YankReason: APIBody {
        static let members: Set = ["reason"]
        let reason: String?
    }

    private struct Purge: APIBody {
        static let members: Set = ["sha256"]
        let sha256: String
    }

    func setStatus(of project: NormalizedName, in index: IndexName) async throws -> Response {
        let change = try await body(StatusChange.self, or: nil)
        guard let status = ProjectStatus(rawValue: change.status) else {
            let known = ProjectStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw RegistryError(.invalidRequest, "The status must be one of: \(known).")
        }
        try await registry.management.setStatus(
            status, reason: try Self.reason(change.reason), of: project, in: index, caller: caller)
        return try await describe(project, in: index)
    }

    func setYanked(_ isYanked: Bool, _ target: FileTarget) async throws -> Response {
        var yanked = Yanked.no
        if isYanked {
            let sent = try await body(YankReason.self, or: YankReason(reason: nil))
            yanked = .yes(reason: try Self.reason(sent.reason))
        }
        return Self.files(try await registry.management.setYanked(yanked, target, caller: caller))
    }

    func delete(_ target: FileTarget) async throws -> Response {
        Self.files(try await registry.management.delete(target, caller: caller))
    }

    func claim(_ project: NormalizedName, in index: IndexName) async throws -> Response {
        let pruned = try await registry.management.claim(project, in: index, caller: caller)
        return Self.json { json in
            json.member("project", project.description)
            json.key("pruned")
            json.array { json in
                // Files of indexes that the caller may not read are left out.
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
            ?? registry.permissions.administersServer(caller)
    }

    func purge() async throws -> Response {
        let sent = try await body(Purge.self, or: nil)
        guard let digest = SHA256Digest(hex: sent.sha256) else {
            throw RegistryError(.invalidRequest, "sha256 must be 64 hexadecimal digits.")
        }
        let outcome = try await registry.management.purge(digest, caller: caller)
        return Self.json { json in
            json.key("purged")
            json.array { json in
                for file in outcome.files {
                    json.object { json in
                        json.member("index", file.index.description)
                        json.member("project", file.project.description)
                        json.member("filename", file.filename)
                    }
                }
            }
        }
    }

    private static func files(_ filenames: [String]) -> Response {
        json { json in
            json.key("files")
            json.array { json in
                for filename in filenames { json.string(filename) }
            }
        }
    }

    /// Returns the reason that a person gave, or nil if it is empty. Throws `.invalidRequest` unless it is one line of 500
    /// characters at most.
    private static func reason(_ text: String?) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard isLine(text, limit: 500) else {
            throw RegistryError(.invalidRequest, "A reason is one line of 500 characters at most.")
        }
        return text
    }
}
