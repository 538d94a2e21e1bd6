import CellarHTTP
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import PackagingStandards
import PasswordAuthentication
import Provenance
import Registry
import ServerConfiguration
import WebPages

/// The server made of its parts, ready to listen.
struct ServerComposition: Sendable {
    let parts: Parts
    let http: HTTPService
    /// The link to print; nil if there is an administrator.
    let setupLink: SetupLink?
    private let pages: WebPages
    /// What encrypts connections; nil for plain HTTP.
    let encryption: Encryption?
    private let logger: Logger

    /// Prepares everything that must be right before the server listens: the tie between database and storage, what
    /// the configuration declares of people and rights, the first administrator, the certificate.
    ///
    /// - Parameters:
    ///   - parts: What it is made of.
    ///   - userCommand: The command that adds people, as it must be typed.
    ///   - log: Where it logs.
    /// - Throws: What is not right.
    init(_ parts: Parts, userCommand: String, log: ServerLog) async throws {
        let logger = log.logger
        let server = parts.configuration.server
        let proxies = server.trustedProxies
        self.parts = parts
        self.logger = logger
        encryption = try server.tls.map { try Encryption($0) }
        Self.noteProvenance(parts.configuration, logger: logger)
        try await Self.start(parts, logger: logger)
        try await parts.registry.declaring.declare(parts.configuration.declaration)
        setupLink = try await FirstAdministrator.prepare(parts)
        let registry = parts.registry
        let authenticator = Self.authenticator(parts, logger: logger)
        let hasher = parts.hasher
        http = HTTPService(
            registry: registry, authenticator: authenticator,
            hashNewPassword: { password in
                if let problem = NewPassword.problem(with: password) { throw RegistryError(.invalidRequest, problem) }
                return try await hasher.hash(password)
            },
            settings: HTTPSettings(
                baseURL: server.baseURL?.description,
                isTrustedProxy: { address in proxies.contains { $0.contains(address) } },
                realm: server.realm, accessLog: log.accessLog, isEncrypted: encryption != nil,
                uploadIdleTimeout: server.uploadIdleTimeout,
                maxUploadTime: server.maxUploadTime, redirects: Redirects(parts.configuration)),
            threads: parts.fileThreads, logger: logger)
        pages = try WebPages(
            indexes: parts.configuration.indexes, registry: registry,
            accounts: AccountServices(
                registry: registry, passwordProblem: { NewPassword.problem(with: $0) },
                hash: { try await hasher.hash($0) }, sessionLifetime: server.sessionLifetime.components.seconds,
                isRegistrationOpen: server.isRegistrationOpen),
            facts: ServerFacts(
                settings: parts.configuration.effectiveSettings.map { setting in
                    ServerFacts.Setting(
                        path: setting.path, value: setting.value, note: setting.note, place: "\(setting.place)")
                }, version: Installation.versionText),
            loadsReadmeImages: server.loadsReadmeImages,
            setup: setupLink.map { FirstAdministrator.setup($0, parts, userCommand: userCommand) })
    }

    /// Returns what recognises people by passwords: those that they have here, and those that they have outside.
    private static func authenticator(_ parts: Parts, logger: Logger) -> any Authenticator {
        let freshness = parts.registry.freshness
        let accessEpoch: @Sendable () -> Int64 = { freshness.accessEpoch }
        let local = PasswordAuthenticator(
            database: parts.database, hasher: parts.hasher, accessEpoch: accessEpoch, logger: logger)
        guard let outside = parts.outside else { return local }
        return AuthenticatorChain(
            local: local, outside: outside.authenticator(parts.database, accessEpoch: accessEpoch))
    }

