import Crypto
import NIOCore
import NIOPosix
import PackagingStandards

/// Hashes what is sent.
struct PayloadHasher {
    private var sha256 = SHA256()
    private var md5 = Insecure.MD5()

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bufferPointer: bytes)
        md5.update(bufferPointer: bytes)
    }

    func finalize() -> PayloadDigests {
        PayloadDigests(sha256: HexCoding.encode(sha256.finalize()), md5: HexCoding.encode(md5.finalize()))
    }

    /// Returns the ETag that stores give an object of several parts: the MD5 of the parts' MD5s, and their number.
    static func entityTag(ofParts digests: [PayloadDigests]) -> String {
        var hash = Insecure.MD5()
        for digest in digests { hash.update(data: digest.md5Bytes) }
        return "\(HexCoding.encode(hash.finalize()))-\(digests.count)"
    }
}

extension PayloadDigests {
    fileprivate var md5Bytes: [UInt8] {
        let digits = Array(md5.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { position in
            let high = HexCoding.value(ofDigit: digits[position]) ?? 0
            return high << 4 | (HexCoding.value(ofDigit: digits[position + 1]) ?? 0)
        }
    }
}
