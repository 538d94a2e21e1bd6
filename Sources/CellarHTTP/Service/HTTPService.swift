import HTTPTypes
package import Hummingbird
package import Logging
package import NIOCore
package import NIOPosix
package import PackagingStandards
package import Registry
import Synchronization

/// Serves the protocols: every address except the pages for people.
package struct HTTPService: Sendable {
    package let readiness = Readiness()
    let registry: RegistryServices
    let authentication: Authentication
    let metrics = HTTPMetrics()
    let recorder: RequestRecorder
    let pages: PageRoutes
    let files: FileRoutes
    private let uploads: UploadRoute
    private let formUploads: FormUploads
    private let addresses: RequestAddresses
    private let settings: HTTPSettings
    private let hashNewPassword: @Sendable (String) async throws -> String
    private let lane: FastLane

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - registry: The use cases.
    ///   - authenticator: Verifies people.
    ///   - hashNewPassword: Hashes the password that somebody is to have. Throws `.invalidRequest` with the reason for one
    ///     that nobody may have.
    ///   - settings: The part of the configuration that concerns HTTP.
    ///   - threads: Running threads that read files.
    ///   - logger: Where requests and failures are logged.
    package init(
        registry: RegistryServices, authenticator: any Authenticator,
        hashNewPassword: @escaping @Sendable (String) async throws -> String, settings: HTTPSettings,
        threads: NIOThreadPool, logger: Logger
    ) {
        self.registry = registry
        self.settings = settings
        self.hashNewPassword = hashNewPassword
        addresses = RequestAddresses(
            baseURL: settings.baseURL, isEncrypted: settings.isEncrypted, isTrustedProxy: settings.isTrustedProxy)
        authentication = Authentication(
            authenticator: authenticator, tokens: registry.tokens.verifier, freshness: registry.freshness,
            logger: logger, refusals: registry.refusals, addresses: addresses,
            defence: LoginDefence(sharing: registry.sharedGuesses, logger: logger),
            metrics: metrics)
        lane = FastLane(registry: registry, authentication: authentication)
        recorder = RequestRecorder(metrics: metrics, accessLog: settings.accessLog, logger: logger)
        registry.trafficCounting.setSource { [metrics] in metrics.traffic }
        pages = PageRoutes(registry: registry, addresses: addresses)
        files = FileRoutes(registry: registry, fileBody: FileBody(threads: threads), redirects: settings.redirects)
        let slots = UploadSlots(count: settings.maxConcurrentUploads)
        uploads = UploadRoute(
            registry: registry, authentication: authentication, metrics: metrics, slots: slots,
            idleTimeout: settings.uploadIdleTimeout, longest: settings.maxUploadTime)
        formUploads = FormUploads(
            registry: registry, metrics: metrics, slots: slots, idleTimeout: settings.uploadIdleTimeout,
            longest: settings.maxUploadTime)
    }

    /// Every path but those of pages that the router has itself, for which a name at the same place counts as found.
    private static let paths: [RouterPath] = [
        "/:index", "/:index/**", "/:index/projects", "/:index/projects/:project", "/:index/projects/:project/**",
    ]

    /// Returns a router without routes.
    package static func makeRouter() -> Router<CellarRequestContext> {
        Router(context: CellarRequestContext.self, options: .autoGenerateHeadEndpoints)
    }

    /// Adds the boundary, where errors become answers, and behind it every address of the protocols.
    ///
    /// One route serves them all: `Address` reads the paths, with rules for slashes and escapes that the router does not
    /// have, for the fast lane too. The pages for people are in the same router and come first.
    ///
    /// - Parameters:
    ///   - router: The router.
    ///   - page: Makes what browsers are shown for errors; nil for text.
    ///   - projects: Answers for the pages of projects in an index; returns nil for any other request.
    package func addRoutes(
        to router: Router<CellarRequestContext>, page: FailurePage? = nil,
        projects: (@Sendable (Request, CellarRequestContext) async throws -> Response?)? = nil
    ) {
        var boundary = boundary
        boundary.page = page
        router.add(middleware: boundary)
        // A HEAD is handled as its GET; a GET of `/` is a page for people.
        for method in RequestCheck.methods where method != .head {
            // Not `**`: pages of projects begin with an index's name, and of two patterns that fit the router tries one.
            for path in Self.paths {
                router.on(path, method: method) { request, context in
                    if let page = try await projects?(request, context) { return page }
                    return try await respond(to: request, context: context)
                }
            }
            guard method != .get else { continue }
            router.on("/", method: method) { request, context in
                try await respond(to: request, context: context)
            }
        }
    }

    /// Where errors become answers.
    var boundary: BoundaryMiddleware {
        BoundaryMiddleware(
            recorder: recorder, addresses: addresses, refusals: registry.refusals, replicas: registry.replicas,
            realm: settings.realm)
    }

    private func respond(to request: Request, context: CellarRequestContext) async throws -> Response {
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        guard let address = try Address(path: path) else {
            throw RegistryError(.notFound, "There is nothing under this address.")
        }
        context.observation.kind = address.kind
        context.observation.isOpenToWebPages = address.index.map(registry.permissions.isOpenToWebPages) ?? false
        switch request.method {
        case .get, .head: return try await read(address, request, context)
        case .options: return Self.options(try address.methods(), context)
        default:
            guard !isFromAnotherSite(request, context: context) else {
                throw RegistryError(.forbidden, "A page of another site may not change anything here.")
            }
            return try await write(address, request, context)
        }
    }

    /// Answers a GET or HEAD.
    private func read(
        _ address: Address, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        switch address {
        case .health(let isReadiness): return health(isReadiness: isReadiness)
        case .metrics: return metricsPage()
        case .api(let segments): return try await api(segments, request, context)
        case .trustedPublishing(let resource): return try await trustedPublishing(resource, request, context)
        default: break
        }
        let reader = try await authentication.reader(request, context)
        do {
            switch address {
            case .file(let file, let isMetadata):
                return try await files.answer(file, isMetadata: isMetadata, caller: reader.caller, request, context)
            case .feed(let feed, let index):
                return try await FeedRoutes(registry: registry, addresses: addresses)
                    .answer(feed, in: index, caller: reader.caller, request, context)
            default:
                return try await pages.answer(address, caller: reader.caller, request, context)
            }
        } catch let error as RegistryError where error.code == .authenticationRequired {
            throw reader.refusal ?? error
        }
    }

    /// Answers a method that may change something.
    private func write(
        _ address: Address, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        if case .api(let segments) = address { return try await api(segments, request, context) }
        if case .trustedPublishing(let resource) = address {
            return try await trustedPublishing(resource, request, context)
        }
        guard request.method == .post, let index = address.uploadIndex else {
            throw MethodNotAllowed(allowed: try address.methods())
        }
        return try await uploads.answer(to: index, request, context)
    }

    private func api(
        _ segments: [String], _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        let resource = try APIResource(segments)
        let caller = try await caller(request, context)
        return try await APIRoutes(
            registry: registry, request: request, caller: caller, context: context,
            bodyIdleTimeout: settings.uploadIdleTimeout, hashNewPassword: hashNewPassword,
            baseURL: baseURL(of: request, context: context)
        ).respond(resource)
    }

    private func trustedPublishing(
        _ resource: TrustedPublishingResource, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        try await TrustedPublishingRoutes(
            trading: registry.identityTrading, request: request, context: context,
            baseURL: baseURL(of: request, context: context), bodyIdleTimeout: settings.uploadIdleTimeout
        ).respond(resource)
    }

    private func health(isReadiness: Bool) -> Response {
        if isReadiness, let reason = readiness.reasonAgainst ?? registry.replicas.reasonAgainstWriting {
            return .text("not ready: \(reason)\n", status: .serviceUnavailable)
        }
        return .text("ok\n")
    }

    private func metricsPage() -> Response {
        var response = Response.text(PrometheusText.text(of: metrics.families + registry.metricFamilies))
        response.headers[.contentType] = PrometheusText.mediaType
        return response
    }

    /// Returns the answer to OPTIONS (RFC 9110 §9.3.7).
    private static func options(_ methods: [HTTPRequest.Method], _ context: CellarRequestContext) -> Response {
        var headers: HTTPFields = [.allow: MethodNotAllowed.header(methods), .cacheControl: "no-store"]
        if context.observation.isOpenToWebPages { headers.append(contentsOf: CrossOriginAccess.preflight) }
        return Response(status: .noContent, headers: headers)
    }

    /// Returns whether a browser says that a page of another site sent a request, which may then change nothing.
    private func isFromAnotherSite(_ request: Request, context: CellarRequestContext) -> Bool {
        CrossSiteDefence.isFromAnotherSite(request, baseURL: baseURL(of: request, context: context))
    }

    /// Returns the address of the server as the sender of a request knows it, without a `/` at the end.
    private func baseURL(of request: Request, context: CellarRequestContext) -> String {
        addresses.baseURL(of: request, peer: context.peer)
    }

    /// Returns who sends a request, by its headers alone.
    private func caller(_ request: Request, _ context: CellarRequestContext) async throws -> Caller {
        try await authentication.caller(request, context)
    }

    /// Returns what the pages for people must know about a request. The browser's session counts before credentials in its
    /// headers, which browsers send of themselves; wrong ones count as none.
    package func visit(_ request: Request, context: CellarRequestContext) async throws -> BrowserVisit {
        let session = try await authentication.session(request, context)
        guard let session else {
            return visit(request, try await authentication.reader(request, context).caller, nil, context)
        }
        return visit(request, session.caller, session, context)
    }

    /// Returns the same for a page about an error, which may be one of the credentials in the headers, or of the database:
    /// those are not looked at again.
    package func visitAfterFailure(_ request: Request, context: CellarRequestContext) async -> BrowserVisit {
        let session = try? await authentication.session(request, context)
        return visit(request, session?.caller ?? .anonymous, session, context)
    }

    private func visit(
        _ request: Request, _ caller: Caller, _ session: BrowserSession?, _ context: CellarRequestContext
    ) -> BrowserVisit {
        let isEncrypted = addresses.isEncrypted(request, peer: context.peer)
        let hasCookie = !BrowserCookie.session.values(in: request.headers, isEncrypted: isEncrypted).isEmpty
        return BrowserVisit(
            baseURL: baseURL(of: request, context: context), isEncrypted: isEncrypted,
            address: addresses.client(of: request, peer: context.peer),
            caller: caller, session: session,
            hasOldSession: session == nil && hasCookie,
            formSecret: BrowserCookie.form.values(in: request.headers, isEncrypted: isEncrypted).first,
            signOnCookie: BrowserCookie.signOn.values(in: request.headers, isEncrypted: isEncrypted).first,
            languageCookie: BrowserCookie.language.values(in: request.headers, isEncrypted: isEncrypted).first,
            themeCookie: BrowserCookie.theme.values(in: request.headers, isEncrypted: isEncrypted).first,
            isFromAnotherSite: isFromAnotherSite(request, context: context))
    }

    /// Returns the body of a form, `limit` bytes at most. Throws `.tooLarge`, and `.requestTimeout` for one that pauses or
    /// takes too long.
    package func smallBody(
        of request: Request, limit: Int, _ context: CellarRequestContext
    ) async throws -> ByteBuffer {
        try await request.smallBody(
            limit: limit, idle: settings.uploadIdleTimeout, longest: APIRoutes.maxBodyTime, context)
    }

    /// Publishes the files of a form that a browser sends, and returns what became of each.
    ///
    /// - Parameters:
    ///   - request: The form.
    ///   - caller: Who publishes.
    ///   - context: The request's.
    ///   - accept: Checks the fields and returns the index that they name; called before any byte of a file is taken.
    /// - Returns: What became of each file, in the order of the form.
    /// - Throws: What `accept` does, and why the form cannot be received: then nothing was published.
    package func publishFiles(
        of request: Request, caller: Caller, _ context: CellarRequestContext,
        accept: @escaping @Sendable ([String: String]) throws -> IndexName
    ) async throws -> [FormUpload] {
        try await formUploads.publish(request, caller: caller, accept: accept, context)
    }

    /// Returns the person who fills in a user name and a password, as HTTP Basic would find them, under the same delays.
    ///
    /// Throws `.wrongCredentials`, `.tooManyAttempts` and `.unavailable`.
    package func person(
        _ user: String, _ password: String, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Person {
        try await authentication.person(user, password, request, context)
    }

    /// Returns a server of these protocols and of whatever else the router answers. It says its port to `onListening` once
    /// it accepts connections.
    package func server(
        _ router: Router<CellarRequestContext>, _ settings: WebServer.Settings, on loops: any EventLoopGroup,
        onListening: @escaping @Sendable (_ port: Int) async -> Void
    ) -> WebServer {
        let bodyTimeout = TimeAmount(self.settings.uploadIdleTimeout)
        let watch = ConnectionWatch(idleTimeout: settings.idleTimeout, bodyTimeout: bodyTimeout + bodyTimeout)
        return WebServer(
            settings, watch: watch,
            router: ConnectionRouter(router.buildResponder(), recorder: recorder, logger: recorder.logger),
            lane: lane, recorder: recorder, on: loops, onListening: onListening)
    }
}

/// What the pages for people must know about a request.
package struct BrowserVisit: Sendable {
    /// The address of the server as the client reaches it, without a slash at the end.
    package let baseURL: String
    /// Whether the browser speaks https.
    package let isEncrypted: Bool
    /// Where the request comes from; nil for nowhere.
    package let address: IPAddress?
    package let caller: Caller
    /// The session in the browser's cookie, if it is good.
    package let session: BrowserSession?
    /// Whether the cookie of a session came, and is not good, or not any more.
    package let hasOldSession: Bool
    /// The secret that the forms of strangers in this browser are made with; nil for none.
    package let formSecret: String?
    /// What the browser has taken along to a provider of single sign-on; nil for nothing.
    package let signOnCookie: String?
    /// The language that somebody has chosen; nil for none.
    package let languageCookie: String?
    /// The colours that somebody has chosen; nil for none.
    package let themeCookie: String?
    /// Whether the browser says that a page of another site sent the request, which may then change nothing.
    package let isFromAnotherSite: Bool
}

/// The part of the configuration that concerns HTTP.
package struct HTTPSettings: Sendable {
    /// The address of the server as clients know it, without a `/` at the end, or nil to take it from each request.
    package var baseURL: String?
    /// Returns whether the peer with an IP address is a proxy whose `X-Forwarded-*` headers are trusted.
    package var isTrustedProxy: @Sendable (String) -> Bool
    /// What the challenge for a password calls the server: printable ASCII without quotes and backslashes.
    package var realm: String
    /// Whether each request is logged.
    package var accessLog: (any AccessLog)?
    /// Whether the server itself speaks TLS.
    package var isEncrypted: Bool
    /// How long an uploading client may send nothing.
    package var uploadIdleTimeout: Duration
    /// How long an upload may take.
    package var maxUploadTime: Duration
    /// How many uploads may run at once.
    package var maxConcurrentUploads: Int
    /// Who is sent to the storage for the bytes of files; nil for nobody.
    package var redirects: Redirects?

    package init(
        baseURL: String? = nil, isTrustedProxy: @escaping @Sendable (String) -> Bool = { _ in false },
        realm: String = HTTPFailure.usualRealm, accessLog: (any AccessLog)? = nil, isEncrypted: Bool = false,
        uploadIdleTimeout: Duration = .seconds(60), maxUploadTime: Duration = .seconds(3600),
        maxConcurrentUploads: Int = 64, redirects: Redirects? = nil
    ) {
        self.baseURL = baseURL
        self.isTrustedProxy = isTrustedProxy
        self.realm = realm
        self.accessLog = accessLog
        self.isEncrypted = isEncrypted
        self.uploadIdleTimeout = uploadIdleTimeout
        self.maxUploadTime = maxUploadTime
        self.maxConcurrentUploads = maxConcurrentUploads
        self.redirects = redirects
    }
}

/// Whether the server is ready for requests, which `/health/ready` shows to load balancers.
package final class Readiness: Sendable {
    private let reason = Mutex<String?>("starting")

    package init() {}

    /// Why the server is not ready, or nil if it is.
    package var reasonAgainst: String? { reason.withLock { $0 } }

    /// Makes the server ready from now on.
    package func setReady() {
        reason.withLock { $0 = nil }
    }

    /// Makes the server not ready from now on.
    package func setNotReady(_ why: String) {
        reason.withLock { $0 = why }
    }
}
