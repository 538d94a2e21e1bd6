import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// Answers with files and with their core metadata.
struct FileRoutes: Sendable {
    let registry: RegistryServices
    let fileBody: FileBody
    /// Nil if this server sends all bytes.
    var redirects: Redirects?

    /// Answers a GET or HEAD of a file, or of its core metadata.
    func answer(
        _ address: FileAddress, isMetadata: Bool, caller: Caller, _ request: Request,
        _ context: CellarRequestContext
    ) async throws -> Response {
        let entry = try await registry.downloads.file(at: address, isMetadata: isMetadata, caller: caller)
        let asked = AskedFile(
            isMetadata: isMetadata, isPublic: registry.permissions.isPublic(entry.project, in: address.index),
            isOpenToWebPages: registry.permissions.isOpenToWebPages(address.index),
            conditions: RequestConditions(request.headers),
            isHead: request.method == .head)
        let response = try await answer(entry, asked, context)
        if response.status == .ok || response.status == .found, !isMetadata, !asked.isHead {
            registry.tagCounting.counter(of: caller, in: address.index)?.note()
        }
        return response
    }

    /// Answers with a file that is ready, or that an upstream offers.
    func answer(
        _ entry: ServableFile, _ asked: AskedFile, _ context: CellarRequestContext
    ) async throws -> Response {
        if case .offered(let offered) = entry.contents {
            return try await answer(offered, entry, asked, context)
        }
        let head = asked.head(entry)
        let isRedirected = redirects?.apply(to: entry, asked) ?? false
        guard let range = head.range, !asked.isHead else {
            var answer = Self.answer(head, ResponseBody())
            // Whoever is told that there are parts would ask for them, and uv does not follow a redirect then.
            if isRedirected { answer.headers[.acceptRanges] = nil }
            return answer
        }
        if isRedirected, let redirects,
            let link = try await registry.downloads.link(to: entry, for: redirects.lifetime)
        {
            registry.downloads.note(entry, range)
            return Self.redirect(to: link, asked)
        }
        let body = try await fileBody.body(of: entry.contents, range: range, context)
        registry.downloads.note(entry, range)
        return Self.answer(head, body)
    }

    /// Answers with a file that is not cached yet, and asks the upstream for no more than the answer needs.
    private func answer(
        _ offered: OfferedFile, _ entry: ServableFile, _ asked: AskedFile, _ context: CellarRequestContext
    ) async throws -> Response {
        let known = asked.head(entry)
        guard known.hasBody else { return Self.answer(known, ResponseBody()) }
        if asked.isHead {
            return Self.answer(asked.head(entry.with(size: try await offered.learnedSize())), ResponseBody())
        }
        if asked.wantsPart(of: entry) {
            let sized = asked.head(entry.with(size: try await offered.size()))
            guard sized.hasBody else { return Self.answer(sized, ResponseBody()) }
            if sized.status == .partialContent, let range = sized.range, let part = try await offered.part(range) {
                registry.downloads.note(entry, range)
                return Self.answer(sized, fileBody.body(of: part, length: range.count, context))
            }
        }
        let whole = try await offered.whole()
        let head = asked.whole.head(entry.with(size: whole.size))
        registry.downloads.note(entry, head.range ?? 0..<0)
        return Self.answer(head, fileBody.body(of: whole, length: head.range?.count, context))
    }

    /// Answers with a link, which no cache keeps: it ends.
    private static func redirect(to link: String, _ asked: AskedFile) -> Response {
        var headers: HTTPFields = [.location: link, .cacheControl: "no-store", .contentLength: "0"]
        if asked.isOpenToWebPages { headers[.accessControlAllowOrigin] = CrossOriginAccess.anyOrigin }
        return Response(status: .found, headers: headers, body: ResponseBody())
    }

    private static func answer(_ head: FileResponse, _ body: ResponseBody) -> Response {
        Response(status: head.status, headers: head.headers, body: body)
    }
}

/// A request for a file: what its answer depends on.
struct AskedFile {
    let isMetadata: Bool
    let isPublic: Bool
    let isOpenToWebPages: Bool
    var conditions: RequestConditions
    let isHead: Bool

    /// The same request without a range.
    var whole: AskedFile {
        var asked = self
        asked.conditions.range = nil
        return asked
    }

