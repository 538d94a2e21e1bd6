import HTTPTypes
import NIOCore
import NIOHPACK

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

extension ByteBuffer {
    /// Writes a request's head as HTTP/1.1 would have it, so that one reader reads both. Returns false if it cannot be
    /// written so, as the router shall see it then.
    mutating func writePlainHead(_ fields: HPACKHeaders) -> Bool {
        var method: String?
        var path: String?
        var authority: String?
        var hasLine = false
        /// Writes the request line, once all pseudo-header fields are known: they come first (RFC 9113 §8.3).
        func writeLine(_ buffer: inout ByteBuffer) -> Bool {
            hasLine = true
            guard let method, let path, let authority, Self.isPlain(path), Self.isPlain(authority) else { return false }
            buffer.writeString(method)
            buffer.writeStaticString(" ")
            buffer.writeString(path)
            buffer.writeStaticString(" HTTP/1.1\r\nhost: ")
            buffer.writeString(authority)
            buffer.writeStaticString("\r\n")
            return true
        }
        for (name, value, _) in fields {
            switch name {
            case ":method": method = value
            case ":path": path = value
            case ":authority": authority = value
            case ":scheme": continue
            default:
                guard hasLine || writeLine(&self), Self.isPlain(value) else { return false }
                writeString(name)
                writeStaticString(": ")
                writeString(value)
                writeStaticString("\r\n")
            }
        }
        guard hasLine || writeLine(&self) else { return false }
        writeStaticString("\r\n")
        return true
    }

    /// Returns whether a value may stand on a line.
    private static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
