import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Writes heads of answers that have a reason phrase of their own, in whose place the codec would put the standard one:
/// twine and pip print it.
struct ReasonPhraseWriter {
    private let codec: ChannelHandlerContext

    /// Finds the codec, or nil if the pipeline has none.
    init?(pipeline: ChannelPipeline) {
        guard let codec = try? pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self) else {
            return nil
        }
        self.codec = codec
    }

    /// Writes a head past the codec; returns false, with nothing written, if the standard phrase serves.
    func write(_ response: HTTPResponse, promise: EventLoopPromise<Void>?) -> Bool {
        var head = HTTPResponseHead(response)
        let reason = response.status.reasonPhrase
        guard head.status.reasonPhrase != reason, !reason.isEmpty else { return false }
        head.status = .custom(code: UInt(response.status.code), reasonPhrase: reason)
        codec.write(NIOAny(HTTPServerResponsePart.head(head)), promise: promise)
        return true
    }
}
