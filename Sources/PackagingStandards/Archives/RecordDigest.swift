import Crypto

/// A digest as RECORD writes it: `sha256=` and the URL-safe Base64 without padding (PEP 376, PEP 427).
struct RecordDigest: Hashable, Sendable {
    /// The algorithms that PEP 427 allows: SHA-256 or better.
    enum Algorithm: String, Sendable {
        case sha256, sha384, sha512

        var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    let algorithm: Algorithm
    let bytes: [UInt8]

    /// Parses a line's second field; the path is for the error's text.
    init(_ text: String, path: String) throws(ArchiveError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var shown: String { ArchiveError.quoted(path) }
        guard parts.count == 2, let algorithm = Algorithm(rawValue: parts[0].lowercased()) else {
            throw ArchiveError("RECORD gives \(shown) a digest that is not of sha256, sha384 or sha512")
        }
        guard let bytes = Self.decodeBase64(parts[1].utf8), bytes.count == algorithm.byteCount else {
            throw ArchiveError("RECORD gives \(shown) a damaged digest")
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Takes the URL-safe and the standard alphabet, with and without padding; installers do too.
    private static func decodeBase64(_ text: Substring.UTF8View) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount = 0
        var digits = text[...]
        while digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
        for digit in digits {
            guard let value = base64Value(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return bytes
    }

    private static func base64Value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"), UInt8(ascii: "+"): 62
        case UInt8(ascii: "_"), UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

/// Hashes with the algorithm that a RECORD line names.
struct RecordHasher {
    // One of them; each is updated in place, which a value inside an enum could not be.
    private var sha256: SHA256?
    private var sha384: SHA384?
    private var sha512: SHA512?

    init(_ algorithm: RecordDigest.Algorithm) {
        switch algorithm {
        case .sha256: sha256 = SHA256()
        case .sha384: sha384 = SHA384()
        case .sha512: sha512 = SHA512()
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256?.update(bufferPointer: bytes)
        sha384?.update(bufferPointer: bytes)
        sha512?.update(bufferPointer: bytes)
    }

    func finalize() -> [UInt8] {
        if let sha256 { return Array(sha256.finalize()) }
        if let sha384 { return Array(sha384.finalize()) }
        if let sha512 { return Array(sha512.finalize()) }
        return []
    }
}
