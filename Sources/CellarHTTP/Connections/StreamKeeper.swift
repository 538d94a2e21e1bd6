import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Minds one stream of an HTTP/2 connection that the router answers, as `ConnectionKeeper` minds a connection.
///
/// It ends a stream that is too slow in either direction, invites a body (`Expect: 100-continue`), and reads and drops a
/// bounded rest of a body that was answered early, so that the client can read the answer.
final class StreamKeeper: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let activity = ConnectionActivity()
    private var watch: ConnectionWatch
    private var dropping: DroppedBody?
    /// Whether the client waits for an invitation to send its body.
    private var awaitsInvitation = false
    /// Bytes of the answer that wait for the client's windows or the operating system.
    private var waiting: Int64 = 0
    private let checks = RegularCheck()

    init(watch: ConnectionWatch) {
        self.watch = watch
    }

    func handlerAdded(context: ChannelHandlerContext) {
        checks.begin(every: watch.interval, on: context.eventLoop) { self.goesOn(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        checks.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        checks.end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        activity.last = .now()
        switch unwrapInboundIn(data) {
        case .head(let request):
            activity.answersDue = 1
            activity.isReceiving = true
            watch.beginBody(now: activity.last)
            awaitsInvitation = request.headerFields[.expect]?.lowercased() == "100-continue"
            context.fireChannelRead(data)
        case .body(let bytes):
            awaitsInvitation = false
            watch.received(bytes.readableBytes)
            guard var dropping else { return context.fireChannelRead(data) }
            if !dropping.take(bytes.readableBytes, now: activity.last) { context.close(promise: nil) }
            self.dropping = dropping
        case .end:
            activity.isReceiving = false
            awaitsInvitation = false
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // No handler behind this one asks for what is dropped.
        if dropping != nil { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var response):
            // Such an answer has no body that the length could be of (RFC 9110, section 8.6). HTTP/1.1's encoder drops
            // it, HTTP/2's does not.
            if response.status == .notModified || response.status == .noContent {
                response.headerFields[.contentLength] = nil
            }
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .body(let bytes):
            let count = Int64(bytes.readableBytes)
            activity.bytesGiven += count
            waiting += count
            let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
            taken.futureResult.assumeIsolated().whenComplete { _ in self.waiting -= count }
            context.write(data, promise: taken)
        case .end:
            context.write(data, promise: promise)
            end(context)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyInvitation else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        guard awaitsInvitation, activity.answersDue == 1 else { return }
        awaitsInvitation = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// Ends the answer. The stream closes by itself when both sides have ended.
    private func end(_ context: ChannelHandlerContext) {
        activity.last = .now()
        activity.answersDue = 0
        guard activity.isReceiving else { return }
        dropping = DroppedBody(since: activity.last)
        context.read()
    }

    /// Closes a stream that is too slow. Returns whether it goes on.
    private func goesOn(_ context: ChannelHandlerContext) -> Bool {
        let isOverdue = dropping.map { $0.isOverdue(now: .now()) } ?? false
        if !isOverdue, !watch.shallClose(activity, buffered: waiting, now: .now()) { return true }
        context.close(promise: nil)
        return false
    }
}
