import Crypto

/// A digest as RECORD writes it: `sha256=` and the URL-safe Base64 without padding (PEP 376, PEP 427).
///
/// What counts is the value: `SHA-256` is read as `sha256`, and hexadecimal digits, which several build tools have
/// written, as well as Base64 in both alphabets, with and without padding.
struct RecordDigest: Hashable, Sendable {
    /// The algorithms that PEP 427 allows: SHA-256 or better, by `hashlib`'s names without separators.
    enum Algorithm: String, Sendable {
        case sha256, sha384, sha512
        case sha3Of256 = "sha3256"
        case sha3Of384 = "sha3384"
        case sha3Of512 = "sha3512"

        var byteCount: Int {
            switch self {
            case .sha256, .sha3Of256: 32
            case .sha384, .sha3Of384: 48
            case .sha512, .sha3Of512: 64
            }
        }
    }

    let algorithm: Algorithm
    let bytes: [UInt8]

    /// Parses a line's second field; the path is for the error's text.
    init(_ text: String, path: String) throws(ArchiveError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var shown: String { ShownText.quoted(path) }
        guard parts.count == 2, let algorithm = Algorithm(spelling: parts[0]) else {
            throw ArchiveError(
                "RECORD gives \(shown) the digest \(ShownText.quoted(text)), which is not one of sha256, sha384, sha512 "
                    + "or SHA-3")
        }
        let digits = Whitespace.trimmed(ArraySlice(parts[1].utf8))
        // No Base64 of as many bytes is as long as their hexadecimal digits.
        let isHex = digits.count == 2 * algorithm.byteCount
        guard let bytes = (isHex ? HexCoding.decode(digits) : nil) ?? Base64.decodeLeniently(digits),
            bytes.count == algorithm.byteCount
        else {
            throw ArchiveError(
                "RECORD gives \(shown) the digest \(ShownText.quoted(text)), which is not \(algorithm.byteCount) bytes in "
                    + "Base64")
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }
}

extension RecordDigest.Algorithm {
    /// Reads a name in any case, with or without the separators that other tools than `hashlib` write: `SHA-256`.
    init?(spelling: Substring) {
        let name = Whitespace.trimmed(ArraySlice(spelling.utf8)).filter {
            $0 != ASCII.hyphen && $0 != UInt8(ascii: "_")
        }
        self.init(rawValue: String(decoding: name, as: UTF8.self).lowercased())
    }
}

/// Hashes with the algorithm that a RECORD line names.
struct RecordHasher {
    // One of them; each is updated in place, which a value inside an enum could not be.
    private var sha256: SHA256?
    private var sha384: SHA384?
    private var sha512: SHA512?
    private var sha3Of256: SHA3_256?
    private var sha3Of384: SHA3_384?
    private var sha3Of512: SHA3_512?

    init(_ algorithm: RecordDigest.Algorithm) {
        switch algorithm {
        case .sha256: sha256 = SHA256()
        case .sha384: sha384 = SHA384()
        case .sha512: sha512 = SHA512()
        case .sha3Of256: sha3Of256 = SHA3_256()
        case .sha3Of384: sha3Of384 = SHA3_384()
        case .sha3Of512: sha3Of512 = SHA3_512()
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256?.update(bufferPointer: bytes)
        sha384?.update(bufferPointer: bytes)
        sha512?.update(bufferPointer: bytes)
        sha3Of256?.update(bufferPointer: bytes)
        sha3Of384?.update(bufferPointer: bytes)
        sha3Of512?.update(bufferPointer: bytes)
    }

    func finalize() -> [UInt8] {
        if let sha256 { return Array(sha256.finalize()) }
        if let sha384 { return Array(sha384.finalize()) }
        if let sha512 { return Array(sha512.finalize()) }
        if let sha3Of256 { return Array(sha3Of256.finalize()) }
        if let sha3Of384 { return Array(sha3Of384.finalize()) }
        if let sha3Of512 { return Array(sha3Of512.finalize()) }
        return []
    }
}
