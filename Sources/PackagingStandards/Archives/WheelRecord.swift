import Crypto

/// A wheel's RECORD: every file with its digest and size.
struct WheelRecord {
    /// One line of the file.
    struct Line: Hashable {
        /// Nil if the line has none.
        let digest: RecordDigest?
        /// In bytes; nil if the line has none.
        let size: Int64?
    }

    private var lines: [String: Line] = [:]

    /// Parses the file.
    ///
    /// A path may come twice if both lines say the same. `./` and doubled `/` are dropped; backslashes, which old tools
    /// on Windows wrote, count as `/`.
    ///
    /// - Throws: `ArchiveError`.
    init(parsing bytes: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw ArchiveError("RECORD is not UTF-8") }
        // Some editors write a byte order mark.
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        for fields in CommaSeparatedRows(text) {
            guard fields.count >= 3, fields.dropFirst(3).allSatisfy(\.isEmpty) else {
                throw ArchiveError(
                    "RECORD has a line that is not a path, a digest and a size: \(ShownText.quoted(fields[0]))")
            }
            guard lines.count < limits.maxEntries else {
                throw ArchiveError("RECORD has more than \(limits.maxEntries) lines")
            }
            let path = try ArchivePath(Self.withSlashes(fields[0]), limits: limits).text
            let line = Line(
                digest: fields[1].isEmpty ? nil : try RecordDigest(fields[1], path: path),
                size: try Self.size(fields[2], path: path))
            if let other = lines.updateValue(line, forKey: path), other != line {
                throw ArchiveError(
                    "RECORD has two different lines for \(ShownText.quoted(path)); one ends in "
                        + "\(ShownText.quoted(fields[1] + "," + fields[2]))")
            }
        }
    }

    /// The paths, in no particular order.
    var paths: some Collection<String> { lines.keys }

    subscript(path: String) -> Line? { lines[path] }

    private static func withSlashes(_ path: String) -> [UInt8] {
        path.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
    }

    private static func size(_ text: String, path: String) throws(ArchiveError) -> Int64? {
        if text.isEmpty { return nil }
        guard let size = Int64(text), size >= 0 else {
            throw ArchiveError(
                "RECORD gives \(ShownText.quoted(path)) the size \(ShownText.quoted(text)), which is not a number"
            )
        }
        return size
    }
}

/// A digest in RECORD: `sha256=` and URL-safe Base64 without padding (PEP 376, PEP 427).
///
/// Other spellings are read too: `SHA-256` for `sha256`, hexadecimal digits, which several build tools have written,
/// and Base64 in both alphabets, with or without padding.
struct RecordDigest: Hashable, Sendable {
    /// An algorithm that PEP 427 allows: SHA-256 or better, by `hashlib`'s names without separators.
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

    /// Parses a line's second field; `path` is for the text of an error.
    init(_ text: String, path: String) throws(ArchiveError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var shown: String { ShownText.quoted(path) }
        guard parts.count == 2, let algorithm = Algorithm(spelling: parts[0]) else {
            throw ArchiveError(
                "RECORD gives \(shown) the digest \(ShownText.quoted(text)), which is not one of sha256, sha384, sha512 "
                    + "or SHA-3")
        }
        let digits = Whitespace.trimmed(ArraySlice(parts[1].utf8))
        // Base64 of the same bytes is always shorter than their hexadecimal digits.
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
    /// Reads a name in any case, with or without separators: `SHA-256`, `sha3_256`.
    init?(spelling: Substring) {
        let name = Whitespace.trimmed(ArraySlice(spelling.utf8)).filter {
            $0 != ASCII.hyphen && $0 != UInt8(ascii: "_")
        }
        self.init(rawValue: String(decoding: name, as: UTF8.self).lowercased())
    }
}

/// A hash with the algorithm that a line of RECORD names.
struct RecordHasher {
    // Exactly one is set. An enum's payload could not be updated in place.
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

/// The rows of comma-separated values, as Python's `csv` module reads them by default.
private struct CommaSeparatedRows: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Returns the next row's fields; empty lines are skipped.
    mutating func next() -> [String]? {
        while position < bytes.count {
            let row = nextRow()
            if row.count > 1 || row.first?.isEmpty == false { return row }
        }
        return nil
    }

    private mutating func nextRow() -> [String] {
        var fields: [String] = []
        while true {
            fields.append(nextField())
            guard position < bytes.count else { return fields }
            let separator = bytes[position]
            position += 1
            if separator == UInt8(ascii: ",") { continue }
            if separator == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
                position += 1
            }
            return fields
        }
    }

    /// Reads a field, and stops before the separator that follows it.
    private mutating func nextField() -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            return String(decoding: plainRun(), as: UTF8.self)
        }
        var field: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\"") else {
                field.append(byte)
                continue
            }
            // A doubled quote stands for one; a single one ends the quoted part.
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { break }
            field.append(byte)
            position += 1
        }
        field.append(contentsOf: plainRun())
        return String(decoding: field, as: UTF8.self)
    }

    private mutating func plainRun() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): return bytes[start..<position]
            default: position += 1
            }
        }
        return bytes[start...]
    }
}
