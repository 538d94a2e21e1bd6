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
    case claim(IndexName, NormalizedName)
    case why(IndexName, NormalizedName)
    /// What somebody may do with a project.
    case access(IndexName, NormalizedName)
    case exceptions(IndexName)
    case exception(IndexName, Int64)
    case purges
    case audit
    case grants
    case grant(Int64)
    case users
    case user(String)
    /// The password of a user.
    case password(String)
    /// The link of a user to a provider outside.
    case link(String, ofUser: String)
    /// A link with which a user sets a new password.
    case reset(String)
    /// The caller's own account, password and sessions.
    case account
    case ownPassword
    case ownSessions
    case invitations
    case invitation(Int64)
    /// The requests of strangers for accounts.
    case registrations
    case registration(Int64)
    case approval(Int64)
    case groups
    case publishers
    case publisher(Int64)
    case group(String)
    case member(String, ofGroup: String)
    case tokens
    case token(Int64)
    /// Where a password or a token is traded for a token that lives for hours.
    case session
    case serviceAccounts
    case serviceAccount(String)
    /// The servers on the same database.
    case replicas
    /// What those have downloaded who sent a tag.
    case downloads
    /// Projects in all indexes.
    case search
    case newestReleases
    /// What the server answered.
    case statistics
    /// How often files of a project were downloaded.
    case projectDownloads(IndexName, NormalizedName)
    /// Who requires a project.
    case dependents(IndexName, NormalizedName)

    /// Reads the segments behind `/api/v1`. Throws `.notFound` if they name nothing.
    init(_ segments: [String]) throws {
        guard let resource = try Self.read(segments) else {
            throw RegistryError(.notFound, "There is nothing under this address: see openapi.yaml.")
        }
        self = resource
    }

    /// The methods that are answered, without OPTIONS.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .indexes, .projects, .audit, .why, .access, .downloads, .account, .registrations, .replicas,
            .search, .newestReleases, .statistics, .projectDownloads, .dependents:
            [.get, .head]
        case .project: [.get, .head, .patch]
        case .release, .file: [.get, .head, .delete]
        case .yank, .claim: [.put, .delete]
        case .exceptions, .grants, .groups, .users, .tokens, .serviceAccounts, .publishers, .invitations:
            [.get, .head, .post]
        case .user: [.patch, .delete]
        case .password, .ownPassword, .approval: [.put]
        case .exception, .grant, .group, .token, .serviceAccount, .publisher, .ownSessions, .invitation, .registration:
            [.delete]
        case .member, .link: [.put, .delete]
        case .purges, .session, .reset: [.post]
        }
    }

    /// Returns the names of the query's parameters, for a method that is not HEAD.
    func parameters(of method: HTTPRequest.Method) -> Set<String> {
        switch self {
        case .projects: ["q", "limit", "offset"]
        case .audit:
            ["limit", "before", "since", "until", "actor", "action", "index", "project", "address"]
        case .downloads: ["limit", "since", "user", "tag"]
        case .search: ["q", "index", "classifier", "kind", "limit", "offset"]
        case .newestReleases: ["index", "limit"]
        case .statistics: ["days", "limit"]
        case .projectDownloads: ["days"]
        case .dependents: ["limit"]
        case .exceptions where method == .get: ["project"]
        case .why: ["version"]
        case .access: ["user", "token"]
        case .tokens where method == .get: ["owner"]
        case .grants where method == .get, .publishers where method == .get: ["index", "project"]
        default: []
        }
    }

    private static func read(_ segments: [String]) throws -> APIResource? {
        switch segments.count {
        case 1 where segments[0] == "indexes": return .indexes
        case 1 where segments[0] == "purges": return .purges
        case 1 where segments[0] == "audit": return .audit
        case 1 where segments[0] == "downloads": return .downloads
        case 1 where segments[0] == "search": return .search
        case 1 where segments[0] == "releases": return .newestReleases
        case 1 where segments[0] == "statistics": return .statistics
        case 1 where segments[0] == "replicas": return .replicas
        case 1 where segments[0] == "grants": return .grants
        case 2 where segments[0] == "grants": return number(segments[1]).map(APIResource.grant)
        case 1 where segments[0] == "account": return .account
        case 2 where segments == ["account", "password"]: return .ownPassword
        case 2 where segments == ["account", "sessions"]: return .ownSessions
        case 1 where segments[0] == "invitations": return .invitations
        case 2 where segments[0] == "invitations": return number(segments[1]).map(APIResource.invitation)
        case 1... where segments[0] == "registrations": return withinRegistrations(Array(segments.dropFirst()))
        case 1... where segments[0] == "users": return withinUsers(Array(segments.dropFirst()))
        case 1 where segments[0] == "publishers": return .publishers
        case 2 where segments[0] == "publishers": return number(segments[1]).map(APIResource.publisher)
        case 1 where segments[0] == "tokens": return .tokens
        case 2 where segments[0] == "tokens": return number(segments[1]).map(APIResource.token)
        case 2 where segments == ["auth", "session"]: return .session
        case 1 where segments[0] == "service-accounts": return .serviceAccounts
        case 2 where segments[0] == "service-accounts" && UserName.isValid(segments[1]):
            return .serviceAccount(segments[1])
        case 1... where segments[0] == "groups": return withinGroups(Array(segments.dropFirst()))
        case 3... where segments[0] == "indexes":
            guard let index = IndexName(segments[1]) else { return nil }
            return try withinIndex(index, Array(segments.dropFirst(2)))
        default: return nil
        }
    }

    private static func withinUsers(_ segments: [String]) -> APIResource? {
        guard let name = segments.first else { return .users }
        guard UserName.isValid(name) else { return nil }
        switch segments.count {
        case 1: return .user(name)
        case 2 where segments[1] == "password": return .password(name)
        case 3 where segments[1] == "links": return .link(segments[2], ofUser: name)
        case 2 where segments[1] == "reset": return .reset(name)
        default: return nil
        }
    }

    private static func withinRegistrations(_ segments: [String]) -> APIResource? {
        guard let text = segments.first else { return .registrations }
        guard let id = number(text) else { return nil }
        switch segments.count {
        case 1: return .registration(id)
        case 2 where segments[1] == "approval": return .approval(id)
        default: return nil
        }
    }

    private static func withinGroups(_ segments: [String]) -> APIResource? {
        guard let name = segments.first else { return .groups }
        guard UserName.isValid(name) else { return nil }
        switch segments.count {
        case 1: return .group(name)
        case 3 where segments[1] == "members" && UserName.isValid(segments[2]):
            return .member(segments[2], ofGroup: name)
        default: return nil
        }
    }

    /// Reads an id, only as listings spell it.
    private static func number(_ text: String) -> Int64? {
        guard let id = Int64(text), id > 0, String(id) == text else { return nil }
        return id
    }

    private static func withinIndex(_ index: IndexName, _ segments: [String]) throws -> APIResource? {
        switch segments[0] {
        case "projects" where segments.count == 1: return .projects(index)
        case "projects":
            let project = try PathNames.project(segments[1])
            return try withinProject(project, index, Array(segments.dropFirst(2)))
        case "exceptions" where segments.count == 1: return .exceptions(index)
        case "exceptions" where segments.count == 2:
            return number(segments[1]).map { .exception(index, $0) }
        default: return nil
        }
    }

    private static func withinProject(
        _ project: NormalizedName, _ index: IndexName, _ segments: [String]
    ) throws -> APIResource? {
        guard segments.count >= 2 else {
            switch segments.first {
            case nil: return .project(index, project)
            case "why": return .why(index, project)
            case "access": return .access(index, project)
            case "claim": return .claim(index, project)
            case "downloads": return .projectDownloads(index, project)
            case "dependents": return .dependents(index, project)
            default: return nil
            }
        }
        let target: FileTarget
        switch segments[0] {
        case "releases":
            target = FileTarget(
                index: index, project: project, selection: .release(try PathNames.version(segments[1])))
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
