import AWSRequests
import AsyncHTTPClient
package import LocalFiles
package import Logging
package import NIOCore
import NIOHTTP1
package import NIOPosix
import NIOSSL
import PackagingStandards
package import Registry

/// A storage in a bucket of Amazon S3, or of a store that speaks its API.
///
///     <bucket>/<prefix>/<key>         what is kept, under its key
///     <bucket>/<prefix>/.check/…      what `check` writes
///
/// An object is whole and durable when the store has answered its upload, so nothing is ever put unsynced. A cursor is the
/// key after which the next page begins. An object that is read is read only as long as it is the same one: if it is
/// replaced or removed meanwhile, reading it throws.
package final class S3Storage: Storage {
    private static let mostConnections = 256
    private static let putsAtOnce = 8

    let client: S3Client
    private let uploads: S3Uploads
    private let http: HTTPClient
    /// Asks for credentials, on this machine and at AWS: by no proxy.
    private let asking: HTTPClient
    private let network: CloudFrontSigner?

    /// Opens the storage: finds region and credentials, and makes the bucket if it is missing and that is wished.
    ///
    /// - Parameters:
    ///   - settings: Where the bucket is.
    ///   - environment: The variables of the process, for region and credentials.
    ///   - threads: Threads that may block.
    ///   - clock: The time.
    ///   - logger: Where it is noted that credentials could not be renewed.
    /// - Returns: The storage; close it in the end.
    /// - Throws: `RegistryError`, with words for the operator, if the bucket cannot be listed.
    package static func open(
        _ settings: S3Settings, environment: [String: String] = [:], threads: NIOThreadPool,
        clock: WallClock = .system, logger: Logger
    ) async throws -> S3Storage {
        let region = try await region(of: settings, environment)
        let storage = try await threads.runIfActive {
            try S3Storage(
                settings, region: region, environment: environment, threads: threads, clock: clock, logger: logger)
        }
        do {
            try await storage.begin()
            return storage
        } catch {
            await storage.close()
            throw error
        }
    }

    /// Blocks while it reads the file of authorities.
    private init(
        _ settings: S3Settings, region: String, environment: [String: String], threads: NIOThreadPool,
        clock: WallClock, logger: Logger
    ) throws {
        network = try settings.publicKey.map { try CloudFrontSigner(keyID: $0.id, privateKey: $0.privateKey) }
        var configuration = try Self.configuration(settings)
        asking = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        configuration.proxy = settings.proxy?.configuration
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let keeper =
            if let credentials = settings.credentials {
                CredentialKeeper(sources: [.given(credentials)], clock: clock, logger: logger)
            } else {
                CredentialKeeper(
                    environment: environment, region: region, client: asking, clock: clock,
                    logger: logger)
            }
        client = S3Client(
            settings, region: region, credentials: keeper, http: http, threads: threads, clock: clock)
        uploads = S3Uploads(client, threads: threads)
    }

    private static func configuration(_ settings: S3Settings) throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = settings.authoritiesFile {
            do {
                tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
            } catch {
                throw RegistryError(
                    .invalidRequest, "storage.ca_file cannot be read as a PEM file of certificates.", cause: error)
            }
        }
        let limit = TimeAmount.nanoseconds(settings.timeout.inMicroseconds * 1000)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: min(limit, .seconds(10)), read: limit, write: limit), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = mostConnections
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(20)
        return configuration
    }

    private static func region(of settings: S3Settings, _ environment: [String: String]) async throws -> String {
        if let region = settings.region { return region }
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let region = environment[name], !region.isEmpty { return region }
        }
        if let region = try await AWSProfile(environment: environment).region { return region }
        // Stores other than AWS mostly have one region, and call it by the name of AWS's first.
        guard settings.endpoint == nil else { return "us-east-1" }
        throw RegistryError(
            .invalidRequest,
            "The region of the bucket is not known: add ?region=… to storage.url, or set AWS_REGION.")
    }

    // MARK: Writing

    package func put(_ file: SpooledFile, at key: StorageKey) async throws {
        try await put([NewObject(file, at: key)])
    }

    package func put(_ bytes: ByteBuffer, at key: StorageKey) async throws {
        try await put([NewObject(bytes, at: key)])
    }

    package func put(_ objects: [NewObject]) async throws {
        for object in objects { try object.key.requireWellFormed() }
        try await translating {
            guard objects.count > 1 else {
                if let object = objects.first { try await self.uploads.put(object) }
                return
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, object) in objects.enumerated() {
                    if index >= Self.putsAtOnce { try await group.next() }
                    group.addTask { try await self.uploads.put(object) }
                }
                try await group.waitForAll()
            }
        }
    }

    package func remove(_ key: StorageKey) async throws {
        try await remove(object: key.description, key)
    }

    private func remove(object: String, _ key: StorageKey? = nil) async throws {
        try key?.requireWellFormed()
        var operation = S3Operation("remove objects", .DELETE, client.address.path(of: object))
        operation.accepted = [200, 204]
        // A removal that arrives after its lease could take bytes that are published again by then.
        operation.wholeTime = client.settings.removalTime
        let sent = operation
        try await translating {
            do {
                try await self.client.perform(sent)
            } catch let failure as S3Failure where failure.status == 404 && failure.code != "NoSuchBucket" {
                return
            }
        }
    }

    // MARK: Reading

    package func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? {
        let operation = try reading(key)
        return try await translating {
            try await self.unlessMissing {
                try await self.client.perform(operation) { response in
                    let length = response.headers.first(name: "Content-Length").flatMap { Int($0) }
                    guard length ?? 0 <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
                    return try await response.body.collect(upTo: limit)
                }
            }
        }
    }

    package func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        let reading = try reading(key)
        var first = reading
        // One byte more than is wanted whole: the answer says how many there are.
        first.headers.append(("Range", "bytes=0-\(max(limit, 0))"))
        first.accepted = [200, 206, 416]
        let sent = first
        return try await translating {
            try await self.unlessMissing {
                let answer = try await self.client.perform(sent) { response -> FirstBytes in
                    switch response.status.code {
                    // Nothing lies in any range of an empty object.
                    case 416: return FirstBytes(size: 0, entityTag: nil, bytes: ByteBuffer())
                    case 206:
                        guard let range = ContentRange(response.headers), range.first == 0 else { throw Incomplete() }
                        let bytes = try await response.body.collect(upTo: limit + 1)
                        return FirstBytes(
                            size: range.total, entityTag: response.headers.first(name: "ETag"), bytes: bytes)
                    default:
                        guard let size = response.headers.first(name: "Content-Length").flatMap({ Int64($0) }) else {
                            throw Incomplete()
                        }
                        // A server without ranges: the rest of a large object is left where it is.
                        let bytes = size <= limit ? try await response.body.collect(upTo: limit) : ByteBuffer()
                        return FirstBytes(size: size, entityTag: response.headers.first(name: "ETag"), bytes: bytes)
                    }
                }
                guard answer.size > limit else {
                    guard answer.bytes.readableBytes == Int(answer.size) else { throw Incomplete() }
                    return OpenedObject.whole(answer.bytes)
                }
                // Under a digest there are never other bytes, though a store may give them another tag one day.
                return .file(self.file(answer, reading, entityTag: key.blob == nil ? answer.entityTag : nil))
            }
        }
    }

    private func file(_ answer: FirstBytes, _ operation: S3Operation, entityTag: String?) -> StoredFile {
        let client = client
        return StoredFile(
            size: answer.size,
            contents: .stream { range in
                let reader = RangeReader(
                    client, operation, entityTag: entityTag, size: answer.size, range: range)
                try await reader.start()
                return AsyncThrowingStream { try await reader.next() }
            })
    }

    package func size(of key: StorageKey) async throws -> Int64? {
        let reading = try reading(key)
        var head = reading
        head.method = .HEAD
        head.accepted = [200, 404]
        let sent = head
        return try await translating {
            let (status, headers) = try await self.client.perform(sent)
            if status == 200 {
                guard let size = headers.first(name: "Content-Length").flatMap({ Int64($0) }) else {
                    throw Incomplete()
                }
                return size
            }
            // An answer to HEAD does not say whether the object or the whole bucket is missing.
            return try await self.open(key, wholeUpTo: 0)?.size
        }
    }

    package func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        if let cursor, !cursor.text.utf8.starts(with: prefix.utf8) {
            throw RegistryError(
                .internal, "A listing of the server's object store went on from a place of another one.")
        }
        let limit = min(max(limit, 1), StoragePage.maximumCount)
        return try await translating {
            var continuation: String?
            while true {
                let listed = try await self.listed(
                    prefix, after: cursor?.text, continuation: continuation, limit: limit)
                guard listed.isTruncated else { return self.page(listed, next: nil) }
                if let last = listed.objects.last.flatMap({ self.client.address.key(of: $0.name) }) {
                    return self.page(listed, next: StorageCursor(text: last))
                }
                guard let next = listed.continuation, next != continuation else { throw Incomplete() }
                continuation = next
            }
        }
    }

    func listed(_ prefix: String, after: String?, continuation: String?, limit: Int) async throws -> ListedObjects {
        var operation = S3Operation("list objects", .GET, client.address.bucketPath)
        operation.query = [("list-type", "2"), ("max-keys", "\(limit)"), ("encoding-type", "url")]
        let name = client.address.name(of: prefix)
        if !name.isEmpty { operation.query.append(("prefix", name)) }
        if let continuation {
            operation.query.append(("continuation-token", continuation))
        } else if let after {
            operation.query.append(("start-after", client.address.name(of: after)))
        }
        return try await client.perform(operation) { response in
            try ListedObjects(await response.body.collect(upTo: ListedObjects.largestAnswer))
        }
    }

    /// Objects that are no keys, such as the folders that consoles make, are left out.
    private func page(_ listed: ListedObjects, next: StorageCursor?) -> StoragePage {
        let objects = listed.objects.compactMap { object -> StoredObject? in
            guard let text = client.address.key(of: object.name) else { return nil }
            let key = StorageKey(listed: text)
            return key.isWellFormed ? StoredObject(key: key, size: object.size) : nil
        }
        return StoragePage(objects: objects, next: next)
    }

    // MARK: The rest

    /// Returns a link that is the same for half of the time, as clients know a file by its address; so the last one that
    /// gets it has half of the time left. A week is the longest. With a public network in front of the bucket it is the
    /// address there, which is signed only if there is a key.
    package func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        try key.requireWellFormed()
        let seconds = min(max(duration.inMicroseconds / 1_000_000, 1), RequestSigner.longestLink)
        let step = max(seconds / 2, 1) * 1_000_000
        let now = client.clock.now().microseconds
        let begin = Timestamp(microseconds: now - now % step)
        if let network = client.settings.publicURL {
            let url = network + client.address.publicPath(of: key.description)
            return try self.network?.sign(url, until: begin.adding(microseconds: seconds * 1_000_000)) ?? url
        }
        let path = client.address.path(of: key.description)
        return try await translating {
            try await self.client.signedLink(to: path, goodFor: seconds, at: begin)
        }
    }

    package func close() async {
        // It refuses only if it has been shut down already.
        try? await http.shutdown()
        try? await asking.shutdown()
    }

    /// What the first answer says of an object.
    private struct FirstBytes: Sendable {
        let size: Int64
        let entityTag: String?
        let bytes: ByteBuffer
    }

    /// An answer lacks what it must say.
    private struct Incomplete: Error {}

    private func reading(_ key: StorageKey) throws -> S3Operation {
        try key.requireWellFormed()
        return S3Operation("read objects", .GET, client.address.path(of: key.description))
    }

    /// Returns nil if there is no object, but not if there is no bucket.
    private func unlessMissing<Value>(_ body: () async throws -> Value) async throws -> Value? {
        do {
            return try await body()
        } catch let failure as S3Failure where failure.status == 404 && failure.code != "NoSuchBucket" {
            return nil
        }
    }

    private func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RegistryError(ofStore: error)
        }
    }
}

extension S3Settings.Proxy {
    fileprivate var configuration: HTTPClient.Configuration.Proxy {
        guard let user else { return .server(host: host, port: port) }
        return .server(
            host: host, port: port, authorization: .basic(username: user, password: password ?? ""))
    }
}
