import PackagingStandards

/// A request as installers send it, read straight from the bytes of the connection.
///
/// It reads only what has one meaning: GET or HEAD of a path without a query, HTTP/1.1, one Host, lines ended by CRLF,
/// names of letters, digits and hyphens, values of printable ASCII, no field twice that matters here, and none that
/// frames a body or upgrades the connection. Anything else is left to the full parser behind, so that the two
/// never disagree on where a request ends (RFC 9112 §11.2).
struct PlainRequest {
    /// The most bytes of a head.
    static let longestHead = 8 << 10

    let isHead: Bool
    /// The path, as in the request line.
    let path: String
    private(set) var conditions = RequestConditions()
    /// The value of `X-Forwarded-For`, of all such fields together.
    private(set) var forwardedFor: String?
    /// Whether a browser's session may come with it, which only the router knows how to read.
    private(set) var hasSession = false
    /// Whether the client wants the connection to end with the answer.
    private(set) var isLast = false
    /// Bytes of the head, with the empty line at its end.
    private(set) var length = 0

    /// Reads the request at the start of the bytes, or returns nil if it is not whole, or not plain.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longestHead)))
        if reader.take("GET ") {
            isHead = false
        } else if reader.take("HEAD ") {
            isHead = true
        } else {
            return nil
        }
        guard let path = reader.takePath(), reader.take("HTTP/1.1\r\n") else { return nil }
        self.path = path
        var hosts = 0
        while !reader.take("\r\n") {
            guard let name = reader.takeName(), let value = reader.takeValue(), note(name, value, hosts: &hosts) else {
                return nil
            }
        }
        guard hosts == 1 else { return nil }
        length = reader.index
    }

    /// Notes a field; returns false if it makes the request not plain.
    private mutating func note(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, hosts: inout Int
    ) -> Bool {
        func isNamed(_ text: StaticString) -> Bool { name.isEqualIgnoringCase(to: text) }
        switch name.count {
        case 4 where isNamed("host"):
            hosts += 1
            return !value.isEmpty
        case 5 where isNamed("range"): return Self.set(&conditions.range, value)
        case 6 where isNamed("accept"): return Self.set(&conditions.accept, value)
        case 6 where isNamed("expect"): return false
        case 6 where isNamed("cookie"):
            hasSession = hasSession || value.holds("cellar_session=")
            return true
        case 7 where isNamed("upgrade") || isNamed("trailer"): return false
        case 8 where isNamed("if-range"): return Self.set(&conditions.ifRange, value)
        case 8 where isNamed("if-match"): return false
        case 10 where isNamed("connection"):
            let isClose = value.isEqualIgnoringCase(to: "close")
            isLast = isLast || isClose
            return isClose || value.isEqualIgnoringCase(to: "keep-alive")
        case 10 where isNamed("user-agent"): return Self.set(&conditions.userAgent, value)
        case 13 where isNamed("authorization"): return Self.set(&conditions.authorization, value)
        case 13 where isNamed("private-token"): return Self.set(&conditions.privateToken, value)
        case 13 where isNamed("if-none-match"): return Self.set(&conditions.ifNoneMatch, value)
        case 14 where isNamed("content-length"): return false
        case 15 where isNamed("accept-encoding"): return Self.set(&conditions.acceptEncoding, value)
        case 15 where isNamed("x-forwarded-for"):
            let value = String(decoding: value, as: UTF8.self)
            forwardedFor = forwardedFor.map { "\($0),\(value)" } ?? value
            return true
        case 17 where isNamed("transfer-encoding") || isNamed("if-modified-since"): return false
        case 19 where isNamed("if-unmodified-since"): return false
        default: return true
        }
    }

    private static func set(_ field: inout String?, _ value: UnsafeRawBufferPointer) -> Bool {
        guard field == nil else { return false }
        field = String(decoding: value, as: UTF8.self)
        return true
    }

    /// Reads the bytes once, from the first to the last.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var index = 0

        /// Takes exactly this text, or returns false, with nothing taken, if other bytes come.
        mutating func take(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard bytes.count - index >= count else { return false }
            for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] { return false }
            index += count
            return true
        }

        /// Takes a path and the space behind it, or returns nil if the path is empty, has a query or a fragment, or bytes
        /// that no path may have.
        mutating func takePath() -> String? {
            let start = index
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: " ") { break }
                guard ASCII.isVisible(byte), byte != UInt8(ascii: "?"), byte != UInt8(ascii: "#") else { return nil }
                index += 1
            }
            guard index < bytes.count, index > start, bytes[start] == UInt8(ascii: "/") else { return nil }
            defer { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        /// Takes a field's name and its colon.
        mutating func takeName() -> UnsafeRawBufferPointer? {
            let start = index
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: ":"), index > start {
                    defer { index += 1 }
                    return UnsafeRawBufferPointer(rebasing: bytes[start..<index])
                }
                guard ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") else { return nil }
                index += 1
            }
            return nil
        }

        /// Takes a field's value, without the white space around it, and the end of its line.
        mutating func takeValue() -> UnsafeRawBufferPointer? {
            while index < bytes.count, bytes[index] == 0x20 { index += 1 }
            let start = index
            while index < bytes.count, bytes[index] >= 0x20, bytes[index] < 0x7F { index += 1 }
            var end = index
            guard take("\r\n") else { return nil }
            while end > start, bytes[end - 1] == 0x20 { end -= 1 }
            return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Returns whether a text stands anywhere in the bytes, whatever the case of its letters.
    fileprivate func holds(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        return (0...(count - length)).contains { start in
            UnsafeRawBufferPointer(rebasing: self[start..<(start + length)]).isEqualIgnoringCase(to: text)
        }
    }
}
