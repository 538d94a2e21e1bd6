import CellarHTTP
import NIOCore

/// Makes multipart bodies.
enum MultipartBuilder {
    static func part(_ headers: [String], _ body: String) -> String {
        headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
    }

    static func field(_ name: String, _ value: String) -> String {
        part(["Content-Disposition: form-data; name=\"\(name)\""], value)
    }

    static func file(_ name: String, _ filename: String, _ content: String) -> String {
        part(
            [
                "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(filename)\"",
                "Content-Type: application/octet-stream",
            ], content)
    }

    /// A whole body of these parts.
    static func body(_ parts: [String], boundary: String = "----boundary42") -> String {
        parts.map { "--\(boundary)\r\n\($0)\r\n" }.joined() + "--\(boundary)--\r\n"
    }
}

/// What a body held, with the bytes of each file put together.
struct MultipartContent: Hashable {
    var parts: [String] = []

    mutating func add(_ element: MultipartParser.Element) {
        switch element {
        case .field(let field): parts.append("\(field.name)=\(String(buffer: field.value))")
        case .fileBegan(let file): parts.append("\(file.field)@\(file.filename):")
        case .fileBytes(let bytes): parts[parts.count - 1] += String(buffer: bytes)
        case .fileEnded: parts[parts.count - 1] += "."
        }
    }

    /// Reads a body that comes in these chunks.
    static func read(
        _ chunks: [ByteBuffer], boundary: String = "----boundary42", limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) -> MultipartContent {
        var parser = MultipartParser(boundary: try MultipartBoundary(boundary), limits: limits)
        var content = MultipartContent()
        for chunk in chunks {
            parser.receive(chunk)
            while let element = try parser.next() { content.add(element) }
        }
        try parser.finish()
        return content
    }

    static func read(
        _ body: String, boundary: String = "----boundary42", limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) -> MultipartContent {
        try read([ByteBuffer(string: body)], boundary: boundary, limits: limits)
    }
}
