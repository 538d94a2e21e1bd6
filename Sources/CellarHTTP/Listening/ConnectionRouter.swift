import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Serves the requests of connections by the router, each connection, and each stream of HTTP/2, in a task of its own.
final class ConnectionRouter: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// The router's answer could not be sent, because the rest of the request is not readable.
    private struct UnreadableRequest: Error {}

    private let http: HTTP1Channel
    private let logger: Logger
    private let connections: AsyncStream<Connection>
    private let opened: AsyncStream<Connection>.Continuation
    private let recorder: RequestRecorder

    /// Makes one.
    ///
    /// - Parameters:
    ///   - responder: Answers the requests.
    ///   - recorder: Counts what is no request.
    ///   - logger: Where failures are logged.
    init(
        _ responder: some HTTPResponder<CellarRequestContext>, recorder: RequestRecorder, logger: Logger
    ) {
        // Headers larger than this are answered 400 before a route sees them.
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 64 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)
        http = HTTP1Channel(
            responder: { request, writer, channel in
                let context = CellarRequestContext(
                    source: ApplicationRequestContextSource(channel: channel, logger: logger))
                var response = try await Self.response(to: request, context, responder)
                response.headers[.date] = CurrentDate.text()
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch is HTTPParserError {
                    // It would be answered a second time.
                    throw UnreadableRequest()
                }
            }, configuration: HTTP1Channel.Configuration(httpDecoderConfiguration: decoder))
        self.logger = logger
        self.recorder = recorder
        (connections, opened) = AsyncStream.makeStream()
    }

    /// Sets up the parser and the router's task at the end of the channel's pipeline; on the channel's loop.
    func open(_ channel: any Channel, _ activity: ConnectionActivity, _ watch: ConnectionWatch) throws {
        let keeper = ConnectionKeeper(activity: activity, watch: watch, recorder: recorder)
        let pipeline = channel.pipeline.syncOperations
        http.setup(channel: channel, logger: logger).assumeIsolated().whenComplete { [opened] result in
            switch result {
            case .success(let connection): opened.yield(connection)
            case .failure(let error): channel.pipeline.fireErrorCaught(error)
            }
        }
        let state = try pipeline.handler(type: HTTPConnectionStateHandler.self)
        try pipeline.addHandler(keeper, position: .before(state))
    }

    /// Sets up the router's task for a stream of HTTP/2, whose pipeline is empty; on the stream's loop.
    func open(stream: any Channel, _ watch: ConnectionWatch) throws {
        try stream.pipeline.syncOperations.addHandlers([
            HTTP2FramePayloadToHTTPServerCodec(), StreamKeeper(watch: watch),
        ])
        opened.yield(try Connection(wrappingChannelSynchronously: stream))
    }

    /// Serves connections until `stop`, and returns when the last task has ended.
    func serve() async {
        await withDiscardingTaskGroup { group in
            for await connection in connections {
                group.addTask { [http, logger] in await http.handle(value: connection, logger: logger) }
            }
        }
    }

    /// Says that no more connections will be opened.
    func stop() {
        opened.finish()
    }

    private static func response(
        to request: Request, _ context: CellarRequestContext, _ responder: some HTTPResponder<CellarRequestContext>
    ) async throws -> Response {
        do {
            return try await responder.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            return Response(status: .internalServerError)
        }
    }
}
