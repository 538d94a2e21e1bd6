/// Percent-encoding as signatures want it: everything but `A-Z a-z 0-9 - . _ ~`, with upper-case digits ("UriEncode" in
/// AWS's "Signature Calculations for the Authorization Header").
package enum URIEncoding {
    /// Returns a text encoded, for a name or value of a query.
    package static func encode(_ text: String) -> String {
        encode(text, keepingSlashes: false)
    }

    /// Returns a path encoded, with its slashes as they are.
    package static func encodePath(_ path: String) -> String {
        encode(path, keepingSlashes: true)
    }

    private static func encode(_ text: String, keepingSlashes: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "/") where keepingSlashes:
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
