import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

/// A request to an address, and then to where it redirects.
struct ExchangeRequest: Sendable {
    var method = HTTPMethod.GET
    let address: WebAddress
    var headers: [(name: String, value: String)]
    /// Returns whether a redirect to an origin is followed; otherwise it is the answer.
    var follows: @Sendable (WebAddress.Origin) -> Bool = { _ in true }
}

/// The head of an answer, with a body that is not read yet.
struct ExchangeResponse: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: ResponseBody
    /// The address that answered, after all redirects.
    let address: WebAddress
    /// Tells the circuit breaker of the host how the request ended; settled already for 404 and the like.
    let ticket: Breakers.Ticket
}

/// Asks an upstream over HTTP, with redirects, retries and rests, until it gives an answer with a meaning.
struct Exchange: Sendable {
    /// The most redirects that are followed for one request.
    static let maxRedirects = 5
    /// The longest `Retry-After` for which a request waits.
    static let longestPause = Duration.seconds(5)

    let upstream: String
    /// The origin of the configured address, which alone gets the credentials.
    let origin: WebAddress.Origin
    /// The value of `Authorization`, or nil for none.
    let authorization: String?
    let retries: Int
    let responseDeadline: TimeAmount
    let pool: ClientPool
    let destinations: Destinations
    let breakers: Breakers
    let texts: FailureTexts
    let group: any EventLoopGroup
    let surroundings: UpstreamSurroundings
    let countBytes: @Sendable (Int) -> Void

    /// Returns the answer to a request: any status below 500 except 429, or 501; a redirect if the request does not follow
    /// it. Throws `UpstreamError` or `CancellationError`.
    func answer(to request: ExchangeRequest) async throws -> ExchangeResponse {
        var attempt = 0
        var last: UpstreamError?
        while true {
            do {
                return try await follow(request)
            } catch let resting as Breakers.Resting {
                // The failure that made it rest says more.
                throw last ?? restingError(resting)
            } catch let failure as ExchangeFailure {
                guard failure.mayPass, attempt < retries else { throw failure.error }
                let pause = failure.wish ?? backoff(attempt)
                guard pause <= Self.longestPause else { throw failure.error }
                last = failure.error
                attempt += 1
                try await surroundings.sleep(pause)
            }
        }
    }

    /// Returns how long to wait: a random part of 0.2 s, 0.4 s, 0.8 s…, so that many do not come back at once.
    private func backoff(_ attempt: Int) -> Duration {
        let longest = Duration.milliseconds(200) * (1 << min(attempt, 4))
        return longest * (0.25 + 0.75 * surroundings.random())
    }

    // MARK: Redirects

    private func follow(_ request: ExchangeRequest) async throws -> ExchangeResponse {
        var address = request.address
        var seen: Set<WebAddress> = [address]
        while true {
            let response = try await ask(address, request)
            guard [301, 302, 303, 307, 308].contains(response.status) else { return try await checked(response) }
            response.ticket.settle(.answered)
            await response.body.discard()
            guard let location = response.headers.first(name: "Location"), let next = address.resolving(location) else {
                throw failed("\(address.redacted) redirects (\(response.status)) without saying where to.")
            }
            guard request.follows(next.origin) else { return response }
            guard seen.insert(next).inserted else {
                throw failed("\(request.address.redacted) redirects in a circle, by \(next.redacted).")
            }
            guard seen.count <= Self.maxRedirects + 1 else {
                throw failed("\(request.address.redacted) redirects more than \(Self.maxRedirects) times.")
            }
            address = next
        }
    }

    /// Returns an answer that has a meaning; throws `ExchangeFailure` for any other.
    private func checked(_ response: ExchangeResponse) async throws -> ExchangeResponse {
        let status = response.status
        guard status >= 500 && status != 501 || status == 429 else { return response }
        let wish = RetryAfter.read(response.headers.first(name: "Retry-After"), at: surroundings.date())
        let isWish = status == 429 || status == 503 && wish != nil
        if let wish, isWish, wish > Self.longestPause {
            response.ticket.settle(.wished(wish))
        } else {
            response.ticket.settle(.failed)
        }
        await response.body.discard()
        let place = response.address.redacted
        let message = isWish ? "\(place) asks to be left alone (\(status))." : "\(place) failed (\(status))."
        throw ExchangeFailure(
            UpstreamError(
                upstream: upstream, isWish ? .busy : .failed, message, retryAfter: isWish ? wish?.wholeSeconds : nil),
            mayPass: [429, 502, 503, 504].contains(status), wish: isWish ? wish : nil)
    }

