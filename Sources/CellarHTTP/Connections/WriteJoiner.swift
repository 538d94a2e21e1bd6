import NIOCore

/// Joins small writes up to the next flush, since under TLS each write is a record of its own at least, and frames of
/// HTTP/2 are many and most of them small.
final class WriteJoiner: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Larger writes are passed on as they are, since a record costs less than a copy.
    private static let largestCopy = 4 << 10
    /// An idle connection keeps no larger buffer than this.
    private static let keptCapacity = 4 << 10

    /// All bytes that were passed on.
    private(set) var passed: Int64 = 0
    private var joined = ByteBuffer()
    private var promise: EventLoopPromise<Void>?

    func handlerRemoved(context: ChannelHandlerContext) {
        promise?.fail(ChannelError.ioOnClosedChannel)
        promise = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        passed += Int64(bytes.readableBytes)
        guard bytes.readableBytes <= Self.largestCopy else {
            pass(context)
            return context.write(data, promise: promise)
        }
        joined.writeImmutableBuffer(bytes)
        self.promise.setOrCascade(to: promise)
    }

    func flush(context: ChannelHandlerContext) {
        pass(context)
        context.flush()
        if joined.capacity > Self.keptCapacity {
            joined = ByteBuffer()
        } else {
            joined.clear()
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        pass(context)
        context.close(mode: mode, promise: promise)
    }

    /// Passes on what is joined. Its memory is written into again only when nothing else holds it.
    private func pass(_ context: ChannelHandlerContext) {
        guard joined.readableBytes > 0 || promise != nil else { return }
        let promise = promise
        self.promise = nil
        context.write(wrapOutboundOut(joined), promise: promise)
        joined.moveReaderIndex(to: joined.writerIndex)
    }
}
