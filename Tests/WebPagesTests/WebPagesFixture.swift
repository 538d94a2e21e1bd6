import FileStorage
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LocalFiles
import Logging
import NIOCore
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization

@testable import WebPages

/// An application with the pages alone, over a registry of its own.
///
/// The person of a name has the password `<name>'s password`. Cookies are called `session` and `form`, without attributes
/// but an age.
struct WebPagesFixture: Sendable {
    /// What the setup page asked for.
    final class Made: Sendable {
        let administrators = Mutex<[(name: String, password: String)]>([])
        var passwords: [String] { administrators.withLock { $0.map(\.password) } }
    }

    /// The parts of a test.
    struct Parts {
        let client: any TestClientProtocol
        let registry: RegistryServices
        /// All addresses: the method, and the path with names of its parts.
        let addresses: [(method: HTTPRequest.Method, path: String)]
    }

    static let token = "the-token"
    /// A secret of forms, as the browser's cookie has it.
    static let formSecret = "a-secret-of-forms-of-enough-length"

    let made = Made()
    var indexes = [IndexSettings(name: .main)]
    var baseURL = "http://127.0.0.1:6543"
    var caller = Caller.anonymous
    var isFromAnotherSite = false
    var isRegistrationOpen = true
    var providers: [SignOnProvider] = []
    /// What a login ends in instead.
    var loginError: RegistryError?
    /// Whether there is a setup link.
    var hasSetup = true

    func test(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        try await run { parts in try await body(parts.client) }
    }

    func run(_ body: @escaping @Sendable (Parts) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let threads = NIOThreadPool.singleton
        let database = try await SQLDatabase.sqlite(path: folder.path + "/cellar.db")
        let storage = try FileStorage(path: folder.path + "/files", threads: threads)
        let spool = Spool(path: folder.path + "/spool", capacity: 1 << 20, threads: threads)
        try spool.open()
        let registry = RegistryServices(
            settings: RegistrySettings(indexes: indexes), database: database, storage: storage, spool: spool,
            workers: threads, providers: providers,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        do {
            try await registry.start()
            let router = try router(registry)
            let addresses = router.routes.map { (method: $0.method, path: $0.path.description) }
            try await Application(router: router).test(.router) { client in
                try await body(Parts(client: client, registry: registry, addresses: addresses))
            }
        } catch {
            await database.close()
            throw error
        }
        spool.close()
        await storage.close()
        await database.close()
    }

    private func router(_ registry: RegistryServices) throws -> Router<BasicRequestContext> {
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
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ErrorStatus())
        try WebPages(
            indexes: indexes, registry: registry,
            accounts: AccountServices(
                registry: registry, passwordProblem: { $0.count < 8 ? "Too short." : nil }, hash: { "$y$" + $0 },
                sessionLifetime: 1000, isRegistrationOpen: isRegistrationOpen),
            facts: ServerFacts(
                settings: [
                    ServerFacts.Setting(
                        path: ["index", "main", "read"], value: "[\"everyone\"]", note: nil, place: "cellar.toml:3")
                ], version: "9.9"),
            setup: hasSetup ? setup : nil
        ).addRoutes(to: router) { request, _ in try await visit(request, registry) }
        return router
    }

    private func visit(_ request: Request, _ registry: RegistryServices) async throws -> PageVisit {
        try await registry.freshness.ensureCurrent()
        func cookie(_ name: String) -> String? {
            request.headers[.cookie]?.split(separator: ";").map { $0.drop { $0 == " " } }
                .first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        var session: PageVisit.Session?
        if let text = cookie("session"), let holder = try? await registry.tokens.verifier.holder(of: Array(text.utf8)),
            let person = holder.owner.person
        {
            session = PageVisit.Session(text: text, holder: holder, person: person)
        }
        let loginError = loginError
        return PageVisit(
            path: request.head.path ?? "/", baseURL: baseURL, address: IPAddress("192.0.2.1"),
            caller: session?.caller ?? caller, session: session,
            hasOldSession: session == nil && cookie("session") != nil, formSecret: cookie("form"),
            signOnCookie: cookie("sign-on"),
            isFromAnotherSite: isFromAnotherSite,
            language: Language(chosen: cookie("language"), accepted: request.headers[.acceptLanguage]),
            theme: Theme(chosen: cookie("theme")),
            actions: PageVisit.Actions(
                body: { limit in
                    do {
                        return try await request.body.collect(upTo: limit)
                    } catch is NIOTooManyBytesError {
                        throw RegistryError(.tooLarge, "The form is too long.")
                    }
                },
                person: { user, password in
                    if let loginError { throw loginError }
                    guard password == "\(user)'s password", let record = try await registry.database.user(named: user)
                    else { throw RegistryError(.wrongCredentials, "The user name or the password is wrong.") }
                    return record.person
                },
                cookieField: { cookie, value, maxAge in
                    "\(cookie)=\(value)" + (maxAge.map { "; Max-Age=\($0)" } ?? "")
                }))
    }
}

extension WebPagesFixture.Parts {
    /// Adds somebody, and returns the text of a session of theirs.
    @discardableResult
    func add(_ name: String, isAdministrator: Bool = false) async throws -> String {
        try await registry.people.add(
            name, passwordHash: "$y$", isAdministrator: isAdministrator, caller: .localOperator)
        return try await session(of: name)
    }

    /// Returns the text of a new session of somebody.
    func session(of name: String) async throws -> String {
        let user = try await registry.database.user(named: name)
        guard let user else { throw RegistryError(.notFound, name) }
        return try await registry.tokens.openSession(caller: .person(user.person)).text.reveal()
    }

    /// Asks for a page, perhaps with a session.
    func get(_ path: String, session: String? = nil) async throws -> TestResponse {
        try await client.execute(
            uri: path, method: .get, headers: session.map { [.cookie: "session=\($0)"] } ?? [:])
    }

    /// Sends a form as a browser does, with the token that belongs to its cookies.
    ///
    /// - Parameters:
    ///   - path: Where it is sent to.
    ///   - form: The fields, encoded.
    ///   - session: The session in the browser, and of which the token is made; else it is a stranger's.
    ///   - other: Another session in the browser, of which no token is made.
    /// - Returns: The answer.
    /// - Throws: What the client does.
    func post(
        _ path: String, _ form: String, session: String? = nil, besides other: String? = nil
    ) async throws -> TestResponse {
        let secret = session ?? WebPagesFixture.formSecret
        let token = SHA256Digest(hashing: Array("cellar form\0\(secret)".utf8))
        let cookies =
            ["form=\(WebPagesFixture.formSecret)"] + [session, other].compactMap { $0.map { "session=\($0)" } }
        return try await client.execute(
            uri: path, method: .post,
            headers: [
                .contentType: "application/x-www-form-urlencoded", .cookie: cookies.joined(separator: "; "),
            ], body: ByteBuffer(string: "form=\(token)&" + form))
    }

    /// Returns whether a session is good.
    func isGood(_ session: String) async throws -> Bool {
        try await registry.freshness.ensureCurrent()
        return (try? await registry.tokens.verifier.holder(of: Array(session.utf8))) != nil
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// The session that the answer's cookie opens, or an empty text if it clears the cookie; nil for neither.
    var session: String? {
        headers[values: .setCookie].first { $0.hasPrefix("session=") }
            .map { String($0.dropFirst("session=".count).prefix { $0 != ";" }) }
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
            case .notFound: throw HTTPError(.notFound)
            case .tooLarge: throw HTTPError(.contentTooLarge)
            default: throw HTTPError(.badRequest)
            }
        }
    }
}
