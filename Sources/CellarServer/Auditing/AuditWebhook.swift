import AsyncHTTPClient
import Crypto
import FoundationEssentials
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import ServerConfiguration

/// Posts the lines of the audit to a webhook, signed as Standard Webhooks 1.0 says
/// (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and `webhook-signature`, an HMAC-SHA256 of the
/// three parts of the message.
///
/// A batch comes again until the receiver answers with 2xx. A line has the same `id` each time.
final class AuditWebhook: AuditReceiver {
    let name = "webhook"
    private let webhook: AuditSettings.Webhook
    private let client: HTTPClient
    private let clock: WallClock

    /// Makes a receiver; shut it down.
    init(_ webhook: AuditSettings.Webhook, clock: WallClock = .system) {
        self.webhook = webhook
        self.clock = clock
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(
                redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)), decompression: .disabled))
    }

    func take(_ lines: [AuditLine]) async throws {
        guard let first = lines.first, let last = lines.last else { return }
        var body = ByteBuffer()
        JSONWriter.write(into: &body) { json in
            json.object { json in
                json.member("type", "cellar.audit")
                json.key("lines")
                json.array { json in
                    for line in lines { line.write(into: &json) }
                }
            }
        }
        let message = SignedMessage(
            id: "audit-\(first.id)-\(last.id)", seconds: clock.now().microseconds / 1_000_000, body: body,
            key: webhook.key)
        var request = HTTPClientRequest(url: webhook.address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "cellar")
        for (name, value) in message.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(body)
        let response = try await client.execute(request, timeout: .seconds(15))
        // The body is not read: a receiver that never ends it would hold up all lines after these.
        guard (200..<300).contains(response.status.code) else {
            throw RegistryError(.unavailable, "The webhook of the audit answers \(response.status.code).")
        }
    }

    /// Ends the connections.
    func shutdown() async {
        try? await client.shutdown()
    }
}

/// A message of a webhook with its signature.
struct SignedMessage {
    let id: String
    let seconds: Int64
    let body: ByteBuffer
    let key: [UInt8]

    var headers: [(name: String, value: String)] {
        [("webhook-id", id), ("webhook-timestamp", "\(seconds)"), ("webhook-signature", "v1,\(signature)")]
    }

    /// The code in Base64.
    private var signature: String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: Array("\(id).\(seconds).".utf8))
        code.update(data: body.readableBytesView)
        return Data(code.finalize()).base64EncodedString()
    }
}
