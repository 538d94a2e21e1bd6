import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import CellarHTTP

@Suite("Connections that end with their first answer")
struct ShortConnectionTests {
    /// Counts the connections that are passed on to handlers of their own.
    private final class PassedOn: Sendable {
        private let number = Mutex(0)

        var count: Int { number.withLock { $0 } }

        func note() { number.withLock { $0 += 1 } }
    }

    private final class Counting: ChannelInboundHandler {
        typealias InboundIn = any Channel

        private let counter: PassedOn

        init(_ counter: PassedOn) {
            self.counter = counter
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            counter.note()
            context.fireChannelRead(data)
        }
    }

    /// Listens with the fast lane before the router's gate, as the server does, and counts what is passed on.
    private static func listen(
        _ fixture: HTTPFixture, _ test: (_ port: Int, _ passedOn: PassedOn) async throws -> Void
    ) async throws {
        let counter = PassedOn()
        let loops = MultiThreadedEventLoopGroup.singleton
        let lane = FastLane(registry: fixture.registry, authentication: fixture.service.authentication)
        let recorder = fixture.service.recorder
        let router = ConnectionRouter(
            fixture.router.buildResponder(), recorder: recorder, logger: fixture.log.logger)
        let listener = try await Listener.open(
            host: "127.0.0.1", port: 0, on: loops,
            handlers: { _ in [ShortConnections(lane: lane, recorder: recorder), Counting(counter)] },
            setUp: { channel in
                let activity = ConnectionActivity()
                let watch = ConnectionWatch(idleTimeout: .seconds(30), bodyTimeout: .seconds(30))
                try channel.pipeline.syncOperations.addHandlers([
                    FastLaneHandler(lane: lane, activity: activity, recorder: recorder, isSecure: false),
                    RouterGate(activity: activity, watch: watch, router: router),
                ])
            })
        async let served: Void = router.serve()
        try await test(try #require(listener.port), counter)
        try await listener.shutDown(on: loops.any()).get()
        router.stop()
        await served
    }

    private static func request(_ path: String, _ headers: String = "Connection: close\r\n") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n"
    }

    @Test("what is in memory needs no handlers of its own")
    func answered() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            _ = try await fixture.ask { try await $0.execute(uri: wheel.page, method: .get) }
            try await fixture.registry.freshness.ensureCurrent()
            try await Self.listen(fixture) { port, passedOn in
                for _ in 0..<20 {
                    try await RawConnection.open(port) { connection in
                        try await connection.send(Self.request(wheel.page))
                        #expect(try await connection.answer().status == 200)
                        #expect(try await connection.isEnded())
                    }
                }
                // What the database is still told after the publish sends a request to the router, which reads it.
                #expect(passedOn.count < 10)
            }
        }
    }

    @Test("everything else is passed on, untouched")
    func passedOn() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            _ = try await fixture.ask { try await $0.execute(uri: wheel.page, method: .get) }
            try await fixture.registry.freshness.ensureCurrent()
            try await Self.listen(fixture) { port, passedOn in
                let last = Self.request(wheel.page)
                let requests = [
                    (Self.request(wheel.page, ""), 1), (Self.request("/main/simple/absent/"), 1),
                    (Self.request(wheel.page, "") + last, 2), ("GET /health/live HTTP/1.0\r\n\r\n", 1),
                    (Self.request(wheel.page, "Connection: close\r\nX: \(String(repeating: "x", count: 4000))\r\n"), 1),
                ]
                for (index, (request, answers)) in requests.enumerated() {
                    try await RawConnection.open(port) { connection in
                        try await connection.send(request)
                        for _ in 0..<answers {
                            let status = try await connection.answer().status
                            #expect(status == 200 || status == 404)
                        }
                    }
                    #expect(passedOn.count == index + 1, "\(request)")
                }
                try await RawConnection.open(port) { connection in
                    try await connection.send(String(last.prefix(20)))
                    try await Task.sleep(for: .milliseconds(100))
                    try await connection.send(String(last.dropFirst(20)))
                    #expect(try await connection.answer().status == 200)
                    #expect(try await connection.isEnded())
                }
            }
        }
    }

    @Test("a client that reads slowly has the whole answer, and then the end")
    func slowReader() async throws {
        try await HTTPFixture.run { fixture in
            for version in 1...150 { try await fixture.publishWheel("alpha", "\(version).0") }
            let page = "/main/simple/alpha/"
            let headers = "Accept-Encoding: identity\r\nConnection: close\r\n"
            let whole = try await fixture.ask {
                try await $0.execute(uri: page, method: .get, headers: [.acceptEncoding: "identity"]).body
            }
            try await fixture.registry.freshness.ensureCurrent()
            try await Self.listen(fixture) { port, passedOn in
                // The system keeps little for a connection of small segments and a small window.
                let options: [(ChannelOptions.Types.SocketOption, SocketOptionValue)] = [
                    (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_MAXSEG)), 536), (.socketOption(.so_rcvbuf), 4096),
                ]
                try await RawConnection.open(port, options) { connection in
                    try await connection.send(Self.request(page, headers))
                    try await Task.sleep(for: .milliseconds(200))
                    let answer = try await connection.answer()
                    #expect(answer.status == 200)
                    #expect(answer.body == whole)
                    #expect(try await connection.isEnded())
                }
                #expect(passedOn.count <= 1, "only the rest of an answer needs handlers")
            }
        }
    }
}
