import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PackagingStandards
import Registry

/// The boundary of the protocols: here alone errors become answers and are logged, and requests are counted. What is
/// done for a request knows where it comes from (`ChangeOrigin`).
struct BoundaryMiddleware: RouterMiddleware {
    let recorder: RequestRecorder
    let addresses: RequestAddresses
    /// Counts refused changes.
    let refusals: Refusals
    /// Know whether anything may be written.
    let replicas: Replicas
    /// The realm of the challenge.
    let realm: String
    /// What browsers are shown for errors; nil for text.
    var page: FailurePage?

    func handle(
        _ request: Request, context: CellarRequestContext,
        next: (Request, CellarRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = NIODeadline.now()
        let id = RequestID.of(request, isFromTrustedProxy: addresses.isTrusted(context.peer))
        let client = addresses.client(of: request, peer: context.peer)?.description
        context.observation.requestID = id
        context.observation.client = client
        let origin = ChangeOrigin(address: client, requestID: id)
        var response: Response
        do {
            try RequestCheck.check(request)
            if mayChange(request) { try replicas.requireWriting() }
            response = try await ChangeOrigin.$current.withValue(origin) { try await next(request, context) }
        } catch {
            response = await answer(error, to: request, context)
        }
        // Answers to reads are the same for the same contents, and from the fast lane.
        if mayChange(request), let header = RequestID.header { response.headers[header] = id }
        if context.observation.isOpenToWebPages, response.headers[.accessControlAllowOrigin] == nil {
            response.headers[.accessControlAllowOrigin] = CrossOriginAccess.anyOrigin
        }
        if request.method == .head { response = response.createHeadResponse() }
        guard request.method != .head, context.observation.bytesStreamed != nil else {
            record(request, response.status, Int64(response.body.contentLength ?? 0), context, start)
            return response
        }
        return recordingAtTheEnd(response, request, context, start)
    }

    private func answer(_ error: any Error, to request: Request, _ context: CellarRequestContext) async -> Response {
        let failure = HTTPFailure(error, isCallerKnown: context.observation.callerName != nil)
        if failure.isWorthALine { log(failure, request) }
        note(error, failure, request, context)
        if let page, Browser.isNavigation(request), let shown = await page(failure, request, context) {
            return failure.response(shown, realm: realm)
        }
        return failure.response(.format(at: request.uri.path), realm: realm)
    }

    private func mayChange(_ request: Request) -> Bool {
        request.method != .get && request.method != .head && request.method != .options
    }

    /// Counts a refused change for the audit.
    private func note(
        _ error: any Error, _ failure: HTTPFailure, _ request: Request, _ context: CellarRequestContext
    ) {
        let isOfCredentials = (error as? RegistryError)?.isOfCredentials ?? false
        guard mayChange(request), failure.status == .unauthorized || failure.status == .forbidden, !isOfCredentials
        else {
            return
        }
        refusals.note(
            .change, by: context.observation.callerName, "\(request.method.rawValue) \(context.observation.kind.name)",
            because: failure.code, from: context.observation.client)
    }

    /// Returns a response whose body is sent piece by piece, to be counted when the last piece is sent or one fails.
    ///
    /// An error after the head can no longer become an answer: it ends the connection, so that nobody takes the body for
    /// whole.
    private func recordingAtTheEnd(
        _ response: Response, _ request: Request, _ context: CellarRequestContext, _ start: NIODeadline
    ) -> Response {
        let pieces = response.body
        let status = response.status
        var response = response
        response.body = ResponseBody(contentLength: pieces.contentLength) { writer in
            defer { record(request, status, context.observation.bytesStreamed ?? 0, context, start) }
            do {
                try await pieces.write(writer)
            } catch let error as RegistryError {
                log(HTTPFailure(error), request)
                throw error
            }
        }
        return response
    }

    private func log(_ failure: HTTPFailure, _ request: Request) {
        recorder.logger.log(
            level: failure.status == .internalServerError ? .error : .notice, "\(failure.message)",
            metadata: [
                "code": "\(failure.code)", "cause": "\(failure.cause.map { "\($0)" } ?? "-")",
                "request": "\(request.method.rawValue) \(LoggedPath.of(request.uri.path[...]))",
            ])
    }

    private func record(
        _ request: Request, _ status: HTTPResponse.Status, _ bytesSent: Int64, _ context: CellarRequestContext,
        _ start: NIODeadline
    ) {
        let path = request.head.path ?? "/"
        recorder.record(
            AnsweredRequest(
                method: request.method, status: status.code, bytesSent: bytesSent,
                nanoseconds: (NIODeadline.now() - start).nanoseconds, kind: context.observation.kind,
                callerName: context.observation.callerName, peer: context.observation.client ?? "-",
                requestID: context.observation.requestID),
            path: path.prefix { $0 != "?" }, userAgent: request.headers[.userAgent])
    }
}

/// Refuses requests that no address can answer.
enum RequestCheck {
    /// The methods that addresses may answer; any other gets 405 everywhere.
    static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// Throws if the request has no host or two of them (RFC 9112 §3.2), or a method that no address answers.
    static func check(_ request: Request) throws {
        guard isHostClear(request.head) else {
            throw RegistryError(.invalidRequest, "The request must have one Host header.")
        }
        guard methods.contains(request.method) else { throw MethodNotAllowed(allowed: try allowed(request)) }
    }

    /// Returns whether the head has exactly one host: the first Host header is its authority, a second one stays among
    /// its fields.
    static func isHostClear(_ head: HTTPRequest) -> Bool {
        guard let authority = head.authority, !authority.isEmpty else { return false }
        return host.map { !head.headerFields.contains($0) } ?? true
    }

    private static let host = HTTPField.Name("Host")

    private static func allowed(_ request: Request) throws -> [HTTPRequest.Method] {
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        return try Address(path: path)?.methods() ?? [.get, .head]
    }
}
