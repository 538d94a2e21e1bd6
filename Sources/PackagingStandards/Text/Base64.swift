import FoundationEssentials

/// Base64 (RFC 4648).
///
/// Decoding is our own: every request with credentials does it, and only one spelling of them may be accepted.
package enum Base64 {
    /// Decodes a text in the standard alphabet (§4), padded, without line ends. Returns nil for anything else, also if
    /// bits are left over, since then several texts would mean the same bytes.
    package static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var digits = text
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        var collector = Collector(digits: digits.count)
        for digit in digits {
            guard let value = value(ofDigit: digit) else { return nil }
            collector.add(value)
        }
        return collector.isWhole ? collector.bytes : nil
    }

    /// Decodes a text in the standard or the URL-safe alphabet (§5), padded or not; returns nil for anything else. Bits
    /// that are left over are ignored, as by installers.
    package static func decodeLeniently(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var digits = text
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        var collector = Collector(digits: digits.count)
        for digit in digits {
            switch digit {
            case UInt8(ascii: "-"): collector.add(62)
            case UInt8(ascii: "_"): collector.add(63)
            default:
                guard let value = value(ofDigit: digit) else { return nil }
                collector.add(value)
            }
        }
        return collector.bytes
    }

    /// Encodes bytes in the URL-safe alphabet (§5), without padding.
    package static func encodeForURLs(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString().utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: digit
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// A collector that makes bytes from six bits at a time.
    private struct Collector {
        private(set) var bytes: [UInt8] = []
        private var bits: UInt32 = 0
        private var count: UInt32 = 0

        init(digits: Int) {
            bytes.reserveCapacity(digits * 3 / 4)
        }

        /// Whether only the zero bits are left over that the last digit needs.
        var isWhole: Bool { bits & ((1 << count) - 1) == 0 && count < 6 }

        mutating func add(_ value: UInt8) {
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { return }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
    }
}
