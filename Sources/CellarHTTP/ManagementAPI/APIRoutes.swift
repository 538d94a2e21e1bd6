import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// The management API, `/api/v1` (`openapi.yaml`).
struct APIRoutes {
    let registry: RegistryServices
    let request: Request
    let caller: Caller
    let context: CellarRequestContext
    /// How long a client may send nothing of a body.
    let bodyIdleTimeout: Duration
    let hashNewPassword: @Sendable (String) async throws -> String
    /// The address of the server as the caller knows it, without a `/` at the end.
    let baseURL: String

    /// Answers the request. Throws `MethodNotAllowed` for a method that the resource does not answer.
    func respond(_ resource: APIResource) async throws -> Response {
        guard resource.methods.contains(request.method) else { throw MethodNotAllowed(allowed: resource.methods) }
        let method = request.method == .head ? .get : request.method
        try QueryParameters(path: request.head.path ?? "/").check(known: resource.parameters(of: method))
        return switch (resource, method) {
        case (.indexes, .get): listIndexes()
        case (.projects(let index), .get): try await search(in: index)
        case (.project(let index, let name), .get): try await describe(name, in: index)
        case (.project(let index, let name), .patch): try await setStatus(of: name, in: index)
        case (.release(let target), .get), (.file(let target), .get): try await describe(target)
        case (.release(let target), .delete), (.file(let target), .delete): try await delete(target)
        case (.yank(let target), .put): try await setYanked(true, target)
        case (.yank(let target), .delete): try await setYanked(false, target)
        case (.claim(let index, let name), .put): try await claim(name, in: index)
        case (.claim(let index, let name), .delete): try await release(name, in: index)
        case (.why(let index, let name), .get): try await why(name, in: index)
        case (.exceptions(let index), .get): try await listExceptions(in: index)
        case (.exceptions(let index), .post): try await addException(to: index)
        case (.exception(let index, let id), .delete): try await removeException(id, in: index)
        case (.access(let index, let name), .get): try await explainAccess(to: name, in: index)
        case (.grants, .get): try await listGrants()
        case (.grants, .post): try await addGrant()
        case (.grant(let id), .delete): try await removeGrant(id)
        case (.users, .get): try await listUsers()
        case (.users, .post): try await addUser()
        case (.user(let name), .patch): try await changeUser(name)
        case (.user(let name), .delete): try await removeUser(name)
        case (.password(let name), .put): try await setPassword(of: name)
        case (.link(let provider, let user), .put): try await link(user, to: provider)
        case (.link(let provider, let user), .delete): try await unlink(user, from: provider)
        case (.reset(let name), .post): try await resetPassword(of: name)
        case (.account, .get): try await describeAccount()
        case (.ownPassword, .put): try await setOwnPassword()
        case (.ownSessions, .delete): try await endOwnSessions()
        case (.invitations, .get): try await listInvitations()
        case (.invitations, .post): try await invite()
        case (.invitation(let id), .delete): try await removeInvitation(id)
        case (.registrations, .get): try await listRegistrations()
        case (.approval(let id), .put): try await approve(id)
        case (.registration(let id), .delete): try await reject(id)
        case (.groups, .get): try await listGroups()
        case (.groups, .post): try await addGroup()
        case (.group(let name), .delete): try await removeGroup(name)
        case (.member(let user, let group), .put): try await addMember(user, to: group)
        case (.member(let user, let group), .delete): try await removeMember(user, from: group)
        case (.publishers, .get): try await listPublishers()
        case (.publishers, .post): try await addPublisher()
        case (.publisher(let id), .delete): try await removePublisher(id)
        case (.tokens, .get): try await listTokens()
        case (.tokens, .post): try await addToken()
        case (.token(let id), .delete): try await revokeToken(id)
        case (.session, .post): try await openSession()
        case (.serviceAccounts, .get): try await listServiceAccounts()
        case (.serviceAccounts, .post): try await addServiceAccount()
        case (.serviceAccount(let name), .delete): try await removeServiceAccount(name)
        case (.purges, .post): try await purge()
        case (.audit, .get): try await audit()
        case (.downloads, .get): try await taggedDownloads()
        case (.search, .get): try await findProjects()
        case (.newestReleases, .get): try await listNewestReleases()
        case (.statistics, .get): try await statistics()
        case (.projectDownloads(let index, let name), .get): try await projectDownloads(of: name, in: index)
        case (.dependents(let index, let name), .get): try await listDependents(of: name, in: index)
        case (.replicas, .get): try await listReplicas()
        default: throw MethodNotAllowed(allowed: resource.methods)
        }
    }
}

