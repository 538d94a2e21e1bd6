import AWSRequests
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import PackagingStandards
import Registry
import Synchronization

/// Sends operations to a store: signed, within time limits, and again if that may help.
final class S3Client: Sendable {
    /// The most attempts of an operation.
    static let mostAttempts = 6
    /// The first pause is up to this, and each next one up to twice as long.
    private static let firstPause: Double = 0.1
    private static let longestPause: Double = 5
    private static let largestError = 64 << 10

    let settings: S3Settings
    let address: S3Address
    let signer: RequestSigner
    let credentials: CredentialKeeper
    let clock: WallClock
    private let http: HTTPClient
    private let threads: NIOThreadPool

    init(
        _ settings: S3Settings, region: String, credentials: CredentialKeeper, http: HTTPClient,
        threads: NIOThreadPool, clock: WallClock
    ) {
        self.settings = settings
        address = S3Address(settings, region: region)
        signer = RequestSigner(region: region)
        self.credentials = credentials
        self.http = http
        self.threads = threads
        self.clock = clock
    }

    /// Sends an operation and reads its answer.
    ///
    /// - Parameters:
    ///   - operation: What to send.
    ///   - read: Reads the answer; it is called again for another attempt if it fails.
    /// - Returns: What `read` returns.
    /// - Throws: `S3Failure` for a status that is not accepted, `CancellationError`, and the connection's error, each after
    ///   as many attempts as may help. An error of the file that is sent ends it at once.
    func perform<Value: Sendable>(
        _ operation: S3Operation, _ read: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let started = ContinuousClock.now
        let end = operation.wholeTime.map { started + $0 }
        var hasReplaced = false
        var attempt = 1
        while true {
            let keys = try await credentials.credentials()
            let fault = SpooledBlocks.Fault()
            do {
                return try await read(send(operation, keys, fault, before: end))
            } catch let failure as S3Failure where failure.refusesCredentials && !hasReplaced {
                hasReplaced = true
                guard try await credentials.replace(keys) != keys else { throw failure }
                continue
            } catch {
                if let found = fault.found { throw UnreadableFile(cause: found) }
                guard !Task.isCancelled else { throw CancellationError() }
                let isOver =
                    attempt >= Self.mostAttempts || ContinuousClock.now - started > settings.timeout
                    || end.map { .now >= $0 } == true
                guard Self.mayPass(error), !isOver else { throw error }
                try await Task.sleep(for: .seconds(Self.pause(after: attempt)))
                attempt += 1
            }
        }
    }

    /// Sends an operation whose answer says nothing more; returns its status and fields.
    @discardableResult
    func perform(_ operation: S3Operation) async throws -> (status: Int, headers: HTTPHeaders) {
        try await perform(operation) { response in
            _ = try await response.body.collect(upTo: Self.largestError)
            return (Int(response.status.code), response.headers)
        }
    }

    /// Returns the address at which anyone may send a GET for an object.
    func signedLink(to path: String, goodFor seconds: Int64, at moment: Timestamp) async throws -> String {
        let request = SignableRequest(method: "GET", host: address.host, path: path)
        let query = signer.signedQuery(
            for: request, goodFor: seconds, credentials: try await credentials.credentials(), at: moment)
        return address.url(path, query: query)
    }

    private func send(
        _ operation: S3Operation, _ keys: AWSCredentials, _ fault: SpooledBlocks.Fault,
        before end: ContinuousClock.Instant?
    ) async throws -> HTTPClientResponse {
        let signable = SignableRequest(
            method: operation.method.rawValue, host: address.host, path: operation.path, query: operation.query,
            headers: operation.headers)
        let added = signer.headers(
            for: signable, payloadHash: operation.body.payloadHash, credentials: keys, at: clock.now())
        var request = HTTPClientRequest(url: address.url(operation.path, query: signable.canonicalQuery))
        request.method = operation.method
        request.headers.add(name: "Host", value: address.host)
        request.headers.add(name: "User-Agent", value: "cellar")
        for (name, value) in operation.headers + added { request.headers.add(name: name, value: value) }
        switch operation.body {
        case .none: break
        case .bytes(let bytes, _): request.body = .bytes(bytes)
        case .file(let file, let range, _):
            request.body = .stream(
                SpooledBlocks(file: file, range: range, threads: threads, fault: fault),
                length: .known(Int64(range.count)))
        }
        // The time for the bytes themselves, on the slowest of lines: pauses are what `timeout` bounds.
        var limit = settings.timeout + .seconds(operation.body.size / (16 << 10))
        if let end { limit = min(limit, ContinuousClock.now.duration(to: end)) }
        guard limit > .zero else { throw HTTPClientError.deadlineExceeded }
        let response = try await http.execute(request, timeout: .nanoseconds(limit.inMicroseconds * 1000))
        let status = Int(response.status.code)
        guard operation.accepted.contains(status) else {
            let body = (try? await response.body.collect(upTo: Self.largestError)) ?? ByteBuffer()
            throw S3Failure(status: status, headers: response.headers, body: body, purpose: operation.purpose)
        }
        return response
    }

    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let failure as S3Failure: failure.mayPass
        case is RegistryError, is UnreadableFile, is CancellationError, is NIOTooManyBytesError: false
        case let error as HTTPClientError: error != .alreadyShutdown && error != .cancelled
        // Of the connection.
        default: true
        }
    }

    private static func pause(after attempt: Int) -> Double {
        let longest = min(firstPause * Double(1 << (attempt - 1)), longestPause)
        return Double.random(in: 0...longest)
    }
}

/// The file that was to be sent could not be read.
struct UnreadableFile: Error, CustomStringConvertible {
    let cause: any Error
    var description: String { "the spooled file could not be read: \(cause)" }
}

extension RegistryError {
    /// Makes the error for people and programs from whatever an operation has thrown.
    init(ofStore error: any Error) {
        switch error {
        case let error as RegistryError: self = error
        case let failure as S3Failure: self = failure.registryError
        case is UnreadableFile:
            self.init(.internal, "The spooled file could not be read to its end.", cause: error)
        case is NIOTooManyBytesError:
            self.init(.internal, "Something in the server's storage is larger than it can be.", cause: error)
        default:
            self.init(
                .unavailable, "The server's object store does not answer; try again in a few seconds.", cause: error)
        }
    }
}
