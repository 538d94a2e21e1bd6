/// A project's name in the one form under which an index knows it (PEP 503): lowercase, runs of `-`, `_` and `.` as a
/// single `-`.
///
/// Only names of the grammar of PEP 508 have one: ASCII letters, digits, `.`, `_` and `-`, a letter or digit first and
/// last. A name may have at most ``maximumLength`` characters, which leaves room for version and tags in a file name of
/// 255 bytes. Names are ordered by their bytes.
public struct NormalizedName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most characters a name may have, as written and as normalized.
    public static let maximumLength = 200

    /// The normalized text.
    public let description: String

    /// Normalizes a name as people write it; nil if it is no valid project name.
    public init?(_ raw: String) {
        self.init(bytes: ArraySlice(raw.utf8))
    }

    /// Normalizes a name as people write it; nil if it is no valid project name.
    public init?(_ raw: Substring) {
        self.init(bytes: ArraySlice(raw.utf8))
    }

    init?(bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first, let last = bytes.last, bytes.count <= Self.maximumLength else { return nil }
        guard ASCII.isAlphanumeric(first), ASCII.isAlphanumeric(last) else { return nil }
        var normalized: [UInt8] = []
        normalized.reserveCapacity(bytes.count)
        var pendingSeparator = false
        for byte in bytes {
            if ASCII.isAlphanumeric(byte) {
                if pendingSeparator {
                    normalized.append(ASCII.hyphen)
                    pendingSeparator = false
                }
                normalized.append(ASCII.lowercased(byte))
            } else if ASCII.isSeparator(byte) {
                pendingSeparator = true
            } else {
                return nil
            }
        }
        description = String(decoding: normalized, as: UTF8.self)
    }

    /// Whether a text is a valid name that normalization leaves as it is.
    public static func isNormalized(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= maximumLength else { return false }
        var previous = ASCII.hyphen
        for byte in bytes {
            let isSeparator = byte == ASCII.hyphen
            guard ASCII.isDigit(byte) || ASCII.isLowercase(byte) || isSeparator else { return false }
            guard !(isSeparator && previous == ASCII.hyphen) else { return false }
            previous = byte
        }
        return previous != ASCII.hyphen
    }

    public static func < (left: NormalizedName, right: NormalizedName) -> Bool {
        left.description < right.description
    }
}

extension NormalizedName: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let name = NormalizedName(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a valid project name")
        }
        self = name
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