extension APIRoutes {
    /// The most bytes that a request's body may have.
    private static let maxBodySize = 64 << 10
    /// How long a body may take to come in.
    static let maxBodyTime = Duration.seconds(60)

    /// Returns a response whose body is an object with the members that the closure writes.
    static func json(status: HTTPResponse.Status = .ok, _ members: (inout JSONWriter) -> Void) -> Response {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { json in json.object(members) }
        return Response(
            status: status,
            headers: [
                .contentType: "application/json", .cacheControl: "private, no-store", .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: buffer))
    }

    /// Returns the request's body, a JSON object, or the fallback, if there is one, for an empty body.
    ///
    /// Throws `.invalidRequest`, `.tooLarge` or `.requestTimeout`.
    func body<Value: APIBody>(_ type: Value.Type, or fallback: Value?) async throws -> Value {
        let bytes = try await request.smallBody(
            limit: Self.maxBodySize, idle: bodyIdleTimeout, longest: Self.maxBodyTime, context)
        if bytes.readableBytes == 0, let fallback { return fallback }
        do {
            return try JSONDecoder().decode(StrictObject<Value>.self, from: Data(bytes.readableBytesView)).body
        } catch {
            throw RegistryError(.invalidRequest, "The body must be a JSON object as openapi.yaml describes it.")
        }
    }

    /// Returns a query parameter, decoded, or nil if it is absent. Throws `.invalidRequest` if it is no line of text.
    func queryText(_ name: String) throws -> String? {
        guard let value = try QueryParameters(path: request.head.path ?? "/").value(name) else { return nil }
        guard Self.isLine(value, limit: 200) else {
            throw RegistryError(.invalidRequest, "The parameter \(name) is one line of 200 characters at most.")
        }
        return value
    }

    /// Returns whether a text has no control characters, and no more characters than the limit.
    static func isLine(_ text: String, limit: Int) -> Bool {
        let scalars = text.unicodeScalars
        return scalars.count <= limit && scalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// Returns a query parameter that is a whole number, or nil if it is absent. Throws `.invalidRequest`.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = try queryText(name) else { return nil }
        guard let number = Int64(text), range.contains(number), text.utf8.first != UInt8(ascii: "+") else {
            throw RegistryError(
                .invalidRequest,
                "The parameter \(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Reads the name of a project in a parameter or a body. Throws `.invalidRequest`.
    static func project(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else {
            throw RegistryError(.invalidRequest, "project must be the name of a project: see PEP 508.")
        }
        return name
    }

    /// Reads a version in a parameter or a body, in any spelling without white space. Throws `.invalidRequest`.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text), text.utf8.allSatisfy(ASCII.isVisible) else {
            throw RegistryError(.invalidRequest, "version must be a version: see PEP 440.")
        }
        return version
    }
}

/// The body of a request to the management API: a JSON object with members of these names only.
protocol APIBody: Decodable, Sendable {
    static var members: Set<String> { get }
}

/// A body that is refused if a member has another name: a misspelt one would be ignored silently.
private struct StrictObject<Body: APIBody>: Decodable {
    let body: Body

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: Name.self).allKeys
        guard let unknown = names.first(where: { !Body.members.contains($0.stringValue) }) else {
            body = try Body(from: decoder)
            return
        }
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: [unknown], debugDescription: "This member means nothing here."))
    }
}
