import Hummingbird
import NIOCore
import Registry

extension CellarRequestContext {
    /// Tells a client that waits for it (`Expect: 100-continue`, RFC 9110 §10.1.1) to send the request's body.
    ///
    /// Called where the body is about to be read, after all that can be refused without it.
    func inviteBody() {
        channel.triggerUserOutboundEvent(BodyInvitation(), promise: nil)
    }
}

extension Request {
    /// The whole of a small body of `limit` bytes at most, where nothing may be silent for `idle` and all must be there
    /// after `longest`.
    ///
    /// Throws `RegistryError` `.tooLarge` or `.requestTimeout`, and what the connection does.
    func smallBody(
        limit: Int, idle: Duration, longest: Duration, _ context: CellarRequestContext
    ) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        context.inviteBody()
        let progress = BodyProgress()
        return try await progress.watch(idle: idle, longest: longest) { [body] in
            var collected = ByteBuffer()
            for try await chunk in body {
                progress.received(chunk.readableBytes)
                guard collected.readableBytes + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
                collected.writeImmutableBuffer(chunk)
            }
            try Task.checkCancellation()
            return collected
        }
    }

    private static func tooLarge(_ limit: Int) -> RegistryError {
        RegistryError(.tooLarge, "The request's body is larger than \(limit) bytes.")
    }
}
