import AWSRequests
import AsyncHTTPClient
import LocalFiles
import NIOCore
import NIOHTTP1
import NIOPosix
import Registry
import Synchronization

/// Puts objects: small ones in one request, large ones in parts.
///
/// The SHA-256 of all that is sent is signed, so a store that checks signatures takes no other bytes. Its answer has an
/// ETag, which is the MD5 unless the store encrypts or counts otherwise: then the size is read back.
final class S3Uploads: Sendable {
    /// The most parts of an object (Amazon S3 User Guide, "Multipart upload limits").
    static let mostParts: Int64 = 10_000
    /// The parts of one file that are under way at a time.
    private static let partsAtOnce = 3
    /// How often an object is written that is not there afterwards as it was sent.
    private static let mostWrites = 3

    private let client: S3Client
    private let threads: NIOThreadPool
    /// Whether the store has shown that it has no conditional writes.
    private let lacksConditions = Atomic(false)

    init(_ client: S3Client, threads: NIOThreadPool) {
        self.client = client
        self.threads = threads
    }

    /// Keeps a file or bytes under a key.
    func put(_ object: NewObject) async throws {
        switch object.contents {
        case .bytes(let bytes):
            try await put(.bytes(bytes, PayloadDigests(bytes)), at: object.key)
        case .file(let file) where file.size <= client.settings.largestWhole:
            try await put(.file(file, 0..<file.size, PayloadDigests(file.digests)), at: object.key)
        case .file(let file):
            try await putInParts(file, at: object.key)
        }
    }

    // MARK: In one request

    private func put(_ body: S3Body, at key: StorageKey) async throws {
        var operation = S3Operation("write objects", .PUT, client.address.path(of: key.description))
        operation.headers = headers(for: key)
        operation.body = body
        let digests: PayloadDigests
        switch body {
        case .none: return
        case .bytes(_, let found), .file(_, _, let found): digests = found
        }
        // A name with its digest in it never has other bytes: what is there already is left as it is, in a bucket with
        // versions without one more of them.
        if key.blob != nil, !lacksConditions.load(ordering: .relaxed) {
            var conditional = operation
            conditional.headers.append(("If-None-Match", "*"))
            conditional.accepted = [200, 412, 501]
            let (status, headers) = try await client.perform(conditional)
            switch status {
            case 200: if try await shows(headers, digests.md5, size: body.size, at: key) { return }
            case 501: lacksConditions.store(true, ordering: .relaxed)
            default: if try await holds(digests.md5, size: body.size, at: key) { return }
            }
        }
        for attempt in 1...Self.mostWrites {
            let (_, headers) = try await client.perform(operation)
            if try await shows(headers, digests.md5, size: body.size, at: key) { return }
            // Somebody may have removed it at the same moment.
            if attempt < Self.mostWrites { try await Task.sleep(for: .milliseconds(50 << attempt)) }
        }
        throw RegistryError(.unavailable, "The server's object store did not keep a file as it was sent; try again.")
    }

    /// Returns whether the store shows that it has these bytes.
    private func shows(
        _ headers: HTTPHeaders, _ entityTag: String, size: Int64, at key: StorageKey
    ) async throws -> Bool {
        if headers.unquotedETag == entityTag { return true }
        return try await head(key)?.size == size
    }

    private func holds(_ entityTag: String, size: Int64, at key: StorageKey) async throws -> Bool {
        guard let head = try await head(key) else { return false }
        return head.size == size && head.entityTag == entityTag
    }

    private func head(_ key: StorageKey) async throws -> (size: Int64, entityTag: String?)? {
        var operation = S3Operation("read objects", .HEAD, client.address.path(of: key.description))
        operation.accepted = [200, 404]
        let (status, headers) = try await client.perform(operation)
        guard status == 200, let size = headers.first(name: "Content-Length").flatMap({ Int64($0) }) else { return nil }
        return (size, headers.unquotedETag)
    }

    /// Returns the fields that say how an object is kept.
    private func headers(for key: StorageKey) -> [(name: String, value: String)] {
        var headers = [(name: "Content-Type", value: "application/octet-stream")]
        if key.blob != nil {
            // The bytes under a digest never change: clients that are sent here need not ask again.
            headers.append(("Cache-Control", "max-age=31536000, immutable"))
            headers.append(("Content-Disposition", "attachment"))
        }
        let settings = client.settings
        if let storageClass = settings.storageClass { headers.append(("x-amz-storage-class", storageClass)) }
        if let acl = settings.acl { headers.append(("x-amz-acl", acl)) }
        switch settings.encryption {
        case nil: break
        case .store: headers.append(("x-amz-server-side-encryption", "AES256"))
        case .kms(let name):
            headers.append(("x-amz-server-side-encryption", "aws:kms"))
            if let name { headers.append(("x-amz-server-side-encryption-aws-kms-key-id", name)) }
        }
        return headers
    }

    // MARK: In parts

