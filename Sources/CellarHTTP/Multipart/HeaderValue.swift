/// A header field's value of the form `value; name=token; name="quoted string"` (RFC 2183, RFC 9110 §5.6.6).
///
/// In quoted strings only `\"` and `\\` are escapes: browsers send a file name's other backslashes bare, and dropping
/// one would turn a name that has to be refused into another. `%22` stands for a quote, as browsers write it (WHATWG
/// HTML, multipart form data).
struct HeaderValue: Hashable, Sendable {
    struct Parameter: Hashable, Sendable {
        /// In lower case.
        var name: String
        var value: String
    }

    /// What stands before the first semicolon, in lower case.
    var value: String
    var parameters: [Parameter]

    func isToken(_ token: String) -> Bool {
        value == token
    }

    /// Reads a value, or returns nil if it is malformed or not UTF-8.
    init?(parsing bytes: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(bytes))
        guard let value = reader.text(while: { $0 != semicolon }) else { return nil }
        self.value = value.lowercased()
        guard !self.value.isEmpty else { return nil }
        parameters = []
        while reader.skip(semicolon) {
            reader.skipSpaces()
            if reader.atEnd { return }
            guard let name = reader.text(while: { $0 != equals && $0 != semicolon }), !name.isEmpty,
                reader.skip(equals), let value = reader.parameterValue()
            else { return nil }
            parameters.append(Parameter(name: name.lowercased(), value: value))
        }
        guard reader.atEnd else { return nil }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var atEnd: Bool { index == bytes.count }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func skipSpaces() {
            while index < bytes.count, bytes[index] == space || bytes[index] == tab { index += 1 }
        }

        /// Reads text up to a byte that ends it, without the spaces around it.
        mutating func text(while continues: (UInt8) -> Bool) -> String? {
            skipSpaces()
            let start = index
            while index < bytes.count, continues(bytes[index]) { index += 1 }
            var end = index
            while end > start, bytes[end - 1] == space || bytes[end - 1] == tab { end -= 1 }
            return String(validating: bytes[start..<end], as: UTF8.self)
        }

        mutating func parameterValue() -> String? {
            skipSpaces()
            guard skip(quote) else {
                guard let value = text(while: { $0 != semicolon }), !value.isEmpty, !value.utf8.contains(quote)
                else { return nil }
                return value
            }
            var value: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case quote:
                    skipSpaces()
                    guard atEnd || bytes[index] == semicolon else { return nil }
                    return String(validating: value, as: UTF8.self)
                case backslash where index < bytes.count && (bytes[index] == quote || bytes[index] == backslash):
                    value.append(bytes[index])
                    index += 1
                case percent where bytes[index...].starts(with: [0x32, 0x32]):
                    value.append(quote)
                    index += 2
                default:
                    value.append(byte)
                }
            }
            return nil
        }
    }
}

private let semicolon = UInt8(ascii: ";")
private let equals = UInt8(ascii: "=")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let percent = UInt8(ascii: "%")
private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
