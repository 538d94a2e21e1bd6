import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// Answers with pages of the simple API and of the JSON API, and redirects from other addresses to them.
struct PageRoutes: Sendable {
    let registry: RegistryServices
    let addresses: RequestAddresses

    /// Answers a GET or HEAD.
    func answer(
        _ address: Address, caller: Caller, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        switch address {
        case .projectList(let index, let hasSlash):
            return try await projectList(hasSlash: hasSlash, in: index, caller: caller, request)
        case .project(let index, let name, let hasSlash):
            return try await projectPage(name, hasSlash: hasSlash, in: index, caller: caller, request)
        case .projectOrIndex(let name, let hasSlash):
            return try await projectPage(name, hasSlash: hasSlash, in: .main, caller: caller, request)
        case .projectBehindEmptySegment(let index, let name, let hasSlash):
            _ = try registry.permissions.requireRead(caller, in: index)
            return .moved(to: (hasSlash ? "../../" : "../") + "\(try PathNames.project(name))/", request)
        case .publishedProject(let index, let name, let depth):
            return try publishedProject(name, depth: depth, in: index, caller: caller, request)
        case .projectJSON(let index, let name, let version):
            return try await projectJSON(name, version: version, in: index, caller: caller, request, context)
        case .provenance(let index, let project, let version, let filename):
            return try await provenance(of: filename, project, version, in: index, caller: caller, request)
        case .index(let index, let listing):
            _ = try registry.permissions.requireRead(caller, in: index)
            return .moved(to: listing, request)
        case .file, .feed, .health, .metrics, .root, .api, .trustedPublishing:
            throw RegistryError(.notFound, "There is nothing under this address.")
        }
    }

    private func projectList(
        hasSlash: Bool, in index: IndexName, caller: Caller, _ request: Request
    ) async throws -> Response {
        _ = try registry.permissions.requireRead(caller, in: index)
        guard hasSlash else { return .moved(to: Self.withSlash(request), request) }
        let conditions = RequestConditions(request.headers)
        let choice = try Self.choice(request, conditions)
        let page = try await registry.pages.projectList(
            format: choice.format, encoding: choice.encoding, in: index, caller: caller)
        return answer(page, as: choice, in: index, conditions)
    }

    private func projectPage(
        _ name: String, hasSlash: Bool, in index: IndexName, caller: Caller, _ request: Request
    ) async throws -> Response {
        _ = try registry.permissions.requireRead(caller, in: index)
        let project = try PathNames.project(name)
        guard hasSlash, project.description == name else {
            return .moved(to: hasSlash ? "../\(project)/" : "\(project)/", request)
        }
        let conditions = RequestConditions(request.headers)
        let choice = try Self.choice(request, conditions)
        let page = try await registry.pages.project(
            project, format: choice.format, encoding: choice.encoding, in: index, caller: caller)
        switch page {
        case .page(let page): return answer(page, as: choice, in: index, conditions)
        case .elsewhere(let address): return Self.elsewhere(address)
        }
    }

    private static func elsewhere(_ address: String) -> Response {
        Response(status: .found, headers: [.location: address, .cacheControl: "private, no-cache"])
    }

    /// Redirects from an address that a client printed after publishing to the project's page.
    ///
    /// For the bare address of the server hatch prints `/<project>/<version>/`, whose project looks like an index: it is
    /// taken for one only if the caller may read that index, so that hidden and absent indexes are answered alike.
    private func publishedProject(
        _ name: String, depth: Int, in index: IndexName, caller: Caller, _ request: Request
    ) throws -> Response {
        var (project, index, depth) = (try PathNames.project(name), index, depth)
        let isReadable = (try? registry.permissions.requireRead(caller, in: index)) != nil
        if !isReadable, Version(name) != nil, let first = NormalizedName(index.description) {
            (project, index, depth) = (first, .main, depth + 1)
        }
        _ = try registry.permissions.requireRead(caller, in: index)
        let up = String(repeating: "../", count: depth)
        return .moved(to: "\(up)simple/\(project)/", request)
    }

