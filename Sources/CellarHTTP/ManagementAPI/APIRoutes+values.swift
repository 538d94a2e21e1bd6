import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

extension APIRoutes {
    /// The most bytes that a request's body may have.
    private static let maxBodySize = 64 << 10

    /// A response whose body is an object of the members that the closure writes.
    static func json(_ members: (inout JSONWriter) -> Void) -> Response {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { json in json.object(members) }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json", .cacheControl: "private, no-store", .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: buffer))
    }

    /// The request's body, a JSON object. Throws `.invalidRequest`.
    ///
    /// - Parameters:
    ///   - type: What the object holds.
    ///   - fallback: What an empty body means; nil where there must be one.
    func body<Value: Decodable>(_ type: Value.Type, or fallback: Value?) async throws -> Value {
        let bytes = try await request.body.collect(upTo: Self.maxBodySize)
        if bytes.readableBytes == 0, let fallback { return fallback }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
        } catch {
            throw RegistryError(.invalidRequest, "The body must be a JSON object as openapi.yaml describes it.")
        }
    }

    /// A query parameter, decoded; nil where it is absent. Throws `.invalidRequest` for one that is no text.
    func queryText(_ name: String) throws -> String? {
        guard let value = request.uri.queryParameters[Substring(name)] else { return nil }
        guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }), value.utf8.count <= 1000 else {
            throw RegistryError(.invalidRequest, "The parameter \(name) is one line of 1000 bytes at most.")
        }
        return String(value)
    }

    /// A whole number among the query parameters. Throws `.invalidRequest`.
    func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = request.uri.queryParameters[Substring(name)] else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw RegistryError(
                .invalidRequest,
                "The parameter \(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
