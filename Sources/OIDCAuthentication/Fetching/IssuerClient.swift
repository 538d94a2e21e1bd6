import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PackagingStandards
import Registry

/// Asks one issuer: for its discovery document (OpenID Connect Discovery 1.0 §4), and what that names.
///
/// Nothing but hosts that the configuration names is connected to: the issuer's own and `otherHosts`. Redirects are not
/// followed. Time and sizes are bounded.
final class IssuerClient: Sendable {
    /// How long discovery and keys may take together.
    static let timeLimit = Duration.seconds(5)
    /// The most bytes of the discovery document.
    static let largestDiscovery = 64 << 10
    /// The most bytes of any other answer than the keys.
    private static let largestAnswer = 256 << 10

    private let place: IssuerPlace
    private let client: HTTPClient

    /// Makes a client; nothing is connected to yet. It must be shut down.
    init(_ place: IssuerPlace) {
        self.place = place
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: place.tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(3), read: .seconds(3)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }

    /// Ends all connections. The client cannot be used afterwards.
    func shutdown() async {
        try? await client.shutdown()
    }

    /// Fetches the keys.
    func keys() async throws(IssuerFailure) -> KeySet {
        try await bounded {
            try await KeySet(
                try await self.get(try self.checked(try await self.discover().keys, "jwks_uri"), limit: KeySet.largest))
        }
    }

    /// Fetches the discovery document.
    func discovery() async throws(IssuerFailure) -> Discovery {
        try await bounded { try await self.discover() }
    }

    /// Sends a form.
    ///
    /// - Parameters:
    ///   - fields: The fields of the form.
    ///   - address: An address that the discovery document names.
    ///   - name: Its name there.
    ///   - authorization: The value of the `Authorization` header; nil for none.
    /// - Returns: The status and the body of the answer.
    /// - Throws: Why there is none.
    func send(
        _ fields: [(name: String, value: String)], to address: String, _ name: String, authorization: String?
    ) async throws(IssuerFailure) -> (status: Int, body: [UInt8]) {
        try await bounded {
            var request = HTTPClientRequest(url: try self.checked(address, name))
            request.method = .POST
            request.headers = [
                "Accept": "application/json", "User-Agent": "cellar",
                "Content-Type": "application/x-www-form-urlencoded",
            ]
            if let authorization { request.headers.add(name: "Authorization", value: authorization) }
            let form = fields.map { "\(FormText.encode($0.name))=\(FormText.encode($0.value))" }.joined(separator: "&")
            request.body = .bytes(Array(form.utf8), length: .known(Int64(form.utf8.count)))
            return try await self.answer(to: request, limit: Self.largestAnswer)
        }
    }

    /// Returns what an address that the discovery document names says to the holder of an access token (RFC 6750).
    func read(_ address: String, _ name: String, accessToken: String) async throws(IssuerFailure) -> [UInt8] {
        try await bounded {
            var request = HTTPClientRequest(url: try self.checked(address, name))
            request.headers = [
                "Accept": "application/json", "User-Agent": "cellar", "Authorization": "Bearer \(accessToken)",
            ]
            let (status, body) = try await self.answer(to: request, limit: Self.largestAnswer)
            guard status == 200 else { throw IssuerFailure("its \(name) answered with the status \(status)") }
            return body
        }
    }

    private func bounded<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws(IssuerFailure) -> Value {
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask { try await work() }
                group.addTask {
                    try await Task.sleep(for: Self.timeLimit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let value = try await group.next() ?? nil else {
                    throw IssuerFailure("it took longer than \(Self.timeLimit.components.seconds) seconds")
                }
                return value
            }
        } catch let error as IssuerFailure {
            throw error
        } catch {
            throw IssuerFailure("\(place.base.origin) cannot be asked: \(error)")
        }
    }

    private func discover() async throws -> Discovery {
        let address = place.discovery
        let document = try await get(address, limit: Self.largestDiscovery)
        guard let discovery = try? JSONDecoder().decode(Discovery.self, from: Data(document)) else {
            throw IssuerFailure("\(address) is no discovery document: it must be JSON with issuer and jwks_uri")
        }
        guard discovery.issuer.utf8.elementsEqual(place.url.utf8) else {
            throw IssuerFailure(
                "\(address) says that the issuer is \(ShownText.quoted(discovery.issuer)): write this as its url")
        }
        return discovery
    }

    /// Returns an address that the document names, if it may be asked.
    private func checked(_ text: String, _ name: String) throws -> String {
        guard text.utf8.count <= 2048, let address = WebAddress(text) else {
            throw IssuerFailure("its \(name) is no http or https address")
        }
        guard address.origin.scheme == .https || place.base.origin.scheme == .http else {
            throw IssuerFailure("its \(name) is not encrypted (http)")
        }
        guard place.hosts.contains(address.host) else {
            throw IssuerFailure(
                "its \(name) is on another host: if that is meant, write \"\(address.host)\" into \(place.hostsKey)")
        }
        return address.description
    }

    private func get(_ address: String, limit: Int) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.headers = ["Accept": "application/json", "User-Agent": "cellar"]
        let (status, body) = try await answer(to: request, limit: limit)
        guard status == 200 else { throw IssuerFailure("\(address) answered with the status \(status)") }
        return body
    }

    private func answer(to request: HTTPClientRequest, limit: Int) async throws -> (status: Int, body: [UInt8]) {
        let response = try await client.execute(request, timeout: .seconds(5))
        do {
            return (
                Int(response.status.code), Array(try await response.body.collect(upTo: limit).readableBytesView)
            )
        } catch is NIOTooManyBytesError {
            throw IssuerFailure("\(request.url) is larger than \(limit) bytes")
        }
    }
}

/// Where an issuer is, and whom it is trusted to be by: its settings, checked.
struct IssuerPlace: Sendable {
    let url: String
    let base: WebAddress
    /// The hosts that may be asked.
    let hosts: Set<String>
    /// The setting that names other hosts than the issuer's own.
    let hostsKey: String
    let tls: TLSConfiguration

    /// The address of the discovery document (OpenID Connect Discovery 1.0 §4).
    var discovery: String {
        (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/.well-known/openid-configuration"
    }

    /// Reads the file of authorities, which blocks. Throws `InvalidIssuerSettings`.
    init(_ settings: IssuerSettings) throws(InvalidIssuerSettings) {
        url = settings.issuer.url
        hostsKey = settings.hostsKey
        guard let base = WebAddress(settings.issuer.url) else {
            throw InvalidIssuerSettings(settings, "url", "the address must be like https://gitlab.example.com")
        }
        self.base = base
        hosts = settings.otherHosts.union([base.host])
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let file = settings.authoritiesFile {
            do {
                tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
            } catch {
                throw InvalidIssuerSettings(
                    settings, "authorities_file", "\(file) cannot be read as a PEM file of certificates: \(error)")
            }
        }
        self.tls = tls
    }
}
