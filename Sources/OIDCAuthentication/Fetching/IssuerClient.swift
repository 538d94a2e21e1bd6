import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PackagingStandards
import Registry

/// Fetches the keys of one issuer: its discovery document (OpenID Connect Discovery 1.0 §4), and the keys that it names.
///
/// Nothing but hosts that the configuration names is connected to: the issuer's own and `keyHosts`. Redirects are not
/// followed. Time and sizes are bounded.
final class IssuerClient: Sendable {
    /// How long discovery and keys may take together.
    static let timeLimit = Duration.seconds(5)
    /// The most bytes of the discovery document.
    static let largestDiscovery = 64 << 10

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
        do {
            return try await withThrowingTaskGroup(of: KeySet?.self) { group in
                group.addTask { try await self.discoverKeys() }
                group.addTask {
                    try await Task.sleep(for: Self.timeLimit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let keys = try await group.next() ?? nil else {
                    throw IssuerFailure("it took longer than \(Self.timeLimit.components.seconds) seconds")
                }
                return keys
            }
        } catch let error as IssuerFailure {
            throw error
        } catch {
            throw IssuerFailure("\(place.base.origin) cannot be asked: \(error)")
        }
    }

    private func discoverKeys() async throws -> KeySet {
        struct Discovery: Decodable {
            let issuer: String
            let jwks_uri: String
        }
        let address = place.discovery
        let document = try await get(address, limit: Self.largestDiscovery)
        guard let discovery = try? JSONDecoder().decode(Discovery.self, from: Data(document)) else {
            throw IssuerFailure("\(address) is no discovery document: it must be JSON with issuer and jwks_uri")
        }
        guard discovery.issuer.utf8.elementsEqual(place.url.utf8) else {
            throw IssuerFailure(
                "\(address) says that the issuer is \(ShownText.quoted(discovery.issuer)): write this as its url")
        }
        return try await KeySet(try await get(try checked(discovery.jwks_uri), limit: KeySet.largest))
    }

    /// Returns the address of the keys, if it may be asked.
    private func checked(_ text: String) throws -> String {
        guard text.utf8.count <= 2048, let address = WebAddress(text) else {
            throw IssuerFailure("its jwks_uri is no http or https address")
        }
        guard address.origin.scheme == .https || place.base.origin.scheme == .http else {
            throw IssuerFailure("its jwks_uri is not encrypted (http)")
        }
        guard place.hosts.contains(address.host) else {
            throw IssuerFailure(
                "its keys are on another host: if that is meant, write \"\(address.host)\" into key_hosts")
        }
        return address.description
    }

    private func get(_ address: String, limit: Int) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.headers = ["Accept": "application/json", "User-Agent": "cellar"]
        let response = try await client.execute(request, timeout: .seconds(5))
        guard response.status == .ok else {
            throw IssuerFailure("\(address) answered with the status \(response.status.code)")
        }
        do {
            return Array(try await response.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw IssuerFailure("\(address) is larger than \(limit) bytes")
        }
    }
}

/// Where an issuer is, and whom it is trusted to be by: its settings, checked.
struct IssuerPlace: Sendable {
    let url: String
    let base: WebAddress
    /// The hosts that may be asked.
    let hosts: Set<String>
    let tls: TLSConfiguration

    /// The address of the discovery document (OpenID Connect Discovery 1.0 §4).
    var discovery: String {
        (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/.well-known/openid-configuration"
    }

    /// Reads the file of authorities, which blocks. Throws `InvalidIssuerSettings`.
    init(_ settings: IssuerSettings) throws(InvalidIssuerSettings) {
        url = settings.issuer.url
        guard let base = WebAddress(settings.issuer.url) else {
            throw InvalidIssuerSettings(
                issuer: settings.issuer.name, key: "url",
                message: "the address must be like https://gitlab.example.com")
        }
        self.base = base
        hosts = settings.keyHosts.union([base.host])
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let file = settings.authoritiesFile {
            do {
                tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
            } catch {
                throw InvalidIssuerSettings(
                    issuer: settings.issuer.name, key: "authorities_file",
                    message: "\(file) cannot be read as a PEM file of certificates: \(error)")
            }
        }
        self.tls = tls
    }
}
