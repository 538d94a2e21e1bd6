import HTTPTypes
import Hummingbird
import NIOCore

extension HTTPField.Name {
    /// PyPI's header of a page's serial, which mirrors read.
    static let pypiLastSerial = HTTPField.Name("X-PyPI-Last-Serial")
}

extension Response {
    /// Returns a response of plain text that nobody keeps.
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Returns a lasting redirect to an address relative to the request's, with its query.
    static func moved(to relative: String, _ request: Request) -> Response {
        let query = (request.head.path ?? "").drop { $0 != "?" }
        return Response(
            status: .movedPermanently, headers: [.location: relative + query, .cacheControl: "private, no-cache"])
    }
}
