import PackagingStandards
import Registry

/// The place of files in a bucket, as `storage.url` says it.
package struct BucketLocation: Sendable, Hashable {
    package let bucket: String
    /// What stands before every key, without slashes around it; empty for nothing.
    package let prefix: String
    /// Nil if it is taken from the environment.
    package let region: String?
    /// `http[s]://host[:port]`; nil for AWS.
    package let endpoint: String?
    /// Whether the bucket stands in the path; nil for what the endpoint needs.
    package let usesPathStyle: Bool?

    /// Why a text is no place in a bucket; it never shows the text, which may hold keys.
    struct Problem: Error {
        let message: String
    }

    /// Reads `s3://bucket[/prefix][?region=…&endpoint=…&path_style=…]`.
    init(_ text: String) throws(Problem) {
        let scheme = "s3://"
        guard text.hasPrefix(scheme) else { throw Problem(message: "must begin with \"s3://\" and a bucket") }
        let rest = text.dropFirst(scheme.count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = String(path[0])
        guard !bucket.contains("@") else {
            throw Problem(message: "must not hold keys: give storage.access_key and storage.secret_key_file")
        }
        guard (1...255).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isBucketByte), bucket.first != "."
        else {
            throw Problem(
                message: "must be \"s3://\" and the name of a bucket: letters, digits, \".\", \"-\" and \"_\"")
        }
        prefix = try Self.prefix(path.count == 2 ? path[1] : "")
        var (region, endpoint, style): (String?, String?, Bool?) = (nil, nil, nil)
        for pair in parts.count == 2 ? parts[1].split(separator: "&") : [] {
            let names = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = try Self.decoded(names.count == 2 ? names[1] : "")
            switch names[0] {
            case "region":
                guard !value.isEmpty, value.utf8.allSatisfy(Self.isBucketByte) else {
                    throw Problem(message: "has a region that is no name such as \"eu-central-1\"")
                }
                region = value
            case "endpoint":
                endpoint = try Self.endpoint(value)
            case "path_style":
                guard let isPath = ["true": true, "false": false][value] else {
                    throw Problem(message: "has a path_style that is neither \"true\" nor \"false\"")
                }
                style = isPath
            default:
                throw Problem(
                    message: "knows the parameters region, endpoint and path_style, not \(quoted(Self.shown(names[0])))"
                )
            }
        }
        self.region = region
        self.endpoint = endpoint
        usesPathStyle = style
    }

    /// The text that would be read as this.
    var url: String {
        var parameters: [String] = []
        if let region { parameters.append("region=\(region)") }
        if let endpoint { parameters.append("endpoint=\(endpoint)") }
        if let usesPathStyle { parameters.append("path_style=\(usesPathStyle)") }
        let path = prefix.isEmpty ? "" : "/" + Self.encoded(prefix)
        return "s3://\(bucket)\(path)" + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }

    private static func prefix(_ text: Substring) throws(Problem) -> String {
        var text = text
        if text.hasSuffix("/") { text.removeLast() }
        guard !text.isEmpty else { return "" }
        let prefix = try decoded(text)
        guard StorageKey(listed: prefix).isWellFormed, prefix.utf8.count <= 512 else {
            throw Problem(
                message: "has a prefix that no object can begin with: its parts must not be empty, \".\" or \"..\"")
        }
        return prefix
    }

    private static func endpoint(_ text: String) throws(Problem) -> String {
        let text = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let parts = WebAddressParts(text), parts.userInfo == nil, parts.path.isEmpty || parts.path == "/",
            !parts.hasQuery, !parts.hasFragment, let place = HostAndPort(parts.authority), place.hasStrictHost
        else {
            throw Problem(message: "has an endpoint that is no address such as \"https://minio.example.com:9000\"")
        }
        return text
    }

    private static func decoded(_ text: Substring) throws(Problem) -> String {
        guard let bytes = PercentCoding.decode(Array(text.utf8)), let decoded = String(validating: bytes, as: UTF8.self)
        else { throw Problem(message: "has a \"%\" without two digits, or is not text in UTF-8") }
        return decoded
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            if isBucketByte(byte) || byte == UInt8(ascii: "/") { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    private static func shown(_ name: Substring) -> String {
        name.utf8.allSatisfy(isBucketByte) ? String(name.prefix(40)) : "…"
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }
}

/// How a store encrypts objects.
package enum ObjectEncryption: String, Sendable, CaseIterable {
    /// With keys of the store.
    case store = "AES256"
    /// With AWS KMS.
    case kms = "aws:kms"
}

/// Who else may use objects (Amazon S3 User Guide, "Canned ACL").
package enum CannedACL: String, Sendable, CaseIterable {
    case privateToOwner = "private"
    case publicRead = "public-read"
    case authenticatedRead = "authenticated-read"
    case bucketOwnerRead = "bucket-owner-read"
    case bucketOwnerFullControl = "bucket-owner-full-control"
}

extension ValueType where Value == String {
    /// The public half of a pair of keys.
    static let accessKey = text(
        "access key", expected: "an access key: visible ASCII without spaces",
        explain: { _ in "must be an access key" },
        write: { $0 }
    ) { text in
        !text.isEmpty && text.utf8.allSatisfy(ASCII.isVisible) ? text : nil
    }

    /// The address of a network in front of a bucket, without a slash at its end.
    static let publicURL = text(
        "URL", expected: "an address such as \"https://files.example.com\", without user, query and fragment",
        write: { $0 }
    ) { text in
        let text = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let parts = WebAddressParts(text), parts.userInfo == nil, !parts.hasQuery, !parts.hasFragment,
            text.utf8.allSatisfy(ASCII.isVisible), let place = HostAndPort(parts.authority), place.hasStrictHost
        else { return nil }
        return text
    }

    /// What can stand in a field of a request.
    static let headerText = text("text", expected: "visible ASCII without spaces", write: { $0 }) { text in
        !text.isEmpty && text.utf8.allSatisfy(ASCII.isVisible) ? text : nil
    }

    /// A storage class from which objects can be read at once.
    static let storageClass = text(
        "storage class", expected: "a storage class such as \"STANDARD_IA\"",
        explain: { text in
            frozenClasses.contains(text)
                ? "must be a class from which objects can be read at once, not \(quoted(text))" : nil
        }, write: { $0 }
    ) { text in
        let isName = !text.isEmpty && text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
        return isName && !frozenClasses.contains(text) ? text : nil
    }

    private static let frozenClasses = ["GLACIER", "DEEP_ARCHIVE"]
}
