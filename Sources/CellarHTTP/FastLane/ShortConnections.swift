import Glibc
import HTTPTypes
import NIOCore
import PackagingStandards
import Registry

/// Answers the request of a new connection that ends with its answer, before the connection costs more than a socket.
///
/// It stands in the pipeline of a listening socket, and looks at what the client has already sent. If that is one plain
/// request with `Connection: close`, and the answer is in memory, it answers and closes. Everything else goes on as if
/// nobody had looked.
final class ShortConnections: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private enum Outcome {
        /// Nothing was taken from the connection, and nothing sent.
        case untouched
        /// The answer is sent.
        case answered
        /// The operating system takes no more; the rest of the answer is due.
        case begun(rest: ByteBuffer)
    }

    /// What is sent to a request.
    private struct Found {
        let answer: FastLane.Answer
        let line: LoggedRequest?
        let isHead: Bool
        let head: ByteBuffer
    }

    /// Longer requests are left to the connection's own handlers.
    private static let longestRequest = 2048

    private let lane: FastLane
    private let recorder: RequestRecorder

    init(lane: FastLane, recorder: RequestRecorder) {
        self.lane = lane
        self.recorder = recorder
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        switch answer(channel, on: context.eventLoop) {
        case .untouched:
            context.fireChannelRead(data)
        case .answered:
            channel.close(promise: nil)
        case .begun(let rest):
            context.fireChannelRead(data)
            channel.pipeline.syncOperations.fireUserInboundEventTriggered(BegunLastAnswer(rest: rest))
        }
    }

    private func answer(_ channel: any Channel, on loop: any EventLoop) -> Outcome {
        guard channel.eventLoop === loop, let core = channel._channelCore as? any NIOTransportAccessibleChannelCore,
            let socket = NewSocket(core)
        else { return .untouched }
        return withUnsafeTemporaryAllocation(byteCount: Self.longestRequest + 1, alignment: 16) { buffer in
            answer(socket, buffer, channel)
        }
    }

    private func answer(
        _ socket: NewSocket, _ buffer: UnsafeMutableRawBufferPointer, _ channel: any Channel
    ) -> Outcome {
        let start = NIODeadline.now()
        guard let request = socket.peek(into: buffer), request.count <= Self.longestRequest else { return .untouched }
        let now = Timestamp.now()
        let desk = FastLaneDesk(lane: lane, recorder: recorder, channel: channel)
        guard let found = Self.answer(to: request, now, desk), socket.drop(request.count, into: buffer) else {
            return .untouched
        }
        let head = found.head
        let body: ByteBuffer = if case .bytes(let bytes) = found.answer.body { bytes } else { ByteBuffer() }
        let sent = socket.send(head, body)
        desk.note(found.answer)
        desk.record(
            found.answer, isHead: found.isHead, found.line, bytesSent: found.answer.body.length, since: start)
        guard sent < head.readableBytes + body.readableBytes else { return .answered }
        var rest = head
        if sent < head.readableBytes {
            rest.moveReaderIndex(forwardBy: sent)
            rest.writeImmutableBuffer(body)
        } else {
            rest = body
            rest.moveReaderIndex(forwardBy: sent - head.readableBytes)
        }
        return .begun(rest: rest)
    }

    /// Returns the answer to a request with these bytes, remembered or found now, or nil if it is none for here.
    private static func answer(to bytes: UnsafeRawBufferPointer, _ now: Timestamp, _ desk: FastLaneDesk) -> Found? {
        if let entry = desk.recall(bytes, now: now, isLast: true) {
            return Found(answer: entry.answer, line: entry.line, isHead: entry.isHead, head: entry.head(at: now))
        }
        guard let request = PlainRequest(bytes), request.isLast, request.length == bytes.count,
            let (answer, line) = desk.answer(request, bytes, canSendFiles: false)
        else { return nil }
        var head = ByteBuffer()
        answer.head.write(into: &head, isLast: true)
        return Found(answer: answer, line: line, isHead: request.isHead, head: head)
    }
}

/// The last answer of a connection is sent in part; the connection ends with the rest of it.
struct BegunLastAnswer {
    let rest: ByteBuffer
}

/// The socket of a connection that no event loop watches yet. Its calls never wait.
private struct NewSocket {
    private let descriptor: CInt

    /// Finds the socket of a channel, which stays open as long as the channel does.
    ///
    /// `ChannelPipeline.SynchronousOperations.withUnsafeTransportIfAvailable` looks for the type of the handle, too, which
    /// takes longer than the answer.
    init?<Core: NIOTransportAccessibleChannelCore>(_ core: Core) {
        guard let descriptor = try? core.withUnsafeTransport({ $0 as? NIOBSDSocket.Handle }) else { return nil }
        self.descriptor = descriptor
    }

    /// Returns what has come in, without taking it, or nil if there is nothing.
    func peek(into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_PEEK | MSG_DONTWAIT))
        guard count > 0 else { return nil }
        return UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
    }

    /// Takes so many bytes that have come in; returns false if that fails.
    func drop(_ count: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        recv(descriptor, buffer.baseAddress, count, CInt(MSG_DONTWAIT)) == count
    }

    /// Sends two buffers, and returns how many bytes the operating system has taken: 0 if the connection is broken, too.
    func send(_ first: ByteBuffer, _ second: ByteBuffer) -> Int {
        first.withUnsafeReadableBytes { first in
            second.withUnsafeReadableBytes { second in
                var parts = (Self.part(first), Self.part(second))
                return withUnsafeMutableBytes(of: &parts) { parts in
                    var message = msghdr()
                    message.msg_iov = parts.bindMemory(to: iovec.self).baseAddress
                    message.msg_iovlen = second.isEmpty ? 1 : 2
                    return max(
                        0, sendmsg(descriptor, &message, CInt(MSG_DONTWAIT | MSG_NOSIGNAL)))
                }
            }
        }
    }

    private static func part(_ bytes: UnsafeRawBufferPointer) -> iovec {
        iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
}
