import AWSRequests
import NIOCore
import PackagingStandards

/// An answer to ListObjectsV2.
///
/// Source: Amazon S3 API Reference, "ListObjectsV2".
struct ListedObjects: Sendable {
    struct Object: Sendable, Hashable {
        let name: String
        /// Bytes.
        let size: Int64
    }

    /// The most bytes of an answer: 1,000 objects with names of 1,024 bytes, each of them encoded.
    static let largestAnswer = 8 << 20

    let objects: [Object]
    /// What continues the listing if the answer has no object, after which it could go on; nil at the end.
    let continuation: String?
    let isTruncated: Bool

    /// The answer is no listing.
    struct Malformed: Error {}

    init(_ bytes: ByteBuffer) throws {
        let document = try XMLElement(parsing: bytes.readableBytesView)
        guard document.name == "ListBucketResult" else { throw Malformed() }
        let isEncoded = document["EncodingType"] == "url"
        isTruncated = document["IsTruncated"] == "true"
        continuation = document["NextContinuationToken"]
        objects = try document.children.filter { $0.name == "Contents" }.map { entry in
            guard let key = entry["Key"], let size = entry["Size"].flatMap({ Int64($0) }), size >= 0,
                let name = isEncoded ? Self.decoded(key) : key
            else { throw Malformed() }
            return Object(name: name, size: size)
        }
    }

    /// Decodes as for a form: AWS writes a space as `+`, and `+` as `%2B`.
    private static func decoded(_ text: String) -> String? {
        let spaced = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return PercentCoding.decode(spaced).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
