import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

extension APIRoutes {
    /// The most bytes that a request's body may have.
    private static let maxBodySize = 64 << 10
    /// How long a request's body may take to come in.
    private static let maxBodyTime = Duration.seconds(60)

    /// A response whose body is an object of the members that the closure writes.
    static func json(status: HTTPResponse.Status = .ok, _ members: (inout JSONWriter) -> Void) -> Response {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { json in json.object(members) }
        return Response(
            status: status,
            headers: [
                .contentType: "application/json", .cacheControl: "private, no-store", .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: buffer))
    }

    /// The request's body, a JSON object; an empty body is the fallback, where there is one.
    ///
    /// Throws `.invalidRequest`, `.tooLarge` or `.requestTimeout`.
    func body<Value: APIBody>(_ type: Value.Type, or fallback: Value?) async throws -> Value {
        let bytes = try await request.smallBody(
            limit: Self.maxBodySize, idle: bodyIdleTimeout, longest: Self.maxBodyTime, context)
        if bytes.readableBytes == 0, let fallback { return fallback }
        do {
            return try JSONDecoder().decode(StrictObject<Value>.self, from: Data(bytes.readableBytesView)).body
        } catch {
            throw RegistryError(.invalidRequest, "The body must be a JSON object as openapi.yaml describes it.")
        }
    }

    /// A query parameter, decoded; nil where it is absent. Throws `.invalidRequest` for one that is no line of text.
    func queryText(_ name: String) throws -> String? {
        guard let value = try QueryParameters(path: request.head.path ?? "/").value(name) else { return nil }
        guard Self.isLine(value, limit: 200) else {
            throw RegistryError(.invalidRequest, "The parameter \(name) is one line of 200 characters at most.")
        }
        return value
    }

    /// Whether a text has no control characters, and not more characters than the limit.
    static func isLine(_ text: String, limit: Int) -> Bool {
        let scalars = text.unicodeScalars
        return scalars.count <= limit && scalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// A whole number among the query parameters; nil where it is absent. Throws `.invalidRequest`.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = try queryText(name) else { return nil }
        guard let number = Int64(text), range.contains(number), text.utf8.first != UInt8(ascii: "+") else {
            throw RegistryError(
                .invalidRequest,
                "The parameter \(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// A project's name in a parameter or a body. Throws `.invalidRequest`.
    static func project(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else {
            throw RegistryError(.invalidRequest, "project must be the name of a project: see PEP 508.")
        }
        return name
    }

    /// A version in a parameter or a body, in any spelling but without white space. Throws `.invalidRequest`.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RegistryError(.invalidRequest, "version must be a version: see PEP 440.")
        }
        return version
    }
}
