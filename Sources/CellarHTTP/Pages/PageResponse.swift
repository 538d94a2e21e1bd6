import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// A rendered page as an HTTP answer: what the router and the fast lane both send.
struct PageResponse: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer?

    /// The answer of a page, in a content coding that its client takes, to a GET or HEAD with these fields.
    init(_ page: RenderedPage, contentType: String, encoding: ContentEncoding, requestHeaders: HTTPFields) {
        let (chosen, made) = page.body(RenderedPage.Encoding(encoding))
        var headers = HTTPFields()
        headers.reserveCapacity(8)
        headers[.cacheControl] = "private, no-cache"
        headers[.vary] = "Accept, Accept-Encoding, Authorization, Cookie"
        if let name = HTTPField.Name.pypiLastSerial { headers[name] = String(page.serial) }
        if let tag = requestHeaders[.ifNoneMatch], page.isNamed(by: tag) {
            headers[.eTag] = chosen.entityTag
            self.init(status: .notModified, headers: headers, body: nil)
            return
        }
        headers[.eTag] = chosen.entityTag
        headers[.contentType] = contentType
        headers[.xContentTypeOptions] = "nosniff"
        if made != .identity { headers[.contentEncoding] = made.rawValue }
        headers[.contentLength] = String(chosen.bytes.readableBytes)
        self.init(status: .ok, headers: headers, body: chosen.bytes)
    }

    /// The content coding of a page for a client. Throws `.notAcceptable`.
    static func encoding(for requestHeaders: HTTPFields) throws -> ContentEncoding {
        guard let encoding = ContentEncoding.negotiated(requestHeaders[.acceptEncoding]) else {
            throw RegistryError(.notAcceptable, "None of the codings in Accept-Encoding is made here: use identity.")
        }
        return encoding
    }

    private init(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer?) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The answer for the router.
    var response: Response {
        Response(status: status, headers: headers, body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
    }
}

extension RenderedPage {
    /// Whether an `If-None-Match` names this content in any of its codings: whoever holds one of them holds the page.
    fileprivate func isNamed(by header: String) -> Bool {
        Encoding.allCases.contains { EntityTag.matches(ifNoneMatch: header, tag: entityTag(of: $0)) }
    }
}

extension RenderedPage.Encoding {
    init(_ encoding: ContentEncoding) {
        switch encoding {
        case .identity: self = .identity
        case .gzip: self = .gzip
        case .zstd: self = .zstd
        }
    }
}

extension HTTPField.Name {
    /// PyPI's header of a page's serial, which mirrors read.
    static let pypiLastSerial = HTTPField.Name("X-PyPI-Last-Serial")
}
