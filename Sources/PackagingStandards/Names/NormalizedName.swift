/// A project's name in its normal form (PEP 503): lowercase, with each run of `-`, `_` and `.` as a single `-`.
///
/// A valid name (PEP 508) is made of ASCII letters, digits, `.`, `_` and `-`, and begins and ends with a letter or
/// digit. It has at most ``maximumLength`` characters, which leaves room for version and tags in a file name of 255
/// bytes. Names are ordered by their bytes.
public struct NormalizedName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most characters of a name, as written and normalized.
    public static let maximumLength = 200

    /// The normalized text.
    public let description: String

    /// Normalizes a name as people write it; nil if it is not a valid project name.
    public init?(_ raw: String) {
        self.init(bytes: ArraySlice(raw.utf8))
    }

    /// Normalizes a name as people write it; nil if it is not a valid project name.
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

    /// Returns whether a name as people write it is this one, without making a text of it.
    func isSpelled(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var text = description
        return text.withUTF8 { own in
            guard bytes.count >= own.count, bytes.count <= Self.maximumLength else { return false }
            if bytes.isEqual(to: UnsafeRawBufferPointer(own)) { return true }
            var position = 0
            for expected in own {
                guard position < bytes.count else { return false }
                guard expected == ASCII.hyphen else {
                    guard ASCII.lowercased(bytes[position]) == expected else { return false }
                    position += 1
                    continue
                }
                let start = position
                while position < bytes.count, ASCII.isSeparator(bytes[position]) { position += 1 }
                guard position > start else { return false }
            }
            return position == bytes.count
        }
    }

    /// Returns whether a text is a valid name in its normal form.
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
