import NIOCore
import NIOHPACK
import NIOHTTP2
import PackagingStandards

/// Answers what needs no waiting on the frames of an HTTP/2 connection (RFC 9113), hands every other stream to the router
/// behind it, and minds the connection: it resets malformed requests, and closes a connection that is idle, or whose client
/// takes no answers.
final class HTTP2FastLaneHandler: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// How many requests with a body may be open at once on a connection, since each may have a window's bytes in memory.
    /// More are refused, and may be sent again.
    static let mostBodies = 8
    /// If more bytes than this wait for a client, the router takes over, since it can wait.
    private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 128 << 10)
    /// How long a stopping server waits for a client without open streams to end the connection.
    private static let farewell = TimeAmount.seconds(1)

    /// A stream whose request waits for a read of the changes.
    private struct WaitingStream {
        let frame: HTTP2Frame
        let headers: HTTP2Frame.FramePayload.Headers
        let since: NIODeadline
        var created: NIOHTTP2StreamCreatedEvent?
    }

    private let lane: FastLane?
    private let activity = ConnectionActivity()
    private let joiner: WriteJoiner
    private let recorder: RequestRecorder
    private var watch: ConnectionWatch
    private var desk: FastLaneDesk?
    /// The request that was read last, as HTTP/1.1 would have it.
    private var request = ByteBuffer()
    /// The streams in the router, and whether their requests have bodies.
    private var routed: [HTTP2StreamID: Bool] = [:]
    private var bodies = 0
    /// The stream that is being answered here, until it closes.
    private var answering: HTTP2StreamID?
    /// Streams that are answered here, whose clients have not made room for all of the answer.
    private var unfinished: Set<HTTP2StreamID> = []
    /// The requests that wait for a read of the changes, and how those behind are told of their streams.
    private var waiting: [HTTP2StreamID: WaitingStream] = [:]
    /// The last connection window for what clients send, as those behind know it.
    private var inboundWindow: Int?
    private var willFlush = false
    private let checks = RegularCheck()
    /// Whether the connection ends with the last stream.
    private var isEnding = false

    /// Makes a handler for one connection.
    ///
    /// - Parameters:
    ///   - lane: Finds the answers; nil leaves every request to the router.
    ///   - joiner: Passes the connection's bytes on to TLS.
    ///   - watch: Decides whether the connection is still in use.
    ///   - recorder: Counts the requests.
    init(lane: FastLane?, joiner: WriteJoiner, watch: ConnectionWatch, recorder: RequestRecorder) {
        self.lane = lane
        self.joiner = joiner
        self.watch = watch
        self.recorder = recorder
    }

    func handlerAdded(context: ChannelHandlerContext) {
        desk = lane.map { FastLaneDesk(lane: $0, recorder: recorder, channel: context.channel) }
        try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: Self.waterMark)
        checks.begin(every: watch.interval, on: context.eventLoop) { self.goesOn(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        checks.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        checks.end()
        waiting = [:]
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if routed[frame.streamID] != nil {
            activity.last = .now()
            if case .headers(let trailers) = frame.payload, !trailers.headers.areWellFormedTrailers {
                return reset(frame.streamID, .protocolError, context)
            }
            context.fireChannelRead(data)
        } else if case .headers(let headers) = frame.payload {
            activity.last = .now()
            begin(frame, headers, context)
        }
        // Other frames of streams that are not in the router need nothing more than the protocol's handler has done.
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2StreamCreatedEvent:
            if routed[event.streamID] != nil { context.fireUserInboundEventTriggered(event) }
            waiting[event.streamID]?.created = event
        case let event as StreamClosedEvent:
            close(event, context)
        case let event as NIOHTTP2WindowUpdatedEvent where event.streamID == .rootStream:
            guard event.inboundWindowSize != inboundWindow else { return }
            inboundWindow = event.inboundWindowSize
            context.fireUserInboundEventTriggered(event)
        case let event as NIOHTTP2WindowUpdatedEvent:
            if routed[event.streamID] != nil { context.fireUserInboundEventTriggered(event) }
        case ChannelEvent.inputClosed:
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            // The handler before has sent GOAWAY, and closes when the client has acknowledged it and no stream is open.
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) {
                self.isEnding = true
                self.endIfUnused(context)
            }
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOHTTP2Errors.StreamError:
            context.fireErrorCaught(error)
        case is NIOHTTP2Errors.NoSuchStream, is NIOHTTP2Errors.StreamClosed:
            // A frame and the client's end of its stream have crossed.
            break
        default:
            // The protocol's handler has sent the client the reason.
            context.close(promise: nil)
        }
    }

    private func begin(
        _ frame: HTTP2Frame, _ headers: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext
    ) {
        if headers.endStream {
            if answer(headers.headers, frame.streamID, isRead: false, context) { return }
            if wait(frame, headers, context) { return }
        }
        route(frame, headers, context)
    }

    /// Hands a request to the router, unless it is malformed, or there are too many with a body.
    private func route(
        _ frame: HTTP2Frame, _ headers: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext
    ) {
        guard headers.headers.isWellFormedRequest else { return reset(frame.streamID, .protocolError, context) }
        guard headers.endStream || bodies < Self.mostBodies else {
            return reset(frame.streamID, .refusedStream, context)
        }
        if !headers.endStream { bodies += 1 }
        routed[frame.streamID] = !headers.endStream
        activity.answersDue = routed.count
        context.fireChannelRead(wrapInboundOut(frame))
    }

    private func reset(_ stream: HTTP2StreamID, _ reason: HTTP2ErrorCode, _ context: ChannelHandlerContext) {
        write(.rstStream(reason), stream, context)
    }

    /// Has a request wait for a read of the changes, or returns false if the router must answer it all the same.
    private func wait(
        _ frame: HTTP2Frame, _ headers: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext
    ) -> Bool {
        guard let desk, request.readableBytes > 0,
            let plain = request.withUnsafeReadableBytes({ PlainRequest($0) }), plain.length == request.readableBytes,
            request.withUnsafeReadableBytes({ desk.needsRead(plain, $0, canSendFiles: false) })
        else { return false }
        let stream = frame.streamID
        waiting[stream] = WaitingStream(frame: frame, headers: headers, since: activity.last)
        activity.waitsForRead = true
        desk.waitForRead { [weak self] isRead in
            guard let self, let waited = self.waiting.removeValue(forKey: stream) else { return }
            self.activity.waitsForRead = !self.waiting.isEmpty
            self.goOn(waited, isRead: isRead, context)
        }
        return true
    }

    /// Goes on with a request that waited; the router finds out itself what is wrong if the changes could not be read.
    private func goOn(_ waited: WaitingStream, isRead: Bool, _ context: ChannelHandlerContext) {
        let stream = waited.frame.streamID
        flushSoon(context)
        if isRead, answer(waited.headers.headers, stream, isRead: true, since: waited.since, context) { return }
        route(waited.frame, waited.headers, context)
        guard routed[stream] != nil else { return }
        if let created = waited.created { context.fireUserInboundEventTriggered(created) }
        context.fireChannelReadComplete()
    }

    /// Sends what all requests get that have waited for the same read together.
    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !willFlush else { return }
        willFlush = true
        context.eventLoop.assumeIsolated().execute {
            self.willFlush = false
            context.flush()
        }
    }

    /// Answers a request, or returns false if the router must, or it is malformed.
    ///
    /// - Parameters:
    ///   - fields: The head of the request.
    ///   - stream: Where it came.
    ///   - isRead: Whether the changes were read since it arrived.
    ///   - since: When it came; nil for just now.
    ///   - context: The place in the pipeline.
    /// - Returns: Whether it is answered.
    private func answer(
        _ fields: HPACKHeaders, _ stream: HTTP2StreamID, isRead: Bool, since: NIODeadline? = nil,
        _ context: ChannelHandlerContext
    ) -> Bool {
        guard let desk else { return false }
        request.clear()
        guard request.writePlainHead(fields) else {
            request.clear()
            return false
        }
        let now = Timestamp.now()
        if let entry = request.withUnsafeReadableBytes({ desk.recall($0, now: now, isRead: isRead) }) {
            send(
                entry.answer, entry.fields(at: now), isHead: entry.isHead, entry.line, stream, since: since, desk,
                context)
            return true
        }
        guard let plain = request.withUnsafeReadableBytes({ PlainRequest($0) }), plain.length == request.readableBytes,
            let (answer, line) = request.withUnsafeReadableBytes({
                desk.answer(plain, $0, canSendFiles: false, isRead: isRead)
            })
        else { return false }
        send(answer, HPACKHeaders(answer.head), isHead: plain.isHead, line, stream, since: since, desk, context)
        return true
    }

    private func send(
        _ answer: FastLane.Answer, _ fields: HPACKHeaders, isHead: Bool, _ line: LoggedRequest?,
        _ stream: HTTP2StreamID, since: NIODeadline?, _ desk: FastLaneDesk, _ context: ChannelHandlerContext
    ) {
        answering = stream
        desk.note(answer)
        if case .bytes(let bytes) = answer.body, bytes.readableBytes > 0 {
            write(.headers(.init(headers: fields)), stream, context)
            write(.data(.init(data: .byteBuffer(bytes), endStream: true)), stream, context)
        } else {
            write(.headers(.init(headers: fields, endStream: true)), stream, context)
        }
        if answering != nil { unfinished.insert(stream) }
        answering = nil
        desk.record(answer, isHead: isHead, line, bytesSent: answer.body.length, since: since ?? activity.last)
    }

    private func write(_ payload: HTTP2Frame.FramePayload, _ stream: HTTP2StreamID, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: nil)
    }

    private func close(_ event: StreamClosedEvent, _ context: ChannelHandlerContext) {
        activity.last = .now()
        if event.streamID == answering {
            answering = nil
        } else if let hadBody = routed.removeValue(forKey: event.streamID) {
            if hadBody { bodies -= 1 }
            activity.answersDue = routed.count
            context.fireUserInboundEventTriggered(event)
        } else {
            unfinished.remove(event.streamID)
            // The client has taken the request back.
            if waiting.removeValue(forKey: event.streamID) != nil { activity.waitsForRead = !waiting.isEmpty }
        }
        endIfUnused(context)
    }

    private func endIfUnused(_ context: ChannelHandlerContext) {
        guard isEnding, routed.isEmpty, waiting.isEmpty, unfinished.isEmpty, answering == nil else { return }
        // What was written last has not been flushed yet.
        context.eventLoop.assumeIsolated().execute { context.close(promise: nil) }
    }

    /// Closes a connection that is idle, or whose client takes no answers. Returns whether it goes on.
    private func goesOn(_ context: ChannelHandlerContext) -> Bool {
        activity.bytesGiven = joiner.passed
        // What the client has made no room for waits before the operating system.
        let buffered = max(context.bufferedBytes, unfinished.isEmpty ? 0 : 1)
        guard watch.shallClose(activity, buffered: buffered, now: .now()) else { return true }
        write(.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil), .rootStream, context)
        context.flush()
        context.close(promise: nil)
        return false
    }
}
