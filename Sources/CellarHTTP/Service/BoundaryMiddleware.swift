import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Registry

/// The boundary of the protocols: the one place where errors become answers and are logged, and requests are counted.
struct BoundaryMiddleware: RouterMiddleware {
    let recorder: RequestRecorder

    func handle(
        _ request: Request, context: CellarRequestContext,
        next: (Request, CellarRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = answer(error, to: request)
        }
        if request.method == .head { response = Self.withoutBody(response) }
        record(request, response, context, start)
        return response
    }

    private func answer(_ error: any Error, to request: Request) -> Response {
        let failure = ErrorRenderer.registryError(error)
        if failure.code == .internal || failure.cause != nil {
            recorder.logger.log(
                level: failure.code == .internal ? .error : .notice, "\(failure.message)",
                metadata: [
                    "code": "\(failure.code.rawValue)", "cause": "\(failure.cause.map { "\($0)" } ?? "-")",
                    "request": "\(request.method.rawValue) \(LoggedPath.of(request.uri.path[...]))",
                ])
        }
        return ErrorRenderer.response(failure, asJSON: request.uri.path.hasPrefix("/api/"))
    }

    /// What a HEAD is answered with (RFC 9110 §9.3.2): the same head, and no body.
    private static func withoutBody(_ response: Response) -> Response {
        Response(status: response.status, headers: response.headers, body: ResponseBody())
    }

    private func record(
        _ request: Request, _ response: Response, _ context: CellarRequestContext, _ start: ContinuousClock.Instant
    ) {
        let path = request.head.path ?? "/"
        recorder.record(
            RequestRecorder.Line(
                method: request.method, path: path.prefix { $0 != "?" }, status: response.status.code,
                bytesSent: Int64(response.body.contentLength ?? 0), duration: ContinuousClock.now - start,
                route: context.observation.route, callerName: context.observation.callerName, peer: context.peer,
                userAgent: request.headers[.userAgent]))
    }
}
