import Glibc
import HTTPTypes
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

/// Writes answers as bytes, past the encoder that the router's answers go through.
struct ResponseBytesWriter {
    /// Bodies up to this many bytes share a buffer with their head.
    private static let joinedBodySize = 4096

    private let encoder: ChannelHandlerContext

    /// Finds the places behind which bytes go to the socket or to TLS, and heads to the encoder; nil where the pipeline
    /// does not have them.
    init?(pipeline: ChannelPipeline) {
        guard let encoder = try? pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else {
            return nil
        }
        self.encoder = encoder
    }

    /// Writes an answer; the promise is kept when all of it is handed to the operating system.
    func write(_ answer: FastLane.Answer, promise: EventLoopPromise<Void>) {
        var head = encoder.channel.allocator.buffer(capacity: 768)
        Self.writeHead(answer, into: &head)
        switch answer.body {
        case .none:
            encoder.write(NIOAny(head), promise: promise)
        case .bytes(let bytes) where bytes.readableBytes <= Self.joinedBodySize:
            head.writeImmutableBuffer(bytes)
            encoder.write(NIOAny(head), promise: promise)
        case .bytes(let bytes):
            encoder.write(NIOAny(head), promise: nil)
            encoder.write(NIOAny(bytes), promise: promise)
        case .file(let descriptor, let range):
            encoder.write(NIOAny(head), promise: nil)
            write(descriptor, range, promise: promise)
        }
    }

    func flush() {
        encoder.flush()
    }

    /// Writes a range of a file by `sendfile`. The descriptor stays open, and its owner's, until that is done.
    private func write(_ descriptor: OpenFile, _ range: Range<Int64>, promise: EventLoopPromise<Void>) {
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor.number)
        let region = FileRegion(
            fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
        let written = encoder.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            // The handle gives the number back unclosed: `descriptor`, held until here, closes it.
            _ = try? handle.takeDescriptorOwnership()
            withExtendedLifetime(descriptor) {}
            promise.completeWith(result)
        }
        encoder.write(NIOAny(region), promise: written)
    }

    private static func writeHead(_ answer: FastLane.Answer, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(statusLine(answer.status))
        for field in answer.headers {
            buffer.writeString(field.name.rawName)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("Date: ")
        buffer.writeString(HTTPDateCache.current())
        buffer.writeStaticString("\r\n\r\n")
    }

    private static func statusLine(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 200: "200 OK\r\n"
        case 206: "206 Partial Content\r\n"
        case 304: "304 Not Modified\r\n"
        default: "\(status.code) \(status.reasonPhrase)\r\n"
        }
    }
}
