import PackagingStandards

/// Base64 in the alphabet for addresses, without padding, as JSON Web Tokens use it (RFC 7515 §2).
enum Base64URL {
    /// Decodes a text; returns nil for anything else, also for padding and bits that are left over.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var standard: [UInt8] = []
        standard.reserveCapacity(text.count + 3)
        for digit in text {
            switch digit {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: standard.append(digit)
            }
        }
        while !standard.count.isMultiple(of: 4) { standard.append(UInt8(ascii: "=")) }
        // Bytes that are no ASCII become others here, and are refused.
        return Base64.decode(String(decoding: standard, as: UTF8.self)[...].utf8)
    }
}
