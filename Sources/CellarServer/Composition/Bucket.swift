import AWSRequests
import CellarHTTP
import PackagingStandards
import S3Storage
import ServerConfiguration

extension S3Settings {
    /// Makes the settings of a storage from what the configuration says.
    init(_ definition: BucketDefinition) {
        let location = definition.location
        self.init(bucket: location.bucket)
        prefix = location.prefix
        region = location.region
        endpoint = location.endpoint
        usesPathStyle = location.usesPathStyle
        credentials = definition.keys.map { AWSCredentials(accessKey: $0.access, secretKey: $0.secret.reveal()) }
        storageClass = definition.storageClass
        encryption =
            switch definition.encryption {
            case nil: nil
            case .store: .store
            case .kms: .kms(key: definition.encryptionKey)
            }
        acl = definition.acl?.rawValue
        authoritiesFile = definition.authoritiesFile
        proxy = definition.proxy.flatMap { Proxy($0) }
        timeout = definition.timeout
        createsBucket = definition.createsBucket
        publicURL = definition.publicURL
        publicKey = definition.publicKey.map { ($0.id, $0.privateKey.reveal()) }
    }
}

extension Redirects {
    /// Makes what the configuration says of downloads; nil if this server sends all bytes.
    init?(_ configuration: ServerConfiguration) {
        let clients: Clients
        switch configuration.downloads {
        case .stream: return nil
        case .redirect: clients = .all
        case .auto: clients = .knownToKeepFiles
        }
        let isPublic = configuration.bucket.map { $0.publicURL != nil && $0.publicKey == nil } ?? false
        self.init(clients, lifetime: configuration.linkLifetime, isForPublicFiles: isPublic)
    }
}

extension S3Settings.Proxy {
    /// Takes an address apart whose form the configuration has checked.
    fileprivate init?(_ address: ProxyAddress) {
        guard let parts = WebAddressParts(address.url.reveal()), let place = HostAndPort(parts.authority) else {
            return nil
        }
        let user = parts.userInfo?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { part in
            PercentCoding.decode(Array(part.utf8)).map { String(decoding: $0, as: UTF8.self) } ?? String(part)
        }
        self.init(
            host: String(place.host), port: place.port ?? 80, user: user?.first,
            password: (user?.count ?? 0) > 1 ? user?[1] : nil)
    }
}
