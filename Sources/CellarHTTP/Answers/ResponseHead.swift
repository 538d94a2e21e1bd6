import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Synchronization

/// The head of an answer that both the router and the fast lane give: field by field, so that each writes it in its own
/// way and both write the same.
protocol ResponseHead {
    var status: HTTPResponse.Status { get }

    /// Calls the closure with each field, in order.
    func forEachField(_ field: (HTTPField.Name, String) -> Void)
}

extension ResponseHead {
    /// The fields for the router.
    var headers: HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(10)
        forEachField { name, value in fields.append(HTTPField(name: name, value: value)) }
        return fields
    }

    /// Writes the head for the fast lane (RFC 9112 §4), with the date and the empty line; `isLast` says that the connection
    /// ends with the answer.
    func write(into buffer: inout ByteBuffer, isLast: Bool) {
        writeUndated(into: &buffer, isLast: isLast)
        buffer.writeDate()
    }

    /// Writes the head up to its date.
    func writeUndated(into buffer: inout ByteBuffer, isLast: Bool) {
        switch status.code {
        case 200: buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        case 206: buffer.writeStaticString("HTTP/1.1 206 Partial Content\r\n")
        case 304: buffer.writeStaticString("HTTP/1.1 304 Not Modified\r\n")
        default: buffer.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
        forEachField { name, value in
            buffer.writeString(name.rawName)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        if isLast { buffer.writeStaticString("Connection: close\r\n") }
    }
}

extension ByteBuffer {
    /// Writes the date, and the empty line that ends a head.
    mutating func writeDate() {
        writeStaticString("Date: ")
        writeString(CurrentDate.text())
        writeStaticString("\r\n\r\n")
    }
}

/// The current second as an HTTP date (RFC 9110 §5.6.7), made once a second.
enum CurrentDate {
    private static let latest = Mutex<(second: Int, text: String)>((-1, ""))

    /// Returns the date of now.
    static func text() -> String {
        let second = time(nil)
        return latest.withLock { latest in
            if latest.second != second {
                latest = (second, Timestamp(microseconds: Int64(second) * 1_000_000).httpDate)
            }
            return latest.text
        }
    }
}

/// The fields that let pages of any site read an answer (Fetch standard, CORS protocol).
enum CrossOriginAccess {
    /// The value of `Access-Control-Allow-Origin`; browsers send no credentials if an answer has it.
    static let anyOrigin = "*"

    /// The fields of the answer to a preflight request, by which a browser asks whether a script may send its headers.
    static let preflight: HTTPFields = [
        .accessControlAllowMethods: "GET, HEAD",
        .accessControlAllowHeaders: "Accept, Cache-Control, Content-Type, If-None-Match, If-Range, Range",
        .accessControlMaxAge: "86400",
    ]
}

extension HTTPField.Name {
    /// PyPI's header for the serial of a page, which mirrors read.
    static let pypiLastSerial = HTTPField.Name("X-PyPI-Last-Serial")
}

extension Response {
    /// Returns a response of plain text that nobody may keep.
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Returns a permanent redirect (301) to an address relative to that of the request, with the same query.
    static func moved(to relative: String, _ request: Request) -> Response {
        let query = (request.head.path ?? "").drop { $0 != "?" }
        return Response(
            status: .movedPermanently, headers: [.location: relative + query, .cacheControl: "private, no-cache"])
    }
}
