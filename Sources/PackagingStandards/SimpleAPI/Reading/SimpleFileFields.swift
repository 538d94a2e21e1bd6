/// What a page says of one file, before it is checked.
struct SimpleFileFields {
    var filename: String
    /// With or without a fragment.
    var url: RawText
    var sha256: DigestText?
    var otherDigests: [(algorithm: DigestText, hex: DigestText)] = []
    var requiresPython: RawText?
    var size: Int64?
    var uploadTime: RawText?
    var yanked = SimpleFile.Yanked.no
    var coreMetadata = Metadata.none
    var provenance: RawText?

    enum Metadata {
        case none
        case unhashed
        case sha256(DigestText)
    }
}

extension SimpleFileFields.Metadata {
    /// Reads what the attribute of PEP 658 and 714 says: `true`, or a digest as `sha256=…`.
    init(attribute: RawText) {
        let prefix: StaticString = "sha256="
        if attribute.escapes == .none, attribute.bytes.hasPrefix(prefix) {
            let hex = attribute.bytes[part: prefix.utf8CodeUnitCount..<attribute.bytes.count]
            self = .sha256(.raw(RawText(bytes: hex, escapes: .none)))
        } else {
            self = attribute.isEqual(to: "false") ? .none : .unhashed
        }
    }
}

/// A digest, or the name of its algorithm: as it stands in the page or, if it had to be decoded, by itself.
enum DigestText {
    case raw(RawText)
    case decoded(String)

    var string: String {
        switch self {
        case .raw(let raw): raw.string
        case .decoded(let text): text
        }
    }

    var isEmpty: Bool {
        switch self {
        case .raw(let raw): raw.bytes.isEmpty
        case .decoded(let text): text.isEmpty
        }
    }

    func isEqual(to text: StaticString) -> Bool {
        withBytes { $0.isEqual(to: text) }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .raw(let raw): return raw.withDecodedBytes(body)
        case .decoded(var text): return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
    }
}

// MARK: Digests in fragments

extension SimpleFileFields {
    /// The fragment of an address, and where its `#` is; nil if it has none.
    static func fragment(of url: RawText) -> (text: RawText, start: Int)? {
        let bytes = url.bytes
        var start = 0
        while let hash = bytes.firstIndex(of: UInt8(ascii: "#"), from: start) {
            start = hash + 1
            // A reference such as `&#43;` holds a `#` that begins no fragment.
            if url.escapes == .html, hash > 0, bytes[hash - 1] == UInt8(ascii: "&") { continue }
            return (RawText(bytes: bytes[part: start..<bytes.count], escapes: url.escapes), hash)
        }
        return nil
    }

    /// Reads `algorithm=digest`, of which a fragment may have several, with other things, parted by `&`.
    mutating func readDigests(in fragment: RawText) {
        // `=` and `&` may be percent-encoded: a fragment is part of a URL.
        let isPlain =
            fragment.bytes.firstIndex(of: UInt8(ascii: "%"), from: 0) == nil
            && fragment.bytes.firstIndex(of: UInt8(ascii: "#"), from: 0) == nil
            && (fragment.escapes != .json || fragment.bytes.firstIndex(of: UInt8(ascii: "\\"), from: 0) == nil)
        guard !isPlain, fragment.bytes.count <= PageAddress.maximumLength else {
            return readPlainDigests(in: fragment)
        }
        let decoded = fragment.withDecodedBytes { PercentCoding.decodeLeniently($0) }
        decoded.withRawBytes { bytes in
            Self.forEachDigest(in: bytes, hasReferences: false) { algorithm, hex in
                take(
                    .decoded(String(decoding: algorithm, as: UTF8.self)),
                    .decoded(String(decoding: hex, as: UTF8.self)))
            }
        }
    }

    private mutating func readPlainDigests(in fragment: RawText) {
        Self.forEachDigest(in: fragment.bytes, hasReferences: fragment.escapes == .html) { algorithm, hex in
            take(.raw(RawText(bytes: algorithm, escapes: .none)), .raw(RawText(bytes: hex, escapes: .none)))
        }
    }

    private mutating func take(_ algorithm: DigestText, _ hex: DigestText) {
        if algorithm.isEqual(to: "sha256") {
            sha256 = sha256 ?? hex
        } else {
            otherDigests.append((algorithm, hex))
        }
    }

    private static func forEachDigest(
        in fragment: UnsafeRawBufferPointer, hasReferences: Bool,
        _ take: (_ algorithm: UnsafeRawBufferPointer, _ hex: UnsafeRawBufferPointer) -> Void
    ) {
        var rest = fragment
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&"), from: 0) ?? rest.count
            let part = rest[part: 0..<end]
            rest = rest[part: min(end + 1, rest.count)..<rest.count]
            if hasReferences, rest.hasPrefix("amp;") { rest = rest[part: 4..<rest.count] }
            guard let equals = part.firstIndex(of: UInt8(ascii: "="), from: 0) else { continue }
            take(part[part: 0..<equals].trimmed, part[part: (equals + 1)..<part.count].trimmed)
        }
    }
}
