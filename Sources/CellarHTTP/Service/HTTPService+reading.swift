import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

extension HTTPService {
    /// Answers a GET or HEAD.
    func read(_ address: Address, _ request: Request, _ context: CellarRequestContext) async throws -> Response {
        switch address {
        case .health(let isReadiness): return health(isReadiness: isReadiness)
        case .metrics: return metricsPage()
        case .api(let segments): return try await api(segments, request, context)
        default: break
        }
        let reader = try await reader(request, context)
        do {
            return try await read(address, caller: reader.caller, request, context)
        } catch let error as RegistryError where error.code == .authenticationRequired {
            throw reader.refusal ?? error
        }
    }

    private func read(
        _ address: Address, caller: Caller, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        switch address {
        case .projectList(let index, let hasSlash):
            _ = try registry.permissions.requireRead(caller, in: index)
            guard hasSlash else { return Self.redirect(to: Self.withSlash(request), request) }
            let form = try Self.form(of: request)
            let page = try await registry.pages.projectList(
                form: form.pageForm, encoding: try Self.encoding(of: request), in: index, caller: caller)
            return try answer(page, as: form.contentType, in: index, to: request)
        case .project(let index, let name, let hasSlash):
            return try await projectPage(name, hasSlash: hasSlash, in: index, caller: caller, request)
        case .projectOrIndex(let name, let hasSlash):
            return try await projectPage(name, hasSlash: hasSlash, in: .main, caller: caller, request)
        case .projectBehindEmptySegment(let index, let name, let hasSlash):
            _ = try registry.permissions.requireRead(caller, in: index)
            return Self.redirect(to: (hasSlash ? "../../" : "../") + "\(try Self.projectName(name))/", request)
        case .publishedProject(let index, let name, let depth):
            return try publishedProject(name, depth: depth, in: index, caller: caller, request)
        case .file(let address, let isMetadata):
            return try await file(address, isMetadata: isMetadata, caller: caller, request, context)
        case .projectJSON(let index, let name, let version):
            return try await projectJSON(name, version: version, in: index, caller: caller, request, context)
        case .index(let index, let listing):
            _ = try registry.permissions.requireRead(caller, in: index)
            return Self.redirect(to: listing, request)
        case .health, .metrics, .root, .api:
            throw RegistryError(.notFound, "There is nothing under this address.")
        }
    }

    private func projectPage(
        _ name: String, hasSlash: Bool, in index: IndexName, caller: Caller, _ request: Request
    ) async throws -> Response {
        _ = try registry.permissions.requireRead(caller, in: index)
        let project = try Self.projectName(name)
        guard hasSlash, project.description == name else {
            return Self.redirect(to: hasSlash ? "../\(project)/" : "\(project)/", request)
        }
        let form = try Self.form(of: request)
        let page = try await registry.pages.project(
            project, form: form.pageForm, encoding: try Self.encoding(of: request), in: index, caller: caller)
        switch page {
        case .page(let page): return try answer(page, as: form.contentType, in: index, to: request)
        case .elsewhere(let address):
            return Response(status: .found, headers: [.location: address, .cacheControl: "private, no-cache"])
        }
    }

    /// Leads from an address that a client printed after publishing to the project's page.
    ///
    /// Behind the bare address of the server hatch prints `/<project>/<version>/`, whose project looks like an index: it
    /// is taken for one only if the caller may read there, so that hidden and absent ones are answered alike.
    private func publishedProject(
        _ name: String, depth: Int, in index: IndexName, caller: Caller, _ request: Request
    ) throws -> Response {
        var (project, index, depth) = (try Self.projectName(name), index, depth)
        let isReadable = (try? registry.permissions.requireRead(caller, in: index)) != nil
        if !isReadable, Version(name) != nil, let first = NormalizedName(index.description) {
            (project, index, depth) = (first, .main, depth + 1)
        }
        _ = try registry.permissions.requireRead(caller, in: index)
        let up = String(repeating: "../", count: depth)
        return Self.redirect(to: "\(up)simple/\(project)/", request)
    }

    private func projectJSON(
        _ name: String, version: String?, in index: IndexName, caller: Caller, _ request: Request,
        _ context: CellarRequestContext
    ) async throws -> Response {
        _ = try registry.permissions.requireRead(caller, in: index)
        let project = try Self.projectName(name)
        let parsed = try version.map(Self.version)
        let page = try await registry.pages.projectJSON(
            project, version: parsed, encoding: try Self.encoding(of: request), in: index,
            indexURL: addresses.baseURL(of: request, peer: context.peer) + "/\(index)/", caller: caller)
        return try answer(page, as: "application/json", in: index, to: request)
    }

    private func answer(
        _ page: RenderedPage, as contentType: String, in index: IndexName, to request: Request
    ) throws -> Response {
        try PageResponse(
            page, contentType: contentType, isOpenToWebPages: registry.permissions.isOpenToWebPages(index),
            conditions: RequestConditions(request.headers)
        ).response
    }

    /// The coding in which a request would like a page best. Throws `.notAcceptable`.
    private static func encoding(of request: Request) throws -> RenderedPage.Encoding {
        try PageResponse.encoding(for: RequestConditions(request.headers))
    }

    private func health(isReadiness: Bool) -> Response {
        if isReadiness, let reason = readiness.reasonAgainst {
            return Self.text("not ready: \(reason)\n", status: .serviceUnavailable)
        }
        return Self.text("ok\n")
    }

    private func metricsPage() -> Response {
        var response = Self.text(PrometheusText.render(http: metrics.snapshot, registry: registry))
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        return response
    }

    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// A redirect to an address relative to the request's, with its query.
    static func redirect(to relative: String, _ request: Request) -> Response {
        let query = (request.head.path ?? "").drop { $0 != "?" }
        return Response(
            status: .movedPermanently, headers: [.location: relative + query, .cacheControl: "private, no-cache"])
    }

    /// The last segment of a request's address with a slash behind it.
    private static func withSlash(_ request: Request) -> String {
        let path = (request.head.path ?? "").prefix { $0 != "?" }
        return path.split(separator: "/").last.map { "./\($0)/" } ?? "./"
    }

    /// The form of a page that a request asks for. Throws `.notAcceptable`.
    private static func form(of request: Request) throws -> PageForm {
        let format = try QueryParameters(path: request.head.path ?? "/").value("format")
        guard let form = PageForm.negotiated(accept: request.headers[.accept], format: format) else {
            throw RegistryError(
                .notAcceptable,
                """
                None of the forms asked for is made here: ask for application/vnd.pypi.simple.v1+json, \
                application/vnd.pypi.simple.v1+html or text/html.
                """)
        }
        return form
    }

    /// The project that a segment of an address names. Throws `.notFound`: no project can have such a name.
    static func projectName(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else {
            throw RegistryError(.notFound, "No project can have this name.")
        }
        return name
    }

    /// The version that a segment of an address names. Throws `.notFound`.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else {
            throw RegistryError(.notFound, "This is not a version: see PEP 440.")
        }
        return version
    }
}

extension PageForm {
    /// How the page is written: both HTML forms are the same bytes.
    var pageForm: PageKey.Form {
        switch self {
        case .json: .json
        case .html, .textHTML: .html
        }
    }
}
