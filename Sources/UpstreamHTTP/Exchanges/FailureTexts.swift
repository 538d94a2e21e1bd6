import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import PackagingStandards
import Registry

/// Translates errors of the HTTP client.
struct FailureTexts: Sendable {
    let upstream: String
    let connectTimeout: Duration
    let responseTimeout: Duration
    let idleTimeout: Duration

    /// Returns what an error before the head of an answer means: `ExchangeFailure` or `CancellationError`.
    func beforeHead(_ error: any Error, of address: WebAddress) -> any Error {
        let origin = address.origin
        switch error {
        case is CancellationError: return CancellationError()
        case let error as ExchangeFailure: return error
        case let error as HTTPClientError: return ofClient(error, address)
        case HTTPParserError.headerOverflow:
            return final(.malformed, "The head of the answer from \(origin) is too large.", error)
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection: break
        case is HTTPParserError: return final(.malformed, "\(origin) did not answer in HTTP.", error)
        case is NIOSSLExtraError: return untrusted(origin, error)
        case is NIOSSLError, is BoringSSLError:
            if "\(error)".contains("CERTIFICATE_VERIFY_FAILED") { return untrusted(origin, error) }
        default: break
        }
        return brokenOff(origin, error)
    }

    private func ofClient(_ error: HTTPClientError, _ address: WebAddress) -> any Error {
        let origin = address.origin
        switch error {
        case .cancelled: return CancellationError()
        case .deadlineExceeded, .readTimeout:
            return unreachable("\(origin) did not answer within \(responseTimeout.inSeconds) s.", error)
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
            return unreachable("\(origin) could not be connected to within \(connectTimeout.inSeconds) s.", error)
        case .proxyAuthenticationRequired:
            return final(.refused, "The proxy does not take its user name and password (407).", error)
        case .invalidProxyResponse: return unreachable("The proxy opened no tunnel (CONNECT) to \(origin).", error)
        case .alreadyShutdown: return final(.unreachable, "The server is shutting down.", error)
        case .invalidURL: return final(.failed, "\(address.redacted) is no address.", error)
        default: return brokenOff(origin, error)
        }
    }

    private func brokenOff(_ origin: WebAddress.Origin, _ error: any Error) -> ExchangeFailure {
        unreachable("\(origin) cannot be reached, or broke off before it answered.", error)
    }

    private func untrusted(_ origin: WebAddress.Origin, _ error: any Error) -> ExchangeFailure {
        final(
            .unreachable,
            "The certificate of \(origin) is not trusted. If its authority is your own, name the authority's PEM file in "
                + "authorities_file of [upstream.\(upstream)].", error)
    }

    /// Returns what an error within a body means: `UpstreamError` or `CancellationError`.
    func withinBody(_ error: any Error, of address: WebAddress) -> any Error {
        switch error {
        case is CancellationError: return CancellationError()
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case is TimeLimitExceeded:
            let message = "\(address.redacted) fell silent for \(idleTimeout.inSeconds) s within its body."
            return UpstreamError(upstream: upstream, .unreachable, message)
        default: return truncated(address, cause: error)
        }
    }

    /// Returns the error for a body whose length differs from the stated one.
    func truncated(_ address: WebAddress, cause: (any Error)? = nil) -> UpstreamError {
        UpstreamError(
            upstream: upstream, .truncated, "The body of \(address.redacted) did not come whole.", cause: cause)
    }

    private func unreachable(_ message: String, _ cause: any Error) -> ExchangeFailure {
        ExchangeFailure(UpstreamError(upstream: upstream, .unreachable, message, cause: cause), mayPass: true)
    }

    private func final(_ reason: UpstreamError.Reason, _ message: String, _ cause: any Error) -> ExchangeFailure {
        ExchangeFailure(UpstreamError(upstream: upstream, reason, message, cause: cause), mayPass: false)
    }
}
