/// Puts texts of others into filters and distinguished names so that they stay values.
enum LDAPEscaping {
    /// Returns the value in a filter (RFC 4515 §3): all but letters, digits and a few marks of ASCII as `\xx`.
    static func filterValue(_ text: String) -> String {
        filterValue(Array(text.utf8))
    }

    static func filterValue(_ bytes: [UInt8]) -> String {
        var result = ""
        for byte in bytes {
            if isPlain(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "\\" + hex(byte)
            }
        }
        return result
    }

    /// Returns the value in a distinguished name (RFC 4514 §2.4), in the same way, which is allowed for any byte.
    static func nameValue(_ text: String) -> String {
        filterValue(Array(text.utf8))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "@"):
            true
        default: false
        }
    }

    static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }
}

/// The texts of an immutable attribute, most of which are binary in Active Directory.
enum LDAPSubject {
    /// Returns a value as text: an objectGUID as Windows writes it, other bytes that are no plain text in hex.
    static func text(of value: [UInt8], attribute: String) -> String? {
        guard !value.isEmpty else { return nil }
        if isGUID(attribute) {
            guard value.count == 16 else { return nil }
            let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
            var text = ""
            for (number, place) in order.enumerated() {
                if [4, 6, 8, 10].contains(number) { text += "-" }
                text += LDAPEscaping.hex(value[place])
            }
            return text
        }
        let isBinary = attribute.lowercased() == "objectsid"
        if !isBinary, let text = String(validating: value, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }), !text.hasPrefix("hex:")
        {
            return text
        }
        return "hex:" + value.map(LDAPEscaping.hex).joined()
    }

    /// Returns the bytes that a text stands for; nil for a text that stands for none.
    static func bytes(of text: String, attribute: String) -> [UInt8]? {
        if isGUID(attribute) {
            let digits = text.filter { $0 != "-" }
            guard text.utf8.count == 36, let bytes = unhex(digits), bytes.count == 16 else { return nil }
            return [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map { bytes[$0] }
        }
        return text.hasPrefix("hex:") ? unhex(String(text.dropFirst(4))) : Array(text.utf8)
    }

    private static func isGUID(_ attribute: String) -> Bool { attribute.lowercased() == "objectguid" }

    private static func unhex(_ digits: String) -> [UInt8]? {
        let digits = Array(digits.utf8)
        guard digits.count.isMultiple(of: 2), !digits.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
