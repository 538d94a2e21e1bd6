import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// A rendered page as an HTTP answer: what the router and the fast lane both send.
struct PageResponse: ResponseHead {
    let status: HTTPResponse.Status
    /// The bytes to send; nil for none.
    let body: ByteBuffer?
    private let entityTag: String
    private let serial: Int64
    private let contentType: String
    private let isOpenToWebPages: Bool
    private let encoding: RenderedPage.Encoding

    /// The answer of a page to a GET or HEAD.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - contentType: The media type of its form.
    ///   - isOpenToWebPages: Whether pages of any site may read it.
    ///   - encoding: The coding that the request would like best.
    ///   - ifNoneMatch: The request's field of that name.
    init(
        _ page: RenderedPage, contentType: String, isOpenToWebPages: Bool, encoding: RenderedPage.Encoding,
        ifNoneMatch: String?
    ) {
        let (chosen, made) = page.body(encoding)
        let isKnown = ifNoneMatch.map(page.isNamed) ?? false
        status = isKnown ? .notModified : .ok
        body = isKnown ? nil : chosen.bytes
        entityTag = chosen.entityTag
        serial = page.serial
        self.encoding = made
        self.contentType = contentType
        self.isOpenToWebPages = isOpenToWebPages
    }

    func forEachField(_ tell: (HTTPField.Name, String) -> Void) {
        tell(.cacheControl, "private, no-cache")
        tell(.vary, "Accept, Accept-Encoding, Authorization, Cookie")
        if let name = HTTPField.Name.pypiLastSerial { tell(name, String(serial)) }
        tell(.eTag, entityTag)
        if isOpenToWebPages { tell(.accessControlAllowOrigin, CrossOriginAccess.anyOrigin) }
        guard let body else { return }
        tell(.contentType, contentType)
        tell(.xContentTypeOptions, "nosniff")
        if encoding != .identity { tell(.contentEncoding, encoding.rawValue) }
        tell(.contentLength, String(body.readableBytes))
    }

    /// The answer for the router.
    var response: Response {
        Response(status: status, headers: headers, body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
    }
}

extension RenderedPage {
    /// Returns whether an `If-None-Match` names this content in any of its codings: whoever holds one of them holds the
    /// page.
    fileprivate func isNamed(by header: String) -> Bool {
        Encoding.allCases.contains { EntityTag.matches(ifNoneMatch: header, tag: entityTag(of: $0)) }
    }
}
