import HTTPTypes
import NIOCore
import NIOHPACK
import PackagingStandards

extension HPACKHeaders {
    /// The fields of an answer's head (RFC 9113 §8.3.2), with the date.
    init(_ head: any ResponseHead) {
        self.init()
        reserveCapacity(12)
        add(name: ":status", value: String(head.status.code))
        head.forEachField { name, value in
            // What differs from answer to answer would only push other fields out of the table.
            let isShared = name != .eTag && name != .contentLength && name != .contentRange
            add(name: name.canonicalName, value: value, indexing: isShared ? .indexable : .nonIndexable)
        }
        add(name: "date", value: CurrentDate.text())
    }
}

extension HPACKHeaders {
    /// Returns whether these are the fields of a well-formed request (RFC 9113 §8.2, §8.3.1, §8.5).
    ///
    /// Whoever reads a malformed one as HTTP/1.1 may see another request in it than was meant.
    var isWellFormedRequest: Bool {
        var method: String?
        var (hasScheme, hasAuthority, hasPath, isInFields) = (false, false, false, false)
        for (name, value, _) in self {
            guard name.utf8.first == UInt8(ascii: ":") else {
                isInFields = true
                guard Self.isWellFormed(name, value), name != "te" || value == "trailers" else { return false }
                continue
            }
            guard !isInFields, value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
            switch name {
            case ":method" where method == nil: method = value
            case ":scheme" where !hasScheme: hasScheme = true
            case ":authority" where !hasAuthority: hasAuthority = true
            case ":path" where !hasPath && !value.isEmpty: hasPath = true
            default: return false
            }
        }
        guard let method else { return false }
        return method == "CONNECT" ? hasAuthority && !hasScheme && !hasPath : hasScheme && hasPath
    }

    /// Whether these are the fields of well-formed trailers (RFC 9113 §8.1).
    var areWellFormedTrailers: Bool {
        allSatisfy { name, value, _ in Self.isWellFormed(name, value) }
    }

    /// Returns whether a field that is no pseudo-header field has a name in lowercase, a value on one line, and nothing to
    /// say of a connection of HTTP/1.1 (RFC 9113 §8.2.1, §8.2.2).
    private static func isWellFormed(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(isNameByte) && !isOfConnection(name)
            && value.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
    }

    /// Returns whether a byte may be in a name: a `tchar` (RFC 9110 §5.6.2), but no capital letter.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x5E...0x7A, 0x7C, 0x7E: true
        default: false
        }
    }

    /// Returns whether a field is one that only connections of HTTP/1.1 have.
    fileprivate static func isOfConnection(_ name: String) -> Bool {
        switch name.utf8.count {
        case 7: name == "upgrade"
        case 10: name == "connection" || name == "keep-alive"
        case 16: name == "proxy-connection"
        case 17: name == "transfer-encoding"
        default: false
        }
    }
}

extension ByteBuffer {
    /// Writes a request's head as HTTP/1.1 would have it, so that one reader reads both. Returns false if the request is
    /// malformed, or cannot be written so.
    mutating func writePlainHead(_ fields: HPACKHeaders) -> Bool {
        var (method, scheme, path, authority): (String?, String?, String?, String?)
        var hasLine = false
        /// Writes the request line, once all pseudo-header fields are known: they come first (RFC 9113 §8.3).
        func writeLine(_ buffer: inout ByteBuffer) -> Bool {
            hasLine = true
            guard let method, let path, let authority, scheme != nil else { return false }
            buffer.writeString(method)
            buffer.writeStaticString(" ")
            buffer.writeString(path)
            buffer.writeStaticString(" HTTP/1.1\r\nhost: ")
            buffer.writeString(authority)
            buffer.writeStaticString("\r\n")
            return true
        }
        for (name, value, _) in fields {
            guard name.utf8.first == UInt8(ascii: ":") else {
                guard hasLine || writeLine(&self), writePlainField(name, value) else { return false }
                continue
            }
            guard !hasLine, ASCII.areAll(value, from: 0x21) else { return false }
            switch name {
            case ":method" where method == nil: method = value
            case ":scheme" where scheme == nil: scheme = value
            case ":path" where path == nil: path = value
            case ":authority" where authority == nil: authority = value
            default: return false
            }
        }
        guard hasLine || writeLine(&self) else { return false }
        writeStaticString("\r\n")
        return true
    }

    /// Writes a field's line, or returns false if the field is malformed, or has bytes that no plain one has.
    private mutating func writePlainField(_ name: String, _ value: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            ASCII.isLowercase(byte) || byte == UInt8(ascii: "-") || ASCII.isDigit(byte)
        }
        guard name.utf8.allSatisfy(isPlain), !HPACKHeaders.isOfConnection(name), name != "te" || value == "trailers",
            ASCII.areAll(value, from: 0x20)
        else { return false }
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
        return true
    }
}