    /// Returns the head of the answer with a file.
    func head(_ entry: ServableFile) -> FileResponse {
        FileResponse(
            entry, isMetadata: isMetadata, isPublic: isPublic, isOpenToWebPages: isOpenToWebPages,
            conditions: conditions, isHead: isHead)
    }

    /// Returns whether a part is asked for, and of exactly this file.
    func wantsPart(of entry: ServableFile) -> Bool {
        guard RequestedRange.isPart(conditions.range) else { return false }
        guard let ifRange = conditions.ifRange else { return true }
        return entry.entityTag.map { EntityTag.matches(ifRange: ifRange, tag: $0) } ?? false
    }
}

/// The head of an answer with a file: what the router and the fast lane both send.
struct FileResponse: ResponseHead {
    let status: HTTPResponse.Status
    /// The bytes to send; nil for none, and for a whole file whose size is unknown until its end.
    let range: Range<Int64>?
    private let entry: ServableFile
    private let requested: RequestedRange
    private let isMetadata: Bool
    private let isPublic: Bool
    private let isOpenToWebPages: Bool

    /// Makes the head of the answer to a GET or HEAD of a file, with ranges (RFC 9110 §14) and conditions (§13).
    ///
    /// - Parameters:
    ///   - entry: The file, open; its size and tag may be unknown while it is fetched from an upstream.
    ///   - isMetadata: Whether it is core metadata.
    ///   - isPublic: Whether everyone may read it, so that shared caches may keep it.
    ///   - isOpenToWebPages: Whether pages of any site may read it.
    ///   - conditions: The fields of the request.
    ///   - isHead: Whether the request is a HEAD, for which ranges are not defined (RFC 9110 §14.2).
    init(
        _ entry: ServableFile, isMetadata: Bool, isPublic: Bool, isOpenToWebPages: Bool,
        conditions: RequestConditions, isHead: Bool
    ) {
        self.entry = entry
        self.isMetadata = isMetadata
        self.isPublic = isPublic
        self.isOpenToWebPages = isOpenToWebPages
        if let tag = entry.entityTag, let known = conditions.ifNoneMatch,
            EntityTag.matches(ifNoneMatch: known, tag: tag)
        {
            requested = .whole
            status = .notModified
            range = nil
            return
        }
        guard let size = entry.size else {
            requested = .whole
            status = .ok
            range = nil
            return
        }
        requested = RequestedRange(
            range: isHead ? nil : conditions.range, ifRange: conditions.ifRange, tag: entry.entityTag, size: size)
        switch requested {
        case .unsatisfiable:
            status = .rangeNotSatisfiable
            range = nil
        case .whole:
            status = .ok
            range = 0..<size
        case .part(let part):
            status = .partialContent
            range = part
        }
    }

    /// Whether bytes of the file are sent to a GET.
    var hasBody: Bool { status == .ok || status == .partialContent }

    func forEachField(_ field: (HTTPField.Name, String) -> Void) {
        if let tag = entry.entityTag { field(.eTag, tag) }
        field(.acceptRanges, "bytes")
        field(.cacheControl, cacheControl)
        if isOpenToWebPages { field(.accessControlAllowOrigin, CrossOriginAccess.anyOrigin) }
        if !isPublic { field(.vary, "Authorization, PRIVATE-TOKEN, Cookie") }
        if let size = entry.size, let text = requested.contentRange(size: size) { field(.contentRange, text) }
        guard hasBody else {
            if status == .rangeNotSatisfiable { field(.contentLength, "0") }
            return
        }
        // Core metadata is text; a browser never shows a file as a page of this site.
        field(.contentType, isMetadata ? "text/plain; charset=utf-8" : "application/octet-stream")
        field(.xContentTypeOptions, "nosniff")
        if let range { field(.contentLength, String(range.count)) }
        if !isMetadata { field(.contentDisposition, "attachment") }
    }

    private var cacheControl: String {
        switch (isPublic, entry.isImmutable) {
        case (true, true): "public, max-age=31536000, immutable"
        case (false, true): "private, max-age=31536000, immutable"
        case (true, false): "public, no-cache"
        case (false, false): "private, no-cache"
        }
    }
}
