/// The digests by which clients and other indexes know a file; the texts are lowercase hexadecimal.
public struct FileDigests: Sendable, Hashable, Codable {
    public let sha256: SHA256Digest
    /// 32 digits; only for clients that still send it, never trusted.
    public let md5: String
    /// BLAKE2b with 256 bits of output: 64 digits.
    public let blake2b256: String

    /// Digests that are already known; the texts are kept as they are.
    public init(sha256: SHA256Digest, md5: String, blake2b256: String) {
        self.sha256 = sha256
        self.md5 = md5
        self.blake2b256 = blake2b256
    }
}
