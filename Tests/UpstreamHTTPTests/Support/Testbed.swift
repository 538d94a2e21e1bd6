import Logging
import NIOCore
import NIOPosix
import PackagingStandards
import Registry
import Synchronization
import Testing

@testable import UpstreamHTTP

/// An upstream and what it takes from the world around it.
enum Testbed {
    /// Settings under which nothing is tried again; with times that a busy machine keeps.
    static func settings(_ url: String) -> HTTPUpstreamSettings {
        HTTPUpstreamSettings(
            id: "test", url: url, connectTimeout: .seconds(20), responseTimeout: .seconds(20),
            idleTimeout: .seconds(20), retries: 0, maxPageSize: 64 * 1024, maxPageFiles: 100)
    }

    /// Opens an upstream while the work runs.
    @discardableResult
    static func with<Value: Sendable>(
        _ settings: HTTPUpstreamSettings, environment: [String: String] = [:],
        surroundings: UpstreamSurroundings = UpstreamSurroundings(), metrics: UpstreamMetrics = UpstreamMetrics(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ work: @Sendable (HTTPUpstream) async throws -> Value
    ) async throws -> Value {
        let upstream = try await HTTPUpstream.open(
            settings, environment: environment, threads: .singleton, metrics: metrics, logger: logger,
            surroundings: surroundings)
        do {
            let value = try await work(upstream)
            await upstream.shutdown()
            return value
        } catch {
            await upstream.shutdown()
            throw error
        }
    }

    /// A server and an upstream below its `/simple/`.
    @discardableResult
    static func serve<Value: Sendable>(
        tls: Bool = false, surroundings: UpstreamSurroundings = UpstreamSurroundings(),
        settings change: @Sendable (inout HTTPUpstreamSettings) -> Void,
        _ answering: @escaping TestServer.Answering,
        _ work: @Sendable (HTTPUpstream, TestServer) async throws -> Value
    ) async throws -> Value {
        try await TestServer.run(tls: tls, answering) { server in
            var settings = settings(server.url + "/simple/")
            change(&settings)
            return try await with(settings, surroundings: surroundings) { try await work($0, server) }
        }
    }

    /// A server and an upstream below its `/simple/`, with the settings as they are.
    @discardableResult
    static func serve<Value: Sendable>(
        tls: Bool = false, surroundings: UpstreamSurroundings = UpstreamSurroundings(),
        _ answering: @escaping TestServer.Answering,
        _ work: @Sendable (HTTPUpstream, TestServer) async throws -> Value
    ) async throws -> Value {
        try await serve(tls: tls, surroundings: surroundings, settings: { _ in }, answering, work)
    }

    static func name(_ text: String) throws -> NormalizedName {
        try #require(NormalizedName(text))
    }

    /// The page of `alpha`.
    static func page(_ upstream: HTTPUpstream) async throws -> SimpleProjectPage {
        let answer = try await upstream.page(of: name("alpha"), known: nil)
        guard case .page(let page, _) = answer else { throw UnexpectedAnswer(answer: "\(answer)") }
        return page
    }

    struct UnexpectedAnswer: Error {
        let answer: String
    }

    /// Expects an `UpstreamError`, and returns it.
    @discardableResult
    static func expect(
        _ reason: UpstreamError.Reason, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        from work: () async throws -> Void
    ) async -> UpstreamError? {
        let error = await #expect(throws: UpstreamError.self, comment, sourceLocation: sourceLocation) {
            try await work()
        }
        #expect(error?.reason == reason, comment, sourceLocation: sourceLocation)
        return error
    }
}

/// A clock that moves only if a test sets it, or if somebody sleeps by it.
final class TestClock: Sendable {
    private let start = ContinuousClock.now
    private let passed = Mutex(Duration.zero)
    private let pauses = Mutex<[Duration]>([])

    func advance(_ time: Duration) {
        passed.withLock { $0 += time }
    }

    /// The times of all sleeps.
    var slept: [Duration] { pauses.withLock { $0 } }

    var surroundings: UpstreamSurroundings {
        var surroundings = UpstreamSurroundings()
        surroundings.now = { self.start + self.passed.withLock { $0 } }
        surroundings.date = { Timestamp(microseconds: 1_800_000_000_000_000) }
        surroundings.random = { 0 }
        surroundings.sleep = { time in
            self.pauses.withLock { $0.append(time) }
            self.advance(time)
        }
        return surroundings
    }
}