    // MARK: One request

    /// Sends a request to one address, by the first route that works.
    private func ask(_ address: WebAddress, _ request: ExchangeRequest) async throws -> ExchangeResponse {
        let eventLoop = group.any()
        // Before the lookup: a host that rests is not looked up either.
        let ticket = try breakers.admit(address.origin)
        do {
            let routes = try await destinations.routes(to: address, pool: pool, on: eventLoop)
            var failure: any Error = CancellationError()
            for route in routes {
                do {
                    return try await send(request, to: address, by: route, ticket: ticket, on: eventLoop)
                } catch {
                    failure = texts.beforeHead(error, of: address)
                    guard let failure = failure as? ExchangeFailure, failure.mayPass else { break }
                }
            }
            throw failure
        } catch let failure as ExchangeFailure {
            ticket.settle(failure.error.reason == .unreachable ? .failed : .abandoned)
            throw failure
        }
    }

    private func send(
        _ request: ExchangeRequest, to address: WebAddress, by route: Route, ticket: Breakers.Ticket,
        on eventLoop: any EventLoop
    ) async throws -> ExchangeResponse {
        guard let client = pool.client(for: route) else { throw HTTPClientError.alreadyShutdown }
        guard let lease = client.lease() else { throw tooManyRequests(address.origin) }
        var sent = HTTPClientRequest(url: address.description)
        sent.method = request.method
        for (name, value) in request.headers { sent.headers.add(name: name, value: value) }
        sent.headers.add(name: "User-Agent", value: "cellar")
        if let authorization, address.origin == origin {
            sent.headers.add(name: "Authorization", value: authorization)
        }
        let response = try await client.client.execute(sent, deadline: .now() + responseDeadline)
        let length = response.headers.first(name: "Content-Length").flatMap { Int64($0) }
        let body = ResponseBody(
            response.body, length: length, address: address, lease: lease, texts: texts, eventLoop: eventLoop,
            count: countBytes)
        let status = Int(response.status.code)
        // These show that the host works, whatever happens in the body; for pages the reader of the body decides.
        if (300..<500).contains(status), status != 429 { ticket.settle(.answered) }
        return ExchangeResponse(
            status: status, headers: response.headers, body: body, address: address, ticket: ticket)
    }

    // MARK: Errors

    private func failed(_ message: String) -> ExchangeFailure {
        ExchangeFailure(UpstreamError(upstream: upstream, .failed, message), mayPass: false)
    }

    /// Makes a failure that says nothing about the host.
    private func tooManyRequests(_ origin: WebAddress.Origin) -> ExchangeFailure {
        ExchangeFailure(
            UpstreamError(
                upstream: upstream, .busy,
                "This server has \(pool.maxConnections) requests to \(origin) under way, the most that it makes.",
                retryAfter: 1), mayPass: false)
    }

    private func restingError(_ resting: Breakers.Resting) -> UpstreamError {
        UpstreamError(
            upstream: upstream, .resting, "\(resting.origin) failed so often lately that it is not asked for now.",
            retryAfter: max(1, resting.time.wholeSeconds))
    }
}

/// What the client of an upstream takes from its surroundings; tests give their own.
struct UpstreamSurroundings: Sendable {
    /// A clock that only goes forward.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    /// The time of day.
    var date: @Sendable () -> Timestamp = { .now() }
    /// Returns a number from 0 up to 1.
    var random: @Sendable () -> Double = { .random(in: 0..<1) }
    /// Waits between attempts.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// Returns the addresses of a host; may block.
    var lookUp: @Sendable (String) throws -> [IPAddress] = AddressLookup.addresses
    /// Returns whether links and redirects may not lead to an address.
    var isForbidden: @Sendable (IPAddress) -> Bool = \.isForbidden
    /// The longest time for a page, from head to end.
    var pageLimit = Duration.seconds(300)
    /// The most requests that are under way by one route. Pages, core metadata and whole files are far fewer; the rest
    /// are parts of files, one for each of our own clients that asks for one.
    var maxConnections = 512
}
