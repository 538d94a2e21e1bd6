import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import Registry
import Testing

@testable import CellarHTTP

@Suite("The fast lane, while the router answers")
struct FastLaneOrderTests {
    /// Stands for the parser and the router: takes what comes, and answers when the test says so.
    private final class Behind: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let activity: ConnectionActivity
        var taken = 0

        init(_ activity: ConnectionActivity) {
            self.activity = activity
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            taken += 1
            activity.answersDue += 1
        }

        func answer() {
            activity.answersDue -= 1
            activity.answersEnded += 1
        }
    }

    private static func request(_ path: String) -> ByteBuffer {
        ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    }

    /// On one thread, as an event loop is.
    private func check(_ fixture: HTTPFixture, _ inMemory: ByteBuffer) throws {
        let activity = ConnectionActivity()
        let behind = Behind(activity)
        let lane = FastLaneHandler(
            lane: FastLane(registry: fixture.registry, authentication: fixture.service.authentication),
            activity: activity, recorder: fixture.service.recorder, isSecure: false)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([lane, behind])
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }

        try channel.writeInbound(inMemory)
        #expect(try channel.readOutbound(as: ByteBuffer.self) != nil && behind.taken == 0, "nothing is before it")
        while try channel.readOutbound(as: ByteBuffer.self) != nil {}

        try channel.writeInbound(Self.request("/simple/not-in-memory/"))
        try channel.writeInbound(inMemory)
        #expect(behind.taken == 2, "it waits behind the request before it")
        behind.answer()
        try channel.writeInbound(inMemory)
        #expect(behind.taken == 3, "one answer has ended, and another is due")
        behind.answer()
        behind.answer()
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil, "nothing was overtaken")

        try channel.writeInbound(inMemory)
        #expect(try channel.readOutbound(as: ByteBuffer.self) != nil && behind.taken == 3, "it is open again")

        try channel.writeInbound(Self.request("/simple/not-in-memory/"))
        try channel.writeInbound(ByteBuffer(string: "GET /simple/alpha/ HTTP"))
        behind.answer()
        behind.answer()
        try channel.writeInbound(inMemory)
        #expect(behind.taken == 6, "after half a request, the rest of the connection is the parser's")
    }

    @Test("answers nothing before all that was handed on is answered, and is open again then")
    func order() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            let path = "/simple/alpha/"
            _ = try await fixture.ask { try await $0.execute(uri: path, method: .get) }
            try await fixture.registry.freshness.ensureCurrent()
            try check(fixture, Self.request(path))
        }
    }
}
