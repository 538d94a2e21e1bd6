package import AWSRequests

/// Where a bucket is, and how objects are kept in it.
package struct S3Settings: Sendable {
    /// How the store encrypts objects.
    package enum Encryption: Sendable, Hashable {
        /// With keys of the store (`AES256`).
        case store
        /// With AWS KMS: by the key of this name, or the account's own.
        case kms(key: String?)
    }

    /// An HTTP proxy.
    package struct Proxy: Sendable {
        package var host: String
        package var port: Int
        package var user: String?
        package var password: String?

        package init(host: String, port: Int, user: String? = nil, password: String? = nil) {
            self.host = host
            self.port = port
            self.user = user
            self.password = password
        }
    }

    package var bucket: String
    /// What stands before every key, without slashes around it; empty for nothing.
    package var prefix = ""
    /// Nil if it is taken from `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile.
    package var region: String?
    /// `http[s]://host[:port]`; nil for AWS.
    package var endpoint: String?
    /// Whether the bucket stands in the path, and not before the host; nil for what the endpoint needs.
    package var usesPathStyle: Bool?
    /// The keys; nil if they are taken from where AWS's tools look for them.
    package var credentials: AWSCredentials?
    package var storageClass: String?
    package var encryption: Encryption?
    /// A canned ACL, such as `bucket-owner-full-control`.
    package var acl: String?
    /// A PEM file of authorities that are trusted besides those of the system; nil for none.
    package var authoritiesFile: String?
    /// What stands between here and the store; nil for none.
    package var proxy: Proxy?
    /// How long the store may take to answer, or pause within an answer.
    package var timeout: Duration = .seconds(30)
    /// How long all attempts at a removal may take: less than is left of its lease (`OutboxEntry.lease`).
    package var removalTime: Duration = .seconds(20)
    /// Whether a missing bucket is made.
    package var createsBucket = false
    /// What stands before the objects' names at a content delivery network, without a slash at its end; nil for none.
    package var publicURL: String?
    /// With which key addresses of the network are signed (Amazon CloudFront); nil if everyone may read them.
    package var publicKey: (id: String, privateKey: String)?
    /// Bytes of a part of a large file, at least 5 MiB where a store has that rule.
    package var partSize: Int64 = 16 << 20
    /// Bytes above which a file is uploaded in parts.
    package var largestWhole: Int64 = 32 << 20

    package init(bucket: String) {
        self.bucket = bucket
    }
}
