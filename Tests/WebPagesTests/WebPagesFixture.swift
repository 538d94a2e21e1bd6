import Hummingbird
import HummingbirdTesting
import Registry
import Synchronization
import WebPages

/// An application with the pages alone.
struct WebPagesFixture {
    /// What the setup page asked for.
    final class Made: Sendable {
        let administrators = Mutex<[(name: String, password: String)]>([])
        var passwords: [String] { administrators.withLock { $0.map(\.password) } }
    }

    static let token = "the-token"
    let made = Made()
    var indexes = [IndexSettings(name: .main)]
    var baseURL = "http://127.0.0.1:6543"
    var caller = Caller.anonymous
    var isFromAnotherSite = false

    func application() throws -> some ApplicationProtocol {
        let setup = FirstAdministratorSetup(
            userCommand: "cellar user add NAME --config /srv/it.toml",
            state: { [made] token in
                guard token == Self.token else { return .unknown }
                return made.passwords.isEmpty ? .open : .used
            },
            passwordProblem: { $0.count < 8 ? "Too short." : nil },
            create: { [made] name, password in
                made.administrators.withLock { $0.append((name, password)) }
                return true
            })
        let router = Router()
        router.add(middleware: ErrorStatus())
        let visit = PageVisit(baseURL: baseURL, caller: caller, isFromAnotherSite: isFromAnotherSite)
        try WebPages(
            indexes: indexes, permissions: Permissions(indexes: Indexes(indexes)), setup: setup
        ).addRoutes(to: router) { _, _ in visit }
        return Application(router: router)
    }

    func test(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        try await application().test(.router, body)
    }
}

/// Stands for the middleware that renders errors.
private struct ErrorStatus: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as RegistryError {
            switch error.code {
            case .forbidden: throw HTTPError(.forbidden)
            case .authenticationRequired: throw HTTPError(.unauthorized)
            default: throw HTTPError(.badRequest)
            }
        }
    }
}
