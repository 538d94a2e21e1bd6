import AsyncHTTPClient
package import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import PackagingStandards
package import Registry
import Synchronization

/// A service of an organisation that recognises people by user name and password: one POST, one answer.
///
/// 200 with a JSON object says who it is, 401 and 403 that it is nobody. Anything else is no answer, and lets nobody in:
/// another status, a redirect, a body that is too large or no such object, or none in time.
package final class OutsideService: OutsidePeople {
    private struct State {
        var pending = 0
        /// Whether the log says already that the service does not answer.
        var isFailing = false
    }

    private static let mostPending = 64
    private static let mostConnections = 8
    private static let largestAnswer = 256 << 10

    package let provider = OutsideProvider.authenticator
    private let settings: OutsideServiceSettings
    private let client: HTTPClient
    private let state = Mutex(State())
    private let logger: Logger

    /// Makes a client; nothing is connected yet. Shut it down in the end. Blocks while it reads the file of authorities.
    ///
    /// - Parameters:
    ///   - settings: Where the service is.
    ///   - logger: Where it is noted that the service does not answer, and that it answers again.
    /// - Throws: `RegistryError` `.invalidRequest` if the file of authorities cannot be used.
    package init(_ settings: OutsideServiceSettings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let file = settings.authoritiesFile {
            do {
                tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
            } catch {
                throw RegistryError(
                    .invalidRequest, "authenticator.ca_file cannot be read as a PEM file of certificates.", cause: error
                )
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(settings.timeout.inMicroseconds * 1000)), decompression: .disabled)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.mostConnections
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends the connections.
    package func shutdown() async {
        try? await client.shutdown()
    }

    package func verify(user: String, password: String) async throws -> OutsideAnswer {
        guard !password.isEmpty else { return .wrongPassword }
        try admit()
        defer { state.withLock { $0.pending -= 1 } }
        let answer: OutsideAnswer
        do {
            answer = try await withThrowingTaskGroup(of: OutsideAnswer.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await self.ask(user, password) }
                group.addTask {
                    try await Task.sleep(for: self.settings.timeout)
                    throw Failure(text: "there was no answer in time")
                }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        } catch {
            noteFailure(error)
            throw RegistryError(
                .unavailable, "The service that knows the users does not answer. Try again in a few seconds.",
                cause: error)
        }
        noteSuccess()
        return answer
    }

    /// Asks about somebody whom nobody is, to see whether the service answers. Throws what is wrong, for the operator.
    package func check() async throws {
        do {
            guard case .unknownUser = try await ask("cellar-check", "cellar-check") else {
                throw Failure(text: "it recognises the user cellar-check with the password cellar-check")
            }
        } catch {
            throw RegistryError(.unavailable, "It does not work: \(Self.describe(error)).")
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    private func ask(_ user: String, _ password: String) async throws -> OutsideAnswer {
        var body = ByteBuffer()
        JSONWriter.write(into: &body) { json in
            json.object { json in
                json.member("user", user)
                json.member("password", password)
            }
        }
        var request = HTTPClientRequest(url: settings.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "cellar")
        if let secret = settings.secret { request.headers.add(name: "Authorization", value: "Bearer \(secret)") }
        request.body = .bytes(body)
        let response = try await client.execute(
            request, timeout: .nanoseconds(settings.timeout.inMicroseconds * 1000))
        switch response.status.code {
        case 200: break
        // Not whether there is nobody of the name, or the password is wrong.
        case 401, 403: return .unknownUser
        default: throw Failure(text: "it answers with the status \(response.status.code)")
        }
        let bytes: ByteBuffer
        do {
            bytes = try await response.body.collect(upTo: Self.largestAnswer)
        } catch is NIOTooManyBytesError {
            throw Failure(text: "its answer has more than \(Self.largestAnswer) bytes")
        }
        guard let answer = try? OutsideServiceAnswer(bytes.readableBytesView), let person = answer.person(sent: user)
        else { throw Failure(text: "its answer is no JSON object with groups, and perhaps user, subject and admin") }
        return .person(person)
    }

    private func admit() throws {
        let isAdmitted = state.withLock { state in
            guard state.pending < Self.mostPending else { return false }
            state.pending += 1
            return true
        }
        guard isAdmitted else {
            throw RegistryError(.unavailable, "Too many people are logging in at once. Try again in a few seconds.")
        }
    }

    private func noteSuccess() {
        let wasFailing = state.withLock { state in
            defer { state.isFailing = false }
            return state.isFailing
        }
        if wasFailing { logger.notice("the authenticator answers again") }
    }

    private func noteFailure(_ error: any Error) {
        let isNew = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isNew {
            logger.error(
                "the authenticator does not answer: whoever has no password here cannot log in",
                metadata: ["error": "\(Self.describe(error))"])
        }
    }

    private static func describe(_ error: any Error) -> String {
        (error as? Failure)?.text ?? "\(error)"
    }
}
