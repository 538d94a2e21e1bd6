import PackagingStandards

/// Texts in addresses and forms.
enum FormText {
    /// Returns a text as it stands in a query or a form (`application/x-www-form-urlencoded`): all but unreserved
    /// characters of RFC 3986 as `%` and two digits. A space is `%20`, which every reader takes.
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + HexCoding.encode([byte]).uppercased()
            }
        }
        return result
    }
}