    private struct Part: Sendable {
        let number: Int
        let entityTag: String
        let digests: PayloadDigests
    }

    private func putInParts(_ file: SpooledFile, at key: StorageKey) async throws {
        let path = client.address.path(of: key.description)
        let upload = try await begin(path, key)
        do {
            let parts = try await send(file, to: path, upload).sorted { $0.number < $1.number }
            let tag = try await complete(parts, at: path, upload, key: key, size: file.size)
            if tag == PayloadHasher.entityTag(ofParts: parts.map(\.digests)) { return }
            guard try await head(key)?.size == file.size else {
                throw RegistryError(
                    .unavailable, "The server's object store did not keep a file as it was sent; try again.")
            }
        } catch {
            // In a task of its own: this one may have been cancelled, and parts that are left behind cost money.
            await Task { [client] in
                var operation = S3Operation("abort uploads", .DELETE, path)
                operation.query = [("uploadId", upload)]
                operation.accepted = [200, 204, 404]
                _ = try? await client.perform(operation)
            }.value
            throw error
        }
    }

    private func begin(_ path: String, _ key: StorageKey) async throws -> String {
        var operation = S3Operation("write objects", .POST, path)
        operation.query = [("uploads", "")]
        operation.headers = headers(for: key)
        let answer = try await client.perform(operation) { try await $0.body.collect(upTo: 64 << 10) }
        guard let id = try? XMLElement(parsing: answer.readableBytesView)["UploadId"], !id.isEmpty else {
            throw RegistryError(.internal, "The server's object store did not begin an upload in parts.")
        }
        return id
    }

    /// Sends all parts, a few at a time.
    private func send(_ file: SpooledFile, to path: String, _ upload: String) async throws -> [Part] {
        let ranges = Self.ranges(of: file.size, preferring: client.settings.partSize)
        return try await withThrowingTaskGroup(of: Part.self) { group in
            var parts: [Part] = []
            for (index, range) in ranges.enumerated() {
                if index >= Self.partsAtOnce, let done = try await group.next() { parts.append(done) }
                group.addTask { try await self.send(range, of: file, number: index + 1, to: path, upload) }
            }
            for try await done in group { parts.append(done) }
            return parts
        }
    }

    private func send(
        _ range: Range<Int64>, of file: SpooledFile, number: Int, to path: String, _ upload: String
    ) async throws -> Part {
        let fault = SpooledBlocks.Fault()
        let digests: PayloadDigests
        do {
            digests = try await SpooledBlocks(file: file, range: range, threads: threads, fault: fault).digests()
        } catch {
            if let found = fault.found { throw UnreadableFile(cause: found) }
            throw error
        }
        var operation = S3Operation("write objects", .PUT, path)
        operation.query = [("partNumber", "\(number)"), ("uploadId", upload)]
        operation.body = .file(file, range, digests)
        let (_, headers) = try await client.perform(operation)
        guard let tag = headers.first(name: "ETag") else {
            throw RegistryError(.internal, "The server's object store did not answer with the tag of a part.")
        }
        return Part(number: number, entityTag: tag, digests: digests)
    }

    /// Puts the parts together, and returns the object's tag.
    private func complete(
        _ parts: [Part], at path: String, _ upload: String, key: StorageKey, size: Int64
    ) async throws -> String? {
        let list = parts.map { part in
            let tag = part.entityTag.replacing("\"", with: "&quot;")
            return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        let text = """
            <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(list.joined())\
            </CompleteMultipartUpload>
            """
        let bytes = ByteBuffer(string: text)
        var operation = S3Operation("write objects", .POST, path)
        operation.query = [("uploadId", upload)]
        operation.headers = [("Content-Type", "application/xml")]
        operation.body = .bytes(bytes, PayloadDigests(bytes))
        // An answer that was lost: the upload is over, and the caller looks what is there.
        operation.accepted = [200, 404]
        return try await client.perform(operation) { response in
            let answer = try await response.body.collect(upTo: 64 << 10)
            guard response.status.code == 200 else { return nil }
            // The head is sent before the store has done its work: a failure stands in the body, with 200.
            let document = try? XMLElement(parsing: answer.readableBytesView)
            if document?.name == "Error" {
                throw S3Failure(status: 500, headers: response.headers, body: answer, purpose: operation.purpose)
            }
            return document?["ETag"]?.filter { $0 != "\"" }
        }
    }

    /// Returns the parts of a file: of the preferred size, or larger if there would be too many.
    static func ranges(of size: Int64, preferring preferred: Int64) -> [Range<Int64>] {
        let smallest = (size + mostParts - 1) / mostParts
        let count = max(preferred, smallest)
        return stride(from: 0, to: size, by: Int64.Stride(count)).map { $0..<min($0 + count, size) }
    }
}

extension HTTPHeaders {
    /// The field `ETag` without its quotes.
    var unquotedETag: String? {
        first(name: "ETag").map { $0.filter { $0 != "\"" } }
    }
}
