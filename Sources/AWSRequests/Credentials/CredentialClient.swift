import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

/// Asks the services that give credentials: short requests, small answers, no proxy, no redirects.
struct CredentialClient: Sendable {
    /// An answer of a service.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private static let largestAnswer = 256 << 10
    let client: HTTPClient

    func ask(
        _ url: String, method: HTTPMethod = .GET, headers: [(String, String)] = [], body: String? = nil,
        within limit: TimeAmount
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "User-Agent", value: "cellar")
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: limit)
        let bytes = try await response.body.collect(upTo: Self.largestAnswer)
        return Answer(status: Int(response.status.code), body: Array(buffer: bytes))
    }
}

/// Keys as containers and instances answer with.
struct KeyDocument: Decodable {
    let accessKeyID: String
    let secretAccessKey: String
    let token: String?
    let expiration: String?

    private enum CodingKeys: String, CodingKey {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
    }

    /// Returns the credentials of an answer. Throws `.unavailable` for any other answer.
    static func credentials(in answer: CredentialClient.Answer, of place: String) throws -> AWSCredentials {
        guard answer.status == 200, let document = try? JSONDecoder().decode(KeyDocument.self, from: Data(answer.body))
        else {
            throw RegistryError(.unavailable, "\(place) gives no credentials: it answers with \(answer.status).")
        }
        return AWSCredentials(
            accessKey: document.accessKeyID, secretKey: document.secretAccessKey, sessionToken: document.token,
            expiration: document.expiration.flatMap { Timestamp(iso8601: $0) })
    }
}
