import Crypto
import NIOCore
import PackagingStandards

/// Hashes a fetched file like a published one, and also by the algorithms of the digests on its upstream's page.
struct FetchHasher: Sendable {
    private var hasher = FileHasher()
    // Each is updated in place, which a value inside an enum could not be.
    private var sha1: Insecure.SHA1?
    private var sha384: SHA384?
    private var sha512: SHA512?
    private var blake2b512: BLAKE2b?

    /// Makes a hasher that can check these digests.
    init(checking digests: [SimpleFile.Digest]) {
        let names = Set(digests.map(\.algorithm))
        sha1 = names.contains("sha1") ? Insecure.SHA1() : nil
        sha384 = names.contains("sha384") ? SHA384() : nil
        sha512 = names.contains("sha512") ? SHA512() : nil
        blake2b512 = digests.contains(where: \.isLongBLAKE2b) ? BLAKE2b(.bits512) : nil
    }

    mutating func update(_ block: ByteBuffer) {
        hasher.update(block)
        block.withUnsafeReadableBytes { bytes in
            sha1?.update(bufferPointer: bytes)
            sha384?.update(bufferPointer: bytes)
            sha512?.update(bufferPointer: bytes)
        }
        blake2b512?.update(block)
    }

    /// Returns the digests that are stored.
    func finalize() -> FileDigests { hasher.finalize() }

    /// Returns the first of these digests that is wrong, with the one that the bytes have, or nil; those that cannot be
    /// computed here are skipped.
    func mismatch(among digests: [SimpleFile.Digest]) -> (stated: SimpleFile.Digest, found: String)? {
        let own = hasher.finalize()
        for digest in digests {
            guard let found = value(of: digest, own), found != digest.hex.lowercased() else { continue }
            return (digest, found)
        }
        return nil
    }

    /// Returns the digest by an algorithm that `hashlib` knows, or nil. Its BLAKE2b has 512 bits, unless the text is
    /// shorter.
    private func value(of digest: SimpleFile.Digest, _ own: FileDigests) -> String? {
        switch digest.algorithm {
        case "md5": own.md5
        case "sha256": own.sha256.description
        case _ where digest.isLongBLAKE2b: blake2b512?.hexDigest
        case "blake2b", "blake2b_256", "blake2_256": digest.hex.utf8.count == 64 ? own.blake2b256 : nil
        case "sha1": sha1.map { HexCoding.encode($0.finalize()) }
        case "sha384": sha384.map { HexCoding.encode($0.finalize()) }
        case "sha512": sha512.map { HexCoding.encode($0.finalize()) }
        default: nil
        }
    }
}

extension SimpleFile.Digest {
    /// Whether this is BLAKE2b as `hashlib.blake2b` makes it by itself, with 512 bits.
    fileprivate var isLongBLAKE2b: Bool { algorithm == "blake2b" && hex.utf8.count == 128 }
}
