import NIOCore

/// In which form a page of the simple API was sent.
enum PageForm: Sendable, Hashable {
    case json
    case html

    /// The type of version 1 of the simple API.
    var type: String {
        switch self {
        case .json: "application/vnd.pypi.simple.v1+json"
        case .html: "application/vnd.pypi.simple.v1+html"
        }
    }

    /// What we ask for: JSON before HTML (PEP 691).
    static let accept =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

    /// The form that an answer's type means; where it means neither, that of its first byte. Nil for no page at all.
    init?(contentType: String?, body: ByteBuffer) {
        let type = contentType.map { $0.prefix { $0 != ";" }.trimmingBlanks().lowercased() }
        switch type {
        case "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json", "application/json":
            self = .json
        case "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html",
            "application/xhtml+xml":
            self = .html
        default:
            let marks: [UInt8] = [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D]
            switch body.readableBytesView.first(where: { !marks.contains($0) }) {
            case UInt8(ascii: "{"): self = .json
            case UInt8(ascii: "<"): self = .html
            default: return nil
            }
        }
    }
}
