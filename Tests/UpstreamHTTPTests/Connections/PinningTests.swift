import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import UpstreamHTTP

@Suite("Hosts that pages lead to")
struct PinningTests {
    /// Surroundings in which 127.0.0.2 counts as public, and names are looked up in a table.
    private static func surroundings(
        _ lookUp: @escaping @Sendable (String) -> [IPAddress]
    ) -> UpstreamSurroundings {
        var surroundings = UpstreamSurroundings()
        surroundings.lookUp = lookUp
        surroundings.isForbidden = { $0 != IPAddress(bytes: [127, 0, 0, 2]) && $0.isForbidden }
        return surroundings
    }

    private static let near = IPAddress(bytes: [127, 0, 0, 2])

    @Test("are connected to at the address that was checked, under their own name")
    func pinned() async throws {
        let surroundings = Self.surroundings { $0 == "files.example" ? [Self.near] : [] }
        try await TestServer.run(host: "127.0.0.2", { _ in .answer(200) }) { files in
            try await Testbed.serve(surroundings: surroundings) { _ in
                .answer(404)
            } _: { upstream, _ in
                let url = "http://Files.Example.:\(files.port)/f"
                for _ in 0..<3 { _ = try await upstream.open(url, range: nil).bytes() }
                #expect(
                    files.requests.map { $0.headers["Host"] }
                        == Array(repeating: ["files.example:\(files.port)"], count: 3))
                #expect(files.connections == 1)
            }
        }
    }

    @Test("whose name server answers another address later are not connected to there")
    func rebinding() async throws {
        let clock = TestClock()
        let isTurned = Mutex(false)
        var surroundings = clock.surroundings
        surroundings.isForbidden = { $0 != Self.near && $0.isForbidden }
        surroundings.lookUp = { _ in
            isTurned.withLock { $0 } ? [IPAddress(bytes: [127, 0, 0, 3])] : [Self.near]
        }
        try await TestServer.run(host: "127.0.0.2", { _ in .answer(200) }) { [surroundings] files in
            try await Testbed.serve(surroundings: surroundings) { _ in
                .answer(404)
            } _: { upstream, _ in
                let url = "http://files.example:\(files.port)/f"
                _ = try await upstream.open(url, range: nil).bytes()
                isTurned.withLock { $0 = true }
                // What was checked is what is used, for as long as it is used.
                _ = try await upstream.open(url, range: nil).bytes()
                clock.advance(.seconds(31))
                await Testbed.expect(.forbiddenAddress) { _ = try await upstream.open(url, range: nil) }
                #expect(files.requests.count == 2)
            }
        }
    }

    @Test("are tried at their next address if one does not answer")
    func nextAddress() async throws {
        // Nothing listens at the first address.
        var surroundings = Self.surroundings { _ in [IPAddress(bytes: [127, 0, 0, 4]), Self.near] }
        surroundings.isForbidden = { ![2, 4].contains($0.bytes[3]) && $0.isForbidden }
        try await TestServer.run(host: "127.0.0.2", { _ in .answer(200) }) { [surroundings] files in
            try await Testbed.serve(surroundings: surroundings) { _ in
                .answer(404)
            } _: { upstream, _ in
                _ = try await upstream.open("http://files.example:\(files.port)/f", range: nil).bytes()
                #expect(files.requests.count == 1)
            }
        }
    }

    @Test("without an address cannot be reached, nor those whose name server is silent")
    func noAddress() async throws {
        try await Testbed.serve(surroundings: Self.surroundings { _ in [] }) { _ in
            .answer(404)
        } _: { upstream, _ in
            await Testbed.expect(.unreachable) { _ = try await upstream.open("http://files.example/f", range: nil) }
        }
        let resolver = AddressResolver(threads: .singleton, now: { .now }) { _ in
            sleep(2)
            return []
        }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        await #expect(throws: TimeLimitExceeded.self) {
            _ = try await resolver.addresses(of: "files.example", within: .milliseconds(50), on: loop)
        }
    }

    @Test("are asked of the name server once, however many want them, and again after a while")
    func lookups() async throws {
        let clock = TestClock()
        let count = Mutex(0)
        let resolver = AddressResolver(threads: .singleton, now: clock.surroundings.now) { _ in
            count.withLock { $0 += 1 }
            return [Self.near]
        }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        for expected in [1, 2] {
            await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        _ = try await resolver.addresses(of: "files.example", within: .seconds(5), on: loop)
                    }
                }
            }
            #expect(count.withLock { $0 } == expected)
            clock.advance(.seconds(30))
        }
    }

    @Test("may be many: clients that were not used lately end, their bodies do not")
    func eviction() async throws {
        let surroundings = Self.surroundings { _ in [Self.near] }
        try await TestServer.run(
            host: "127.0.0.2",
            { _ in
                [.text("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"), .wait(.milliseconds(200)), .text("cd")]
            }
        ) { files in
            try await Testbed.serve(surroundings: surroundings) { _ in
                .answer(404)
            } _: { upstream, _ in
                let first = try await upstream.open("http://first.example:\(files.port)/f", range: nil)
                for number in 0..<20 {
                    _ = try await upstream.open("http://h\(number).example:\(files.port)/f", range: nil)
                }
                #expect(String(buffer: try await first.bytes()) == "abcd")
            }
        }
    }
}
