package import Hummingbird
package import Logging
package import NIOCore
package import NIOPosix
package import Registry

/// The protocols' side of the server: every address but those of the pages for people.
package struct HTTPService: Sendable {
    package let readiness = Readiness()
    let registry: Registry
    let authentication: Authentication
    let settings: HTTPSettings
    let metrics = HTTPMetrics()
    let recorder: RequestRecorder
    let receiver: UploadReceiver
    let fileBody: FileBody
    let uploadSlots: UploadSlots
    let addresses: RequestAddresses

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - registry: The use cases.
    ///   - authenticator: Who knows people.
    ///   - settings: What the configuration says.
    ///   - threads: Running threads for reading files.
    ///   - logger: Where requests and failures are logged.
    package init(
        registry: Registry, authenticator: any Authenticator, settings: HTTPSettings, threads: NIOThreadPool,
        logger: Logger
    ) {
        self.registry = registry
        self.authentication = Authentication(authenticator: authenticator)
        self.settings = settings
        self.recorder = RequestRecorder(metrics: metrics, accessLog: settings.accessLog, logger: logger)
        self.receiver = UploadReceiver(registry: registry)
        self.uploadSlots = UploadSlots(count: settings.maxConcurrentUploads)
        self.fileBody = FileBody(threads: threads)
        self.addresses = RequestAddresses(
            baseURL: settings.baseURL, isEncrypted: settings.isEncrypted, isTrustedProxy: settings.isTrustedProxy)
    }

    /// A router that has nothing but what every route needs.
    package static func makeRouter() -> Router<CellarRequestContext> {
        Router(context: CellarRequestContext.self, options: .autoGenerateHeadEndpoints)
    }

    /// Adds the boundary, where errors become answers, and after it every address of the protocols.
    ///
    /// One route serves them all: paths are read by `Address`, which knows of slashes and escapes what the router does
    /// not, and which the fast lane reads too. Pages for people are added to the same router, and come first.
    package func addRoutes(to router: Router<CellarRequestContext>) {
        router.add(middleware: BoundaryMiddleware(recorder: recorder))
        // A HEAD goes the way of its GET; a GET of `/` is a page for people.
        for method in RequestCheck.methods where method != .head {
            router.on("**", method: method) { request, context in
                try await respond(to: request, context: context)
            }
            guard method != .get else { continue }
            router.on("/", method: method) { request, context in
                try await respond(to: request, context: context)
            }
        }
    }

    func respond(to request: Request, context: CellarRequestContext) async throws -> Response {
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        guard let address = try Address(path: path) else {
            throw RegistryError(.notFound, "There is nothing under this address.")
        }
        context.observation.route = address.route
        context.observation.isOpenToWebPages = address.index.map(registry.permissions.isOpenToWebPages) ?? false
        switch request.method {
        case .get, .head: return try await read(address, request, context)
        case .options: return Self.options(try address.methods(), context)
        default:
            try CrossSiteDefence.check(request, baseURL: baseURL(of: request, context: context))
            return try await write(address, request, context)
        }
    }

    /// The server's address as the sender of a request knows it, without a `/` at the end.
    package func baseURL(of request: Request, context: CellarRequestContext) -> String {
        addresses.baseURL(of: request, peer: context.peer)
    }

    /// Who reads something of an index; that credentials are wrong is a line in the log, and no more here.
    func reader(_ request: Request, _ context: CellarRequestContext) async throws -> Authentication.Reader {
        let reader = try await authentication.reader(request.headers[.authorization])
        if reader.caller.isKnown { context.observation.callerName = reader.caller.name }
        if let refusal = reader.refusal {
            recorder.logger.notice(
                "credentials that are wrong are taken for none",
                metadata: [
                    "error": "\(refusal.message)", "peer": "\(context.peer?.ipAddress ?? "-")",
                    "request": "\(request.method.rawValue) \(LoggedPath.of(request.uri.path[...]))",
                ])
        }
        return reader
    }

    /// Who sends a request.
    package func caller(_ request: Request, _ context: CellarRequestContext) async throws -> Caller {
        let caller = try await authentication.caller(request.headers[.authorization])
        if caller.isKnown { context.observation.callerName = caller.name }
        return caller
    }
}

extension HTTPService {
    /// The handlers that stand on each connection before the router: what minds the connection, and the fast lane.
    ///
    /// They close a connection that has done nothing for `idleTimeout` themselves: Hummingbird, which does not see what
    /// the fast lane answers, is to be given no idle timeout. `isSecure` says that TLS lies beneath, through which no
    /// file can be sent by the operating system. Without the fast lane every answer is the router's, and the same (a
    /// test holds them equal).
    package func channelHandlers(
        idleTimeout: TimeAmount, isSecure: Bool, hasFastLane: Bool = true
    ) -> [any RemovableChannelHandler] {
        let activity = ConnectionActivity()
        let bodyTimeout = TimeAmount(settings.uploadIdleTimeout)
        let watch = ConnectionWatch(idleTimeout: idleTimeout, bodyTimeout: bodyTimeout + bodyTimeout)
        let lane = FastLaneHandler(lane: FastLane(service: self), activity: activity, isSecure: isSecure)
        return [
            ConnectionKeeper(
                activity: activity, watch: watch, recorder: recorder, fastLane: hasFastLane ? lane : nil)
        ]
    }
}
