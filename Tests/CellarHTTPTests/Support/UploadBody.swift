import FoundationEssentials
import HTTPTypes
import NIOCore

/// A form of the legacy upload API, ready to be sent.
struct UploadBody {
    static let boundary = "----boundary42"

    var fields: [(String, String)]
    let filename: String
    let bytes: [UInt8]
    /// Parts before and behind the file.
    var partsBefore: [String] = []
    var partsAfter: [String] = []

    /// The form of a wheel, as twine sends it.
    init(wheel: (filename: String, bytes: [UInt8])) {
        filename = wheel.filename
        bytes = wheel.bytes
        let parts = wheel.filename.split(separator: "-").map(String.init)
        fields = [
            (":action", "file_upload"), ("protocol_version", "1"), ("name", parts[0]), ("version", parts[1]),
            ("filetype", "bdist_wheel"), ("pyversion", "py3"),
        ]
    }

    var buffer: ByteBuffer {
        var buffer = ByteBuffer()
        for (name, value) in fields {
            buffer.writeString("--\(Self.boundary)\r\n\(MultipartBuilder.field(name, value))\r\n")
        }
        for part in partsBefore { buffer.writeString("--\(Self.boundary)\r\n\(part)\r\n") }
        buffer.writeString("--\(Self.boundary)\r\n\(MultipartBuilder.file("content", filename, ""))")
        buffer.writeBytes(bytes)
        for part in partsAfter { buffer.writeString("\r\n--\(Self.boundary)\r\n\(part)") }
        buffer.writeString("\r\n--\(Self.boundary)--\r\n")
        return buffer
    }
}

extension HTTPFields {
    /// Headers that prove who somebody is.
    static func basic(_ user: String, password: String = "secret") -> HTTPFields {
        let known = ["alice": "YWxpY2U6c2VjcmV0", "bob": "Ym9iOnNlY3JldA==", "root": "cm9vdDpzZWNyZXQ="]
        let encoded = password == "secret" ? known[user] : nil
        return [.authorization: "Basic \(encoded ?? "bm9ib2R5Ondyb25n")"]
    }

    /// Headers that send a token as a password.
    static func token(_ text: String, user: String = "__token__") -> HTTPFields {
        [.authorization: "Basic \(Data("\(user):\(text)".utf8).base64EncodedString())"]
    }

    /// The headers of an upload.
    static func upload(by user: String?) -> HTTPFields {
        var fields = user.map { HTTPFields.basic($0) } ?? [:]
        fields[.contentType] = "multipart/form-data; boundary=\(UploadBody.boundary)"
        return fields
    }

    func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }
}
