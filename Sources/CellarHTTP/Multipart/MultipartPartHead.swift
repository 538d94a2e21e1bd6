import PackagingStandards

/// What the headers of one part say (RFC 7578 §4).
struct MultipartPartHead: Hashable, Sendable {
    var name: String
    /// Nil for fields.
    var filename: String?

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

        guard let disposition, disposition.isToken("form-data"),
            let name = try Self.text("name", of: disposition), !name.isEmpty
        else { throw .missingName }
        self.name = name
        filename = try Self.text("filename", of: disposition)
        if let contentType, contentType.value.hasPrefix("multipart/") { throw .nestedMultipart(field: name) }
        if let encoding = transferEncoding?.value, !["binary", "8bit", "7bit"].contains(encoding) {
            throw .unsupportedTransferEncoding(encoding)
        }
    }

    /// Answers a header's name in lower case, or nil if it isn't a token: lines that continue the one before (folding,
    /// which forms may not use) begin with a space and so aren't.
    private static func fieldName(_ bytes: ArraySlice<UInt8>) -> String? {
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private static func set(
        _ header: inout HeaderValue?, to bytes: ArraySlice<UInt8>, header name: String
    ) throws(MultipartError) {
        guard header == nil else { throw .ambiguousHeader(name: name) }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == tab }) else { throw .invalidName }
        guard let value = HeaderValue(parsing: bytes) else { throw .malformedHeader }
        header = value
    }

    /// Reads a parameter that may also be sent in the extended form (`filename*=UTF-8''…`, RFC 8187).
    ///
    /// RFC 7578 §4.2 forbids that form, yet clients use it for non-ASCII names. Both forms are taken only when they
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
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalidName
        }
        return text
    }
}

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let colon = UInt8(ascii: ":")
private let tab = UInt8(ascii: "\t")
