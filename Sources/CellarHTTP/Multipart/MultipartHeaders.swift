import PackagingStandards

/// The boundary of a multipart/form-data body, as its `Content-Type` announces it (RFC 2046 §5.1.1).
package struct MultipartBoundary: Hashable, Sendable {
    /// One to seventy of the characters that RFC 2046 allows, not ending in a space.
    package let text: String

    /// Checks a bare boundary.
    ///
    /// - Throws: `invalidBoundary`.
    package init(_ text: String) throws(MultipartError) {
        guard (1...70).contains(text.utf8.count), text.utf8.last != UInt8(ascii: " "), text.utf8.allSatisfy(Self.allows)
        else { throw .invalidBoundary }
        self.text = text
    }

    /// Reads the boundary from a `Content-Type` header field's value.
    ///
    /// Characters that RFC 2046 wants quoted are also read without quotes, because clients send them so.
    ///
    /// - Throws: `notFormData` for another media type or none, `invalidBoundary` for a missing, repeated or impossible
    ///   boundary.
    package init(contentType: String?) throws(MultipartError) {
        guard let contentType, let value = HeaderValue(parsing: contentType.utf8),
            value.value == "multipart/form-data"
        else { throw .notFormData }
        let boundaries = value.parameters.filter { $0.name == "boundary" }
        guard boundaries.count == 1, let boundary = boundaries.first?.value else { throw .invalidBoundary }
        try self.init(boundary)
    }

    private static func allows(_ byte: UInt8) -> Bool {
        if ASCII.isAlphanumeric(byte) { return true }
        return switch byte {
        // ' ( ) + , - . / : = ? _ and space
        case 0x27, 0x28, 0x29, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x3A, 0x3D, 0x3F, 0x5F, 0x20: true
        default: false
        }
    }
}

/// What the headers of one part say (RFC 7578 §4).
struct MultipartPartHead: Hashable, Sendable {
    let name: String
    /// The name of a file, or nil for a field.
    let filename: String?

    /// Reads a header block: lines that each end in CR LF, without the empty line at its end.
    init(parsing block: [UInt8]) throws(MultipartError) {
        var disposition: HeaderValue?
        var contentType: HeaderValue?
        var transferEncoding: HeaderValue?
        for line in block.split(separator: lineFeed) {
            guard line.last == carriageReturn else { throw .bareLineFeed }
            let line = line.dropLast()
            guard !line.isEmpty else { continue }
            guard let colon = line.firstIndex(of: colon), !line.contains(carriageReturn),
                let name = Self.fieldName(line[..<colon])
            else { throw .malformedHeader }
            let value = line[(colon + 1)...]
            switch name {
            case "content-disposition": try Self.set(&disposition, to: value, header: "Content-Disposition")
            case "content-type": try Self.set(&contentType, to: value, header: "Content-Type")
            case "content-transfer-encoding":
                try Self.set(&transferEncoding, to: value, header: "Content-Transfer-Encoding")
            default: break
            }
        }

        guard let disposition, disposition.value == "form-data",
            let name = try Self.text("name", of: disposition), !name.isEmpty
        else { throw .missingName }
        self.name = name
        filename = try Self.text("filename", of: disposition)
        if let contentType, contentType.value.hasPrefix("multipart/") { throw .nestedMultipart(field: name) }
        if let encoding = transferEncoding?.value, !["binary", "8bit", "7bit"].contains(encoding) {
            throw .unsupportedTransferEncoding(encoding)
        }
    }

    /// Returns a header's name in lower case, or nil if it isn't a token: a line that continues the one before (folding,
    /// which forms may not use) begins with a space and so isn't.
    private static func fieldName(_ bytes: ArraySlice<UInt8>) -> String? {
        guard !bytes.isEmpty, bytes.allSatisfy(ASCII.isVisible) else { return nil }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private static func set(
        _ header: inout HeaderValue?, to bytes: ArraySlice<UInt8>, header name: String
    ) throws(MultipartError) {
        guard header == nil else { throw .ambiguousHeader(name: name) }
        guard bytes.allSatisfy({ !ASCII.isControl($0) || $0 == tab }) else { throw .invalidName }
        guard let value = HeaderValue(parsing: bytes) else { throw .malformedHeader }
        header = value
    }

    /// Reads a parameter that may also be sent in the extended form (`filename*=UTF-8''…`, RFC 8187).
    ///
    /// RFC 7578 §4.2 forbids that form, yet clients use it for non-ASCII names. Both forms are taken only if they
    /// agree, so that no two readers of one request see two names.
    private static func text(_ parameter: String, of disposition: HeaderValue) throws(MultipartError) -> String? {
        let plain = disposition.parameters.filter { $0.name == parameter }
        let extended = disposition.parameters.filter { $0.name == parameter + "*" }
        guard plain.count <= 1, extended.count <= 1 else { throw .ambiguousHeader(name: parameter) }
        guard let extendedValue = extended.first?.value else { return plain.first?.value }
        let value = try decodeExtended(extendedValue)
        if let plain = plain.first?.value, plain != value { throw .ambiguousHeader(name: parameter) }
        return value
    }

    private static func decodeExtended(_ value: String) throws(MultipartError) -> String {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { throw .malformedHeader }
        guard let bytes = PercentCoding.decode(Array(parts[2].utf8)) else { throw .malformedHeader }
        guard !bytes.contains(where: ASCII.isControl), let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalidName
        }
        return text
    }
}

/// A header field's value of the form `value; name=token; name="quoted string"` (RFC 2183, RFC 9110 §5.6.6).
///
/// In quoted strings only `\"` and `\\` are escapes: browsers send a file name's other backslashes bare, and dropping
/// one would turn a name that has to be refused into another. `%22` stands for a quote, as browsers write it (WHATWG
/// HTML, multipart form data).
private struct HeaderValue {
    struct Parameter {
        /// In lower case.
        let name: String
        let value: String
    }

    /// What stands before the first semicolon, in lower case.
    let value: String
    private(set) var parameters: [Parameter] = []

    /// Reads a value, or returns nil if it is malformed or not UTF-8.
    init?(parsing bytes: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(bytes))
        guard let value = reader.text(while: { $0 != semicolon }), !value.isEmpty else { return nil }
        self.value = value.lowercased()
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

        var atEnd: Bool { index == bytes.count }

        /// Takes a byte, or returns false if another comes.
        mutating func skip(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func skipSpaces() {
            while index < bytes.count, ASCII.isBlank(bytes[index]) { index += 1 }
        }

        /// Reads text up to a byte that ends it, without the spaces around it.
        mutating func text(while continues: (UInt8) -> Bool) -> String? {
            skipSpaces()
            let start = index
            while index < bytes.count, continues(bytes[index]) { index += 1 }
            var end = index
            while end > start, ASCII.isBlank(bytes[end - 1]) { end -= 1 }
            return String(validating: bytes[start..<end], as: UTF8.self)
        }

        /// Reads a token or a quoted string, or returns nil if it is malformed or empty without quotes.
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

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let colon = UInt8(ascii: ":")
private let semicolon = UInt8(ascii: ";")
private let equals = UInt8(ascii: "=")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let percent = UInt8(ascii: "%")
private let tab = UInt8(ascii: "\t")
