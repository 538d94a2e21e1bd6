import NIOCore

/// Joins small writes up to the next flush, since under TLS each write is a record of its own at least, and frames of
/// HTTP/2 are many and most of them small.
final class WriteJoiner: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Larger writes are passed on as they are, since a record costs less than a copy.
    private static let largestCopy = 8 << 10
    /// From this many bytes on, what was passed on is flushed at once: the processor's cache still holds it then.
    private static let mostUnflushed = 64 << 10
    /// An idle connection keeps no larger buffer than this.
    private static let keptCapacity = 4 << 10

    /// All bytes that were passed on.
    private(set) var passed: Int64 = 0
    /// How many bytes were passed on since the last flush.
    private var unflushed = 0
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
            context.write(data, promise: promise)
            unflushed += bytes.readableBytes
            // Never after a small write: it may be the head of a frame, and a flush may have the next frame written.
            if unflushed >= Self.mostUnflushed { flush(context: context) }
            return
        }
        joined.writeImmutableBuffer(bytes)
        self.promise.setOrCascade(to: promise)
    }

    func flush(context: ChannelHandlerContext) {
        pass(context)
        unflushed = 0
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
