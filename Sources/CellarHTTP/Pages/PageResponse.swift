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
    ///   - conditions: The request's, for `Accept-Encoding` and `If-None-Match`.
    /// - Throws: `.notAcceptable` where no coding is accepted that is made here.
    init(
        _ page: RenderedPage, contentType: String, isOpenToWebPages: Bool, conditions: RequestConditions
    ) throws {
        let (chosen, made) = page.body(try Self.encoding(for: conditions))
        let isKnown = conditions.ifNoneMatch.map(page.isNamed) ?? false
        status = isKnown ? .notModified : .ok
        body = isKnown ? nil : chosen.bytes
        entityTag = chosen.entityTag
        serial = page.serial
        encoding = made
        self.contentType = contentType
        self.isOpenToWebPages = isOpenToWebPages
    }

    /// The coding that a request would like best. Throws `.notAcceptable`.
    static func encoding(for conditions: RequestConditions) throws -> RenderedPage.Encoding {
        guard let encoding = ContentEncoding.negotiated(conditions.acceptEncoding) else {
            throw RegistryError(.notAcceptable, "None of the codings in Accept-Encoding is made here: use identity.")
        }
        return RenderedPage.Encoding(encoding)
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
