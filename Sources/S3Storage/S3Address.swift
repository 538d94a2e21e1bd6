import AWSRequests
import PackagingStandards

/// The addresses of a bucket and of the objects in it.
struct S3Address: Sendable {
    let scheme: String
    /// As in the field `Host`: with the port, unless it is the scheme's own.
    let host: String
    /// What stands before an object's name in a path; the path of the bucket itself.
    private let root: String
    private let prefix: String

    /// Makes the addresses of a bucket. Without an endpoint it is AWS's in the region.
    ///
    /// The bucket stands before the host at AWS, unless its name has a dot, with which no certificate fits; everywhere else
    /// it stands in the path, which every server understands.
    init(_ settings: S3Settings, region: String) {
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let endpoint = settings.endpoint ?? "https://s3.\(region).\(domain)"
        let parts = endpoint.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true)
        scheme = endpoint.hasPrefix("http://") ? "http" : "https"
        var authority = parts.count == 2 ? String(parts[1].drop { $0 == "/" }) : endpoint
        if authority.hasSuffix("/") { authority.removeLast() }
        for (name, port) in [("http", ":80"), ("https", ":443")] where scheme == name && authority.hasSuffix(port) {
            authority.removeLast(port.count)
        }
        let isInPath = settings.usesPathStyle ?? (settings.endpoint != nil || settings.bucket.contains("."))
        host = isInPath ? authority : "\(settings.bucket).\(authority)"
        root = isInPath ? "/\(URIEncoding.encode(settings.bucket))" : ""
        prefix = settings.prefix.isEmpty ? "" : settings.prefix + "/"
    }

    /// The encoded path of the bucket.
    var bucketPath: String { root.isEmpty ? "/" : root }

    /// Returns the encoded path of the object of a key.
    func path(of key: String) -> String {
        "\(root)/\(URIEncoding.encodePath(prefix + key))"
    }

    /// Returns the path of the object of a key without the bucket, as a network in front of the bucket has it.
    func publicPath(of key: String) -> String {
        "/" + URIEncoding.encodePath(prefix + key)
    }

    /// Returns the name of the object of a key, or of a beginning of one.
    func name(of key: String) -> String {
        prefix + key
    }

    /// Returns the key of an object that was listed; nil for one that is not below the prefix.
    func key(of name: String) -> String? {
        let (bytes, start) = (Array(name.utf8), Array(prefix.utf8))
        guard bytes.starts(with: start) else { return nil }
        return String(decoding: bytes.dropFirst(start.count), as: UTF8.self)
    }

    /// Returns the complete address of an encoded path and query.
    func url(_ path: String, query: String) -> String {
        "\(scheme)://\(host)\(path)" + (query.isEmpty ? "" : "?\(query)")
    }
}