    private func projectJSON(
        _ name: String, version: String?, in index: IndexName, caller: Caller, _ request: Request,
        _ context: CellarRequestContext
    ) async throws -> Response {
        _ = try registry.permissions.requireRead(caller, in: index)
        let project = try PathNames.project(name)
        let parsed = try version.map(PathNames.version)
        let conditions = RequestConditions(request.headers)
        let encoding = try PageChoice.encoding(for: conditions)
        let page = try await registry.pages.projectJSON(
            project, version: parsed, encoding: encoding, in: index,
            indexURL: addresses.baseURL(of: request, peer: context.peer) + "/\(index)/", caller: caller)
        return PageResponse(
            page, contentType: "application/json", isOpenToWebPages: registry.permissions.isOpenToWebPages(index),
            encoding: encoding, ifNoneMatch: conditions.ifNoneMatch
        ).response
    }

    private func provenance(
        of filename: String, _ name: String, _ version: String, in index: IndexName, caller: Caller, _ request: Request
    ) async throws -> Response {
        _ = try registry.permissions.requireRead(caller, in: index)
        let project = try PathNames.project(name)
        let version = try PathNames.version(version)
        let conditions = RequestConditions(request.headers)
        let encoding = try PageChoice.encoding(for: conditions)
        let found = try await registry.pages.provenance(
            of: filename, project, version: version, encoding: encoding, in: index, caller: caller)
        switch found {
        case .page(let page):
            return PageResponse(
                page, contentType: "application/vnd.pypi.integrity.v1+json",
                isOpenToWebPages: registry.permissions.isOpenToWebPages(index), encoding: encoding,
                ifNoneMatch: conditions.ifNoneMatch
            ).response
        case .elsewhere(let address): return Self.elsewhere(address)
        }
    }

    private func answer(
        _ page: RenderedPage, as choice: PageChoice, in index: IndexName, _ conditions: RequestConditions
    ) -> Response {
        PageResponse(
            page, contentType: choice.mediaType.contentType,
            isOpenToWebPages: registry.permissions.isOpenToWebPages(index),
            encoding: choice.encoding, ifNoneMatch: conditions.ifNoneMatch
        ).response
    }

    /// Returns the form and the encoding that a request asks for. Throws `.notAcceptable`.
    private static func choice(_ request: Request, _ conditions: RequestConditions) throws -> PageChoice {
        try PageChoice(
            for: conditions, format: try QueryParameters(path: request.head.path ?? "/").value("format"))
    }

    /// Returns the last segment of a request's address with a slash behind it.
    private static func withSlash(_ request: Request) -> String {
        let path = (request.head.path ?? "").prefix { $0 != "?" }
        return path.split(separator: "/").last.map { "./\($0)/" } ?? "./"
    }
}

/// A rendered page as an HTTP answer: what the router and the fast lane both send.
struct PageResponse: ResponseHead {
    let status: HTTPResponse.Status
    /// The bytes to send, or nil for none.
    let body: ByteBuffer?
    private let entityTag: String
    private let serial: Int64
    private let contentType: String
    private let isOpenToWebPages: Bool
    private let encoding: RenderedPage.Encoding

    /// Makes the answer to a GET or HEAD of a page.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - contentType: The media type of its form.
    ///   - isOpenToWebPages: Whether pages of any site may read it.
    ///   - encoding: The encoding that the request prefers.
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

    func forEachField(_ field: (HTTPField.Name, String) -> Void) {
        field(.cacheControl, "private, no-cache")
        field(.vary, "Accept, Accept-Encoding, Authorization, PRIVATE-TOKEN, Cookie")
        if let name = HTTPField.Name.pypiLastSerial { field(name, String(serial)) }
        field(.eTag, entityTag)
        if isOpenToWebPages { field(.accessControlAllowOrigin, CrossOriginAccess.anyOrigin) }
        guard let body else { return }
        field(.contentType, contentType)
        field(.xContentTypeOptions, "nosniff")
        if encoding != .identity { field(.contentEncoding, encoding.rawValue) }
        field(.contentLength, String(body.readableBytes))
    }

    /// The same for the router.
    var response: Response {
        Response(status: status, headers: headers, body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
    }
}

extension RenderedPage {
    /// Returns whether an `If-None-Match` names this page in any of its encodings: they are the same page.
    fileprivate func isNamed(by header: String) -> Bool {
        Encoding.allCases.contains { EntityTag.matches(ifNoneMatch: header, tag: entityTag(of: $0)) }
    }
}
