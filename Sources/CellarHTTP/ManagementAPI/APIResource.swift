import HTTPTypes
import PackagingStandards
import Registry

/// What an address of the management API names.
enum APIResource {
    case indexes
    case projects(IndexName)
    case project(IndexName, NormalizedName)
    case release(FileTarget)
    case file(FileTarget)
    case yank(FileTarget)
    case purges
    case audit

    /// Reads the segments behind `/api/v1`. Throws `.notFound` where they name nothing.
    init(_ segments: [String]) throws {
        guard let resource = try Self.read(segments) else {
            throw RegistryError(.notFound, "There is nothing under this address: see openapi.yaml.")
        }
        self = resource
    }

    /// The methods that are answered, but for OPTIONS.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .indexes, .projects, .audit: [.get, .head]
        case .project: [.get, .head, .patch]
        case .release, .file: [.get, .head, .delete]
        case .yank: [.put, .delete]
        case .purges: [.post]
        }
    }

    /// The names of the query's parameters.
    var parameters: Set<String> {
        switch self {
        case .projects: ["q", "limit", "offset"]
        case .audit: ["limit", "before"]
        default: []
        }
    }

    private static func read(_ segments: [String]) throws -> APIResource? {
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
    ) throws -> APIResource? {
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
}
