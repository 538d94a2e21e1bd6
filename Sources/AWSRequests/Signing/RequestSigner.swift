import Crypto
package import PackagingStandards
import Synchronization

/// A request as far as a signature covers it.
package struct SignableRequest: Sendable {
    package var method: String
    /// As in the field `Host`: with the port, unless it is the scheme's own.
    package var host: String
    /// The path as it is sent, encoded by `URIEncoding.encodePath`.
    package var path: String
    /// Names and values, not encoded, in any order.
    package var query: [(name: String, value: String)]
    /// Fields that are signed besides `Host` and those that the signature itself adds; names in any case.
    package var headers: [(name: String, value: String)]

    package init(
        method: String, host: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The query in the order and form in which it is signed, and may be sent; empty for none.
    package var canonicalQuery: String {
        query.map { (URIEncoding.encode($0.name), URIEncoding.encode($0.value)) }
            .sorted { $0.0 == $1.0 ? $0.1.isBefore($1.1) : $0.0.isBefore($1.0) }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
    }
}

/// Signs requests with Signature Version 4, in a header or in the query.
///
/// Source: AWS, "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API Reference. Paths are signed as they are
/// sent, which is right for S3, and for every service if nothing in the path is encoded.
package final class RequestSigner: Sendable {
    /// The hash of no bytes.
    package static let emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// In place of a hash: the payload is not covered by the signature.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// The longest time for which a link can be signed: a week.
    package static let longestLink: Int64 = 604_800

    package let region: String
    private let service: String
    /// The signing key that was made last: it is good for a day.
    private let lastKey = Mutex<(secret: String, day: String, key: SymmetricKey)?>(nil)

    package init(region: String, service: String = "s3") {
        self.region = region
        self.service = service
    }

    /// Returns the fields to add to a request: `X-Amz-Date`, `Authorization`, and what is named by the parameters.
    ///
    /// - Parameters:
    ///   - request: What is signed; all of its headers are.
    ///   - payloadHash: The SHA-256 of the body in hexadecimal digits, or `unsignedPayload`.
    ///   - credentials: Whose signature it is.
    ///   - moment: The time of the signature; servers refuse it if their clock is 15 minutes away.
    ///   - namesPayload: Whether `X-Amz-Content-SHA256` is sent, as S3 demands.
    /// - Returns: Names and values, in the order in which they are to be added.
    package func headers(
        for request: SignableRequest, payloadHash: String, credentials: AWSCredentials, at moment: Timestamp,
        namesPayload: Bool = true
    ) -> [(name: String, value: String)] {
        let date = moment.basicISO8601
        var added = [(name: "X-Amz-Date", value: date)]
        if namesPayload { added.append(("X-Amz-Content-SHA256", payloadHash)) }
        if let token = credentials.sessionToken { added.append(("X-Amz-Security-Token", token)) }
        var signed = request
        signed.headers += added
        let canonical = CanonicalRequest(signed, payloadHash: payloadHash)
        let signature = signature(of: canonical.text, credentials: credentials, date: date)
        let scope = scope(of: date)
        added.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), "
                    + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
            ))
        return added
    }

    /// Returns the query of a request with a signature in it, encoded: whoever has it can send the request.
    ///
    /// - Parameters:
    ///   - request: What is signed.
    ///   - seconds: How long the signature is good from the moment on, at most `longestLink`.
    ///   - credentials: Whose signature it is. It ends with temporary ones, if that is earlier.
    ///   - moment: When that time begins.
    /// - Returns: The query.
    package func signedQuery(
        for request: SignableRequest, goodFor seconds: Int64, credentials: AWSCredentials, at moment: Timestamp
    ) -> String {
        let date = moment.basicISO8601
        var signed = request
        signed.query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "\(credentials.accessKey)/\(scope(of: date))"),
            ("X-Amz-Date", date),
            ("X-Amz-Expires", "\(min(max(seconds, 1), Self.longestLink))"),
        ]
        if let token = credentials.sessionToken { signed.query.append(("X-Amz-Security-Token", token)) }
        let names = CanonicalRequest(signed, payloadHash: Self.unsignedPayload).signedHeaders
        signed.query.append(("X-Amz-SignedHeaders", names))
        let canonical = CanonicalRequest(signed, payloadHash: Self.unsignedPayload)
        let signature = signature(of: canonical.text, credentials: credentials, date: date)
        return "\(signed.canonicalQuery)&X-Amz-Signature=\(signature)"
    }

    private func scope(of date: String) -> String {
        "\(date.prefix(8))/\(region)/\(service)/aws4_request"
    }

    private func signature(of canonicalRequest: String, credentials: AWSCredentials, date: String) -> String {
        let hash = HexCoding.encode(SHA256.hash(data: Array(canonicalRequest.utf8)))
        let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope(of: date))\n\(hash)"
        let key = key(of: credentials.secretKey, day: String(date.prefix(8)))
        return HexCoding.encode(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    private func key(of secret: String, day: String) -> SymmetricKey {
        lastKey.withLock { last in
            if let last, last.secret == secret, last.day == day { return last.key }
            var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
            for part in [day, region, service, "aws4_request"] {
                key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
            }
            last = (secret, day, key)
            return key
        }
    }
}

/// The text of a request of which the hash is signed.
struct CanonicalRequest {
    let text: String
    /// The names of the signed fields, joined by `;`.
    let signedHeaders: String

    init(_ request: SignableRequest, payloadHash: String) {
        var fields: [String: [String]] = ["host": [request.host]]
        for (name, value) in request.headers { fields[name.lowercased(), default: []].append(Self.trimmed(value)) }
        let sorted = fields.sorted { $0.key.isBefore($1.key) }
        signedHeaders = sorted.map(\.key).joined(separator: ";")
        let lines = sorted.map { "\($0.key):\($0.value.joined(separator: ","))\n" }.joined()
        text = """
            \(request.method)
            \(request.path)
            \(request.canonicalQuery)
            \(lines)
            \(signedHeaders)
            \(payloadHash)
            """
    }

    /// Returns a value without spaces around it, and with one where there are several.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}

extension String {
    /// Whether this comes first by the order of bytes.
    fileprivate func isBefore(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}

extension Timestamp {
    /// The moment as `YYYYMMDD'T'HHMMSS'Z'`, as signatures want it.
    package var basicISO8601: String {
        let text = iso8601.prefix(19).filter { $0 != "-" && $0 != ":" }
        return text + "Z"
    }
}
