import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// Trusted publishing as PyPI has it and PEP 807 describes it.
struct TrustedPublishingRoutes {
    /// The media type of PEP 807.
    static let mediaType = "application/vnd.pypi.pytp.v1+json"
    /// What tokens can do: be used for several uploads (PEP 807, feature negotiation).
    static let features = ["multi-use-token"]
    /// The most bytes that a request's body may have: an identity token, and some room.
    private static let maxBodySize = 32 << 10
    /// How long a body may take to come in.
    private static let maxBodyTime = Duration.seconds(30)

    let trading: IdentityTrading
    let request: Request
    let context: CellarRequestContext
    /// The address of the server as the client knows it, without a `/` at the end.
    let baseURL: String
    /// How long a client may send nothing of a body.
    let bodyIdleTimeout: Duration

    /// Answers the request. Throws `MethodNotAllowed` for a method that the resource does not answer, and
    /// `TrustedPublishingFailure` or `RegistryError`.
    func respond(_ resource: TrustedPublishingResource) async throws -> Response {
        switch (resource, request.method) {
        case (.audience, .get), (.audience, .head):
            let audience = try trading.audience()
            return json { $0.member("audience", audience) }
        case (.discovery, .get), (.discovery, .head): return try discover()
        case (.mint, .post): return try await mint()
        case (.burn, .post): return try await burn()
        default: throw MethodNotAllowed(allowed: resource.methods)
        }
    }

    // MARK: Tokens

    /// Clients send more than they must; what is not known is ignored.
    private struct Order: Decodable {
        let token: String
        let features: [String]?
    }

    private func mint() async throws -> Response {
        let order = try await order()
        if let other = order.features?.first(where: { !Self.features.contains($0) }) {
            throw TrustedPublishingFailure(
                .invalidPayload,
                "The feature \(ShownText.quotedInASCII(other)) is not supported: there is \(Self.features[0]).")
        }
        let issued: IssuedToken
        do {
            issued = try await trading.trade(order.token)
        } catch let error as RegistryError {
            throw TrustedPublishingFailure(error) ?? error
        }
        return json { json in
            json.key("success")
            json.boolean(true)
            json.member("token", issued.text.reveal())
            if let end = issued.record.expiresAt {
                json.key("expires")
                json.integer(end.microseconds / 1_000_000)
            }
        }
    }

    private func burn() async throws -> Response {
        try await trading.burn(try await order().token)
        return json { json in
            json.key("success")
            json.boolean(true)
        }
    }

    private func order() async throws -> Order {
        let bytes = try await request.smallBody(
            limit: Self.maxBodySize, idle: bodyIdleTimeout, longest: Self.maxBodyTime, context)
        guard let order = try? JSONDecoder().decode(Order.self, from: Data(bytes.readableBytesView)) else {
            throw TrustedPublishingFailure(.invalidPayload, "The body must be a JSON object with a text, token.")
        }
        return order
    }

    // MARK: Discovery

    /// Answers for every address to which an index could be published, whether there is the index or not: the answer is the
    /// same, and which indexes there are is nobody's business here.
    private func discover() throws -> Response {
        guard Self.accepts(request.headers[.accept]) else {
            throw RegistryError(.notAcceptable, "This address answers with \(Self.mediaType).")
        }
        let query = QueryParameters(path: request.head.path ?? "/")
        guard let path = try query.value("discover") else {
            throw RegistryError(
                .invalidRequest, "The parameter discover is missing: the path of the address to publish to (PEP 807).")
        }
        _ = try trading.audience()
        guard try isUpload(path) else { throw RegistryError(.notFound, "Nothing is published to this address.") }
        guard Self.isTrustworthy(baseURL) else {
            throw RegistryError(
                .notFound, "Trusted publishing needs https here: see base_url in docs/configuration.md.")
        }
        return json(Self.mediaType) { json in
            json.member("audience-endpoint", "\(baseURL)/_/oidc/audience")
            json.member("token-mint-endpoint", "\(baseURL)/_/oidc/mint-token")
            for name in ["features", "default-features"] {
                json.key(name)
                json.array { json in
                    for feature in Self.features { json.string(feature) }
                }
            }
        }
    }

    /// Returns whether files are published to a path, as the client knows it.
    private func isUpload(_ path: String) throws -> Bool {
        let prefix = WebAddress(baseURL)?.target ?? "/"
        var path = path.isEmpty ? "/" : path
        if prefix != "/" {
            guard path == prefix || path.hasPrefix(prefix + "/") else { return false }
            path = String(path.dropFirst(prefix.count))
            if path.isEmpty { path = "/" }
        }
        return try Address(path: path)?.uploadIndex != nil
    }

    /// Returns whether an address is https, or of the client's own machine.
    private static func isTrustworthy(_ address: String) -> Bool {
        guard let origin = WebAddress(address)?.origin else { return false }
        if origin.scheme == .https || origin.host == "localhost" { return true }
        return IPAddress(origin.host)?.isLoopback ?? false
    }

    /// Returns whether a client takes the media type of PEP 807, or JSON.
    static func accepts(_ header: String?) -> Bool {
        guard let header else { return true }
        return header.split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let isRefused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            return !isRefused && [mediaType, "application/json", "application/*", "*/*"].contains(parts.first ?? "")
        }
    }

    private func json(_ type: String? = nil, _ members: (inout JSONWriter) -> Void) -> Response {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { json in json.object(members) }
        let isAsked = request.headers[.accept]?.contains(Self.mediaType) ?? false
        return Response(
            status: .ok,
            headers: [
                .contentType: type ?? (isAsked ? Self.mediaType : "application/json"), .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: buffer))
    }
}
