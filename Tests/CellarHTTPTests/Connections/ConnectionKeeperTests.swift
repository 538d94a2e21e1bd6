import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import RegistryTestSupport
import Testing

@testable import CellarHTTP

@Suite("Minding a connection")
struct ConnectionKeeperTests {
    private let channel = EmbeddedChannel()
    private let log = RecordingLog()

    init() throws {
        let watch = ConnectionWatch(idleTimeout: .hours(1), bodyTimeout: .hours(1))
        let recorder = RequestRecorder(metrics: HTTPMetrics(), accessLog: nil, logger: log.logger)
        try channel.pipeline.syncOperations.addHandler(
            ConnectionKeeper(activity: ConnectionActivity(), watch: watch, recorder: recorder))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    private func receiveHead(_ fields: HTTPFields = [:]) throws {
        let head = HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/", headerFields: fields)
        try channel.writeInbound(HTTPRequestPart.head(head))
    }

    private func receiveBody(_ size: Int) throws {
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: size)))
    }

    private func answer(_ status: HTTPResponse.Status = .ok) throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: status)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    private func sentHeads() throws -> [HTTPResponse] {
        var heads: [HTTPResponse] = []
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
            if case .head(let head) = part { heads.append(head) }
        }
        return heads
    }

    private func passedBodies() throws -> Int {
        var count = 0
        while let part = try channel.readInbound(as: HTTPRequestPart.self) {
            if case .body = part { count += 1 }
        }
        return count
    }

    private func invite() {
        channel.pipeline.triggerUserOutboundEvent(BodyInvitation(), promise: nil)
    }

    @Test("a waiting client is invited once, and only when a route asks for its body")
    func invitation() throws {
        try receiveHead([.expect: "100-continue", .contentLength: "1"])
        #expect(try sentHeads().isEmpty)
        invite()
        invite()
        #expect(try sentHeads().map(\.status) == [.continue])
    }

    @Test("a client that does not wait is not invited")
    func noInvitation() throws {
        try receiveHead()
        invite()
        try receiveBody(1)
        invite()
        #expect(try sentHeads().isEmpty)
    }

    @Test("a client that announces no body waits for nothing")
    func nothingAnnounced() throws {
        try receiveHead([.expect: "100-continue", .contentLength: "0"])
        try channel.writeInbound(HTTPRequestPart.end(nil))
        invite()
        try answer()
        #expect(try sentHeads().map { $0.headerFields[.connection] } == [nil])
    }

    @Test("a client that was not invited learns that the connection ends")
    func refusedUninvited() throws {
        try receiveHead([.expect: "100-continue", .contentLength: "1"])
        try answer(.unauthorized)
        #expect(try sentHeads().map { $0.headerFields[.connection] } == ["close"])
    }

    @Test("a rest of a body that was answered early is dropped, and the next request is passed on")
    func dropped() throws {
        try receiveHead()
        try receiveBody(10)
        #expect(try passedBodies() == 1)
        try answer(.unauthorized)
        try receiveBody(1000)
        #expect(try passedBodies() == 0)
        try channel.writeInbound(HTTPRequestPart.end(nil))
        try receiveHead()
        try receiveBody(10)
        #expect(try passedBodies() == 1)
        #expect(channel.isActive)
    }

    @Test("no more is dropped than the bound")
    func droppedTooMuch() throws {
        try receiveHead()
        try answer(.unauthorized)
        let chunk = ByteBuffer(repeating: 1, count: 64 << 20)
        for _ in 0...(DroppedBody.maxSize / chunk.readableBytes) where channel.isActive {
            try channel.writeInbound(HTTPRequestPart.body(chunk))
        }
        #expect(!channel.isActive)
    }

    @Test("dropping ends with its time")
    func droppedTooLong() {
        let start = NIODeadline.now()
        let body = DroppedBody(since: start)
        #expect(!body.isOverdue(now: start + DroppedBody.maxTime - .seconds(1)))
        #expect(body.isOverdue(now: start + DroppedBody.maxTime))
    }

    @Test("what comes behind a request that closes is not passed on")
    func behindClose() throws {
        try receiveHead([.connection: "close"])
        try channel.writeInbound(HTTPRequestPart.end(nil))
        try answer()
        #expect(try sentHeads().map { $0.headerFields[.connection] } == ["close"])
        while try channel.readInbound(as: HTTPRequestPart.self) != nil {}
        try receiveHead()
        try receiveBody(10)
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
    }
}
