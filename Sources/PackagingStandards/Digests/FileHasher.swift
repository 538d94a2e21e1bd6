import Crypto
public import NIOCore

/// The hashes of a file's bytes with SHA-256, MD5 and BLAKE2b-256, in one pass.
///
/// A copy is independent of its original.
public struct FileHasher: Sendable {
    private var sha256 = SHA256()
    private var md5 = Insecure.MD5()
    private var blake2b = BLAKE2b(.bits256)
    /// How many bytes have been hashed.
    public private(set) var byteCount: Int64 = 0

    // A block is still in the nearest cache for the second and third hash.
    private static let blockSize = 16 * 1024

    public init() {}

    /// Hashes the bytes, after those so far.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.blockSize, bytes.count)
            let block = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            sha256.update(bufferPointer: block)
            md5.update(bufferPointer: block)
            blake2b.update(block)
            start = end
        }
        byteCount += Int64(bytes.count)
    }

    /// Hashes the buffer's readable bytes, after those so far.
    public mutating func update(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { update($0) }
    }

    /// Hashes the bytes, after those so far.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Returns the digests of all bytes so far; more bytes may follow.
    public func finalize() -> FileDigests {
        FileDigests(
            sha256: SHA256Digest(sha256.finalize()),
            md5: HexCoding.encode(md5.finalize()),
            blake2b256: HexCoding.encode(blake2b.finalize()))
    }
}

/// The digests by which clients and other indexes know a file; the texts are lowercase hexadecimal digits.
public struct FileDigests: Sendable, Hashable, Codable {
    public let sha256: SHA256Digest
    /// 32 digits; for clients that still send it, and never trusted.
    public let md5: String
    /// BLAKE2b with 256 bits of output: 64 digits.
    public let blake2b256: String

    /// Takes known digests; the texts are kept as they are.
    public init(sha256: SHA256Digest, md5: String, blake2b256: String) {
        self.sha256 = sha256
        self.md5 = md5
        self.blake2b256 = blake2b256
    }
}
