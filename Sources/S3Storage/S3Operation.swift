import AWSRequests
import LocalFiles
import NIOCore
import NIOHTTP1
import PackagingStandards

/// One request to a store, which may be sent several times.
struct S3Operation: Sendable {
    /// What it does, after "may not", in messages for the operator.
    let purpose: String
    var method: HTTPMethod
    /// The encoded path.
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body = S3Body.none
    /// The statuses that are no failure.
    var accepted: Set<Int> = [200]
    /// How long all attempts together may take; nil for as long as the settings let them.
    var wholeTime: Duration?

    init(_ purpose: String, _ method: HTTPMethod, _ path: String) {
        self.purpose = purpose
        self.method = method
        self.path = path
    }
}

/// The bytes that are sent.
enum S3Body: Sendable {
    case none
    case bytes(ByteBuffer, PayloadDigests)
    /// A range of a spooled file, which is read again for each attempt.
    case file(SpooledFile, Range<Int64>, PayloadDigests)

    /// Bytes.
    var size: Int64 {
        switch self {
        case .none: 0
        case .bytes(let bytes, _): Int64(bytes.readableBytes)
        case .file(_, let range, _): Int64(range.count)
        }
    }

    /// What the signature says of the payload.
    var payloadHash: String {
        switch self {
        case .none: RequestSigner.emptyPayload
        case .bytes(_, let digests), .file(_, _, let digests): digests.sha256
        }
    }
}

/// The digests of bytes that are sent: the store checks the first, and mostly answers with the second.
struct PayloadDigests: Sendable, Hashable {
    /// SHA-256 in hexadecimal digits.
    let sha256: String
    /// MD5 in hexadecimal digits.
    let md5: String

    init(sha256: String, md5: String) {
        self.sha256 = sha256
        self.md5 = md5
    }

    init(_ digests: FileDigests) {
        self.init(sha256: digests.sha256.description, md5: digests.md5)
    }

    init(_ bytes: ByteBuffer) {
        var hasher = PayloadHasher()
        bytes.withUnsafeReadableBytes { hasher.update($0) }
        self = hasher.finalize()
    }
}
