extension DeclaredKeys {
    static let storageURL = ConfigurationKey(
        "storage.url", .storageURL, default: StorageLocation.folder(path: "files"),
        help:
            "The storage: `file:` and the path of a folder, which is created if it is missing and begins at `data_dir` "
            + "if it is relative; or `s3://bucket/prefix` for a bucket of Amazon S3 or of a store with its API, with the "
            + "parameters `region`, `endpoint` (`https://host:port`) and `path_style` (`true` or `false`): see [s3.md](s3.md)."
    )
    static let storageAccessKey = ConfigurationKey(
        "storage.access_key", ValueType<String>.accessKey.optional, default: nil,
        defaultNote: "from where AWS's tools find theirs", example: "\"AKIAIOSFODNN7EXAMPLE\"",
        help: "The access key for the bucket. Without it, the environment, a web identity, AWS's shared files, the "
            + "container and the instance are asked for credentials.")
    static let storageSecretKey = ConfigurationKey(
        "storage.secret_key", ValueType<Secret>.secret.optional, default: nil, defaultNote: "none", isSecret: true,
        help: "The secret key of `access_key`.")
    static let storageClass = ConfigurationKey(
        "storage.storage_class", ValueType<String>.storageClass.optional, default: nil, defaultNote: "the bucket's",
        example: "\"INTELLIGENT_TIERING\"",
        help: "The storage class of objects. Classes that must be restored before they can be read are refused.")
    static let storageEncryption = ConfigurationKey(
        "storage.sse", ValueType<ObjectEncryption>.choice.optional, default: nil, defaultNote: "the bucket's",
        example: "\"aws:kms\"", help: "How the store encrypts objects.")
    static let storageEncryptionKey = ConfigurationKey(
        "storage.kms_key", ValueType<String>.headerText.optional, default: nil, defaultNote: "the account's own",
        example: "\"arn:aws:kms:eu-central-1:123456789012:key/1234\"",
        help: "The key of AWS KMS with which objects are encrypted. Needs `sse = \"aws:kms\"`.")
    static let storageACL = ConfigurationKey(
        "storage.acl", ValueType<CannedACL>.choice.optional, default: nil, defaultNote: "the bucket's",
        example: "\"bucket-owner-full-control\"", help: "The canned ACL of objects.")
    static let storageAuthorities = ConfigurationKey(
        "storage.ca_file", ValueType<String>.path.optional, default: nil, defaultNote: "only the system's authorities",
        example: "\"ca.pem\"",
        help: "A PEM file of certificate authorities that are trusted for the store in addition to the system's. A "
            + "relative path begins at the working directory.")
    static let storageProxy = ConfigurationKey(
        "storage.proxy", ValueType<ProxyAddress>.proxy.optional, default: nil, defaultNote: "none",
        example: "\"http://proxy.example.com:3128\"", help: "The HTTP proxy between this server and the store.")
    static let storageTimeout = ConfigurationKey(
        "storage.timeout", .duration(.seconds(1) ... .seconds(600)), default: .seconds(30),
        help:
            "How long the store may take to begin an answer, or pause within one. A request that failed is sent again "
            + "for as long.")
    static let storageCreatesBucket = ConfigurationKey(
        "storage.create_bucket", .boolean, default: false, help: "Whether a missing bucket is created at the start.")
    static let downloads = ConfigurationKey(
        "storage.downloads", ValueType<DownloadMode>.choice, default: .stream,
        help:
            "How files reach clients: `stream` sends them through the server. `redirect` sends clients to a signed link "
            + "into the bucket; `auto` does so for those whose caches a changing link does not defeat (uv, Poetry), and "
            + "streams to all others. Small files, metadata, and files without metadata are always sent by the server.")
    static let linkLifetime = ConfigurationKey(
        "storage.link_lifetime", .duration(.seconds(10) ... .seconds(604_800)), default: .seconds(60),
        help: "How long a signed link is good at most. The same link is given out for half of that time, so the last "
            + "client that gets it has half of it left to begin its download.")
    static let publicURL = ConfigurationKey(
        "storage.public", ValueType<String>.publicURL.optional, default: nil, defaultNote: "links lead to the bucket",
        example: "\"https://files.example.com\"",
        help: "The address of a content delivery network in front of the bucket, to which `redirect` and `auto` send "
            + "clients. Links there are not signed, so every index must be readable by everyone, unless "
            + "`cloudfront_key_id` is set.")
    static let cloudFrontKeyID = ConfigurationKey(
        "storage.cloudfront_key_id", ValueType<String>.headerText.optional, default: nil, defaultNote: "none",
        example: "\"K2JCJMDEHXQW5F\"",
        help: "The id of the public key with which Amazon CloudFront checks the links to `public`.")
    static let cloudFrontKey = ConfigurationKey(
        "storage.cloudfront_key", ValueType<Secret>.secret.optional, default: nil, defaultNote: "none", isSecret: true,
        help: "The private RSA key of `cloudfront_key_id`, in PEM.")

    static let storage: [any DeclaredKey] = [
        storageURL, storageAccessKey, storageSecretKey, storageSecretKey.fileKey, storageClass, storageEncryption,
        storageEncryptionKey, storageACL, storageAuthorities, storageProxy, storageTimeout, storageCreatesBucket,
        downloads, linkLifetime, publicURL, cloudFrontKeyID, cloudFrontKey, cloudFrontKey.fileKey,
    ]
}
