import HTTPTypes
import Hummingbird
import Registry

/// The management API, `/api/v1` (`openapi.yaml`).
struct APIRoutes {
    let registry: Registry
    let request: Request
    let caller: Caller
    let context: CellarRequestContext
    /// How long the body may be silent.
    let bodyIdleTimeout: Duration

    /// Answers a request. Throws `MethodNotAllowed` for a method that the resource does not know.
    func respond(_ resource: APIResource) async throws -> Response {
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
        case (.purges, .post): try await purge()
        case (.audit, .get): try await audit()
        default: throw MethodNotAllowed(allowed: resource.methods)
        }
    }
}
