import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CellarHTTP

@Suite("The listening sockets")
struct ListenerTests {
    /// The connections that are set up, and on which loops.
    private final class SetUp: Sendable {
        private let channels = Mutex<[any Channel]>([])

        var all: [any Channel] { channels.withLock { $0 } }

        var open: Int { all.filter { $0.isActive }.count }

        func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }
    }

    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 3)

    private static func listen(
        port: Int = 0, limit: ConnectionLimit? = nil, isShared: Bool = true, _ setUp: SetUp = SetUp()
    ) async throws -> Listener {
        try await Listener.open(
            host: "127.0.0.1", port: port, on: loops, isShared: isShared,
            handlers: { _ in limit.map { [ConnectionLimitHandler($0)] } ?? [] }, setUp: { setUp.add($0) })
    }

    private static func connect(_ port: Int?) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: loops).connect(host: "127.0.0.1", port: port ?? 0).get()
        try await channel.writeAndFlush(ByteBuffer(string: "x")).get()
        return channel
    }

    /// Waits until so many connections are set up and open.
    private static func wait(for count: Int, _ setUp: SetUp) async throws {
        for _ in 0..<500 where setUp.open != count {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(setUp.open == count)
    }

    private static func close(_ listener: Listener, _ connections: [any Channel] = []) async throws {
        for connection in connections { try? await connection.close().get() }
        try await listener.shutDown(on: loops.any()).get()
    }

    @Test("connections are spread over all loops, also if the system shares no port", arguments: [true, false])
    func spread(isShared: Bool) async throws {
        let setUp = SetUp()
        let listener = try await Self.listen(isShared: isShared, setUp)
        var connections: [any Channel] = []
        for _ in 0..<64 { connections.append(try await Self.connect(listener.port)) }
        try await Self.wait(for: 64, setUp)
        #expect(Set(setUp.all.map { ObjectIdentifier($0.eventLoop) }).count == 3)
        try await Self.close(listener, connections + setUp.all)
    }

    @Test("a port is refused if somebody listens there, and free again after the shutdown")
    func inUse() async throws {
        let first = try await Self.listen()
        let port = try #require(first.port)
        for isShared in [true, false] {
            let error = await #expect(throws: IOError.self) { try await Self.listen(port: port, isShared: isShared) }
            #expect(error?.errnoCode == EADDRINUSE)
        }
        try await Self.close(first)
        let second = try await Self.listen(port: port)
        #expect(second.port == port)
        try await Self.close(second)
    }

    @Test("no more connections are accepted than the limit of all sockets says, until some are closed")
    func limit() async throws {
        let setUp = SetUp()
        let listener = try await Self.listen(limit: ConnectionLimit(20), setUp)
        var connections: [any Channel] = []
        for _ in 0..<60 { connections.append(try await Self.connect(listener.port)) }
        try await Task.sleep(for: .milliseconds(300))
        // Each socket accepts four at a time.
        let accepted = setUp.all.count
        #expect((20...(20 + 3 * 3)).contains(accepted))
        for _ in 0..<200 where setUp.all.count < 60 {
            for channel in setUp.all { channel.close(promise: nil) }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(setUp.all.count == 60)
        try await Self.close(listener, connections + setUp.all)
    }
}