    /// Returns the web server on some event loops, which hands its port on once it listens.
    func webServer(
        on loops: any EventLoopGroup, onListening: @escaping @Sendable (_ port: Int) -> Void
    ) throws -> WebServer {
        let server = parts.configuration.server
        let router = HTTPService.makeRouter()
        http.addRoutes(
            to: router,
            page: { [http, pages] failure, request, context in
                pages.failure(
                    of: request, code: failure.code, message: failure.message, status: failure.status,
                    visit: await PageVisit(afterFailure: http, request, context))
            },
            projects: { [http, pages] request, context in
                try await pages.projectPage(for: request) { try await PageVisit(http, request, context) }
            })
        pages.addRoutes(to: router) { [http] request, context in
            try await PageVisit(http, request, context)
        }
        return http.server(
            router,
            WebServer.Settings(
                host: server.listen.host, port: server.listen.port, idleTimeout: TimeAmount(server.idleTimeout),
                maxConnections: OpenFileLimit.raise(), prepare: encryption?.prepare),
            on: loops, onListening: onListening)
    }

    /// Logs what of the trust roots is not used, and what pages lack.
    private static func noteProvenance(_ configuration: ServerConfiguration, logger: Logger) {
        for sentence in configuration.trustRoots.flatMap(\.ignored) {
            logger.notice("a part of a trust root is not used", metadata: ["part": "\(sentence)"])
        }
        guard !configuration.trustRoots.isEmpty, configuration.server.baseURL == nil else { return }
        logger.notice(
            "pages link the provenance of files relative to themselves: set server.base_url for whole addresses (PEP 740)"
        )
    }

    private static func start(_ parts: Parts, logger: Logger) async throws {
        do {
            try await parts.registry.start()
        } catch let error as RegistryError where error.code == .conflict && parts.configuration.server.rebuildsOnEmpty {
            guard try await parts.database.isEmpty() else { throw error }
            logger.notice("the database is empty and the storage is not: rebuilding")
            if let done = try await parts.registry.rebuilding.rebuildIfEmpty() {
                logger.notice(
                    "rebuilt the database", metadata: ["projects": "\(done.projects)", "files": "\(done.files)"])
            }
            try await parts.registry.start()
        }
    }
}

extension PageVisit {
    /// Makes what the pages must know of what the protocols know.
    fileprivate init(_ http: HTTPService, _ request: Request, _ context: CellarRequestContext) async throws {
        self.init(try await http.visit(request, context: context), http, request, context)
    }

    /// Makes the same for a page about an error.
    fileprivate init(
        afterFailure http: HTTPService, _ request: Request, _ context: CellarRequestContext
    ) async {
        self.init(await http.visitAfterFailure(request, context: context), http, request, context)
    }

    private init(
        _ visit: BrowserVisit, _ http: HTTPService, _ request: Request, _ context: CellarRequestContext
    ) {
        self.init(
            path: request.head.path ?? "/", baseURL: visit.baseURL, address: visit.address, caller: visit.caller,
            session: visit.session.map { Session(text: $0.text, holder: $0.holder, person: $0.person) },
            hasOldSession: visit.hasOldSession, formSecret: visit.formSecret, signOnCookie: visit.signOnCookie,
            isFromAnotherSite: visit.isFromAnotherSite,
            language: Language(chosen: visit.languageCookie, accepted: request.headers[.acceptLanguage]),
            theme: Theme(chosen: visit.themeCookie),
            actions: Actions(
                body: { try await http.smallBody(of: request, limit: $0, context) },
                person: { try await http.person($0, $1, request, context) },
                cookieField: { cookie, value, maxAge in
                    let kind: BrowserCookie =
                        switch cookie {
                        case .session: .session
                        case .form: .form
                        case .signOn: .signOn
                        case .language: .language
                        case .theme: .theme
                        }
                    return kind.field(value, isEncrypted: visit.isEncrypted, maxAge: maxAge)
                },
                publish: { caller, accept in
                    try await http.publishFiles(of: request, caller: caller, context, accept: accept)
                        .map { PublishedFile($0) }
                }))
    }
}

extension PublishedFile {
    fileprivate init(_ upload: FormUpload) {
        let outcome: Outcome =
            switch upload.outcome {
            case .published: .published
            case .alreadyPublished: .alreadyPublished
            case .refused(let error): .refused(error)
            }
        self.init(name: upload.filename, outcome: outcome)
    }
}
