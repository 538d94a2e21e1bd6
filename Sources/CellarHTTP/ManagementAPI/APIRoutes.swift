import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// The management API, `/api/v1` (`openapi.yaml`).
struct APIRoutes {
    let registry: Registry
    let request: Request
    let caller: Caller

    /// What the segments behind `/api/v1` name.
    private enum Resource {
        case indexes
        case projects(IndexName)
        case project(IndexName, NormalizedName)
        case release(FileTarget)
        case file(FileTarget)
        case yank(FileTarget)
        case purges
        case audit
    }

    /// Answers a request.
    func respond(_ segments: [String]) async throws -> Response {
        guard let resource = try Self.resource(segments) else {
            throw RegistryError(.notFound, "There is nothing under this address: see openapi.yaml.")
        }
        switch (resource, request.method) {
        case (.indexes, .get), (.indexes, .head): return listIndexes()
        case (.projects(let index), .get), (.projects(let index), .head): return try await search(in: index)
        case (.project(let index, let name), .get), (.project(let index, let name), .head):
            return try await describe(name, in: index)
        case (.project(let index, let name), .patch): return try await setStatus(of: name, in: index)
        case (.release(let target), .get), (.release(let target), .head): return try await describe(target)
        case (.release(let target), .delete): return try await delete(target)
        case (.file(let target), .get), (.file(let target), .head): return try await describe(target)
        case (.file(let target), .delete): return try await delete(target)
        case (.yank(let target), .put): return try await setYanked(true, target)
        case (.yank(let target), .delete): return try await setYanked(false, target)
        case (.purges, .post): return try await purge()
        case (.audit, .get), (.audit, .head): return try await audit()
        default:
            return Response(status: .methodNotAllowed, headers: [.allow: Self.methods(of: resource)])
        }
    }

    private static func resource(_ segments: [String]) throws -> Resource? {
        switch segments.count {
        case 1 where segments[0] == "indexes": return .indexes
        case 1 where segments[0] == "purges": return .purges
        case 1 where segments[0] == "audit": return .audit
        case 3... where segments[0] == "indexes" && segments[2] == "projects":
            guard let index = IndexName(segments[1]) else { return nil }
            guard segments.count > 3 else { return .projects(index) }
            let project = try HTTPService.projectName(segments[3])
            return try withinProject(project, index, Array(segments.dropFirst(4)))
        default: return nil
        }
    }

    private static func withinProject(
        _ project: NormalizedName, _ index: IndexName, _ segments: [String]
    ) throws -> Resource? {
        guard segments.count >= 2 else { return segments.isEmpty ? .project(index, project) : nil }
        let target: FileTarget
        switch segments[0] {
        case "releases":
            target = FileTarget(
                index: index, project: project, selection: .release(try HTTPService.version(segments[1])))
        case "files":
            guard DistributionFilename.isSafe(segments[1]) else { return nil }
            target = FileTarget(index: index, project: project, selection: .file(segments[1]))
        default: return nil
        }
        switch segments.count {
        case 2: return segments[0] == "releases" ? .release(target) : .file(target)
        case 3 where segments[2] == "yank": return .yank(target)
        default: return nil
        }
    }

    private static func methods(of resource: Resource) -> String {
        switch resource {
        case .indexes, .projects, .audit: "GET, HEAD"
        case .project: "GET, HEAD, PATCH"
        case .release, .file: "GET, HEAD, DELETE"
        case .yank: "PUT, DELETE"
        case .purges: "POST"
        }
    }
}
