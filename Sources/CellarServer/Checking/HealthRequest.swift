import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The request that asks a server whether it is ready (`GET /health/ready`).
struct HealthRequest {
    /// How long it waits for the answer, from the first connection on.
    static let limit = TimeAmount.seconds(4)

    /// The address of the server, without a `/` at its end.
    let server: String
    /// Whether a certificate must be valid for the address. This machine's own server is asked by an address that its
    /// certificate does not name.
    let verifiesCertificate: Bool

    /// Returns why the server is not ready, or nil if it is.
    func problem() async -> String? {
        var tls = TLSConfiguration.makeClientConfiguration()
        if !verifiesCertificate { tls.certificateVerification = .none }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: Self.limit),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        // A refused connection is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let problem: String?
        do {
            problem = try await self.problem(through: client)
        } catch {
            problem = Self.explain(error)
        }
        try? await client.shutdown()
        return problem
    }

    private func problem(through client: HTTPClient) async throws -> String? {
        var request = HTTPClientRequest(url: server + "/health/ready")
        request.headers.add(name: "User-Agent", value: "cellar health")
        let response = try await client.execute(request, timeout: Self.limit)
        let text = try await String(buffer: response.body.collect(upTo: 4 << 10))
        switch response.status {
        case .ok where text == "ok\n": return nil
        case .serviceUnavailable where text.hasPrefix("not ready: "): return LogLine.withoutControls(text.trimmingEnd)
        default: return "it answers \(response.status.code), as no Cellar does"
        }
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError
        where [.deadlineExceeded, .connectTimeout, .readTimeout, .tlsHandshakeTimeout].contains(error):
            return "it does not answer within \(limit.nanoseconds / 1_000_000_000) s"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            if let tried = error.connectionErrors.first { return explain(tried.error) }
            return "\(LogLine.withoutControls(error.host)) cannot be resolved"
        case is NIOTooManyBytesError: return "it answers with more than Cellar does"
        default: return LogLine.withoutControls("\(error)")
        }
    }
}

extension String {
    /// The text without line feeds at its end.
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.hasSuffix("\n") { text.removeLast() }
        return String(text)
    }
}
