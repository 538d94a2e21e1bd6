import HTTPTypes
import NIOCore
import Registry

/// What a request wants of a file.
struct AskedFile {
    let isMetadata: Bool
    let isPublic: Bool
    let isOpenToWebPages: Bool
    var conditions: RequestConditions
    let isHead: Bool

    /// The same without its range.
    var whole: AskedFile {
        var asked = self
        asked.conditions.range = nil
        return asked
    }

    func head(_ entry: ServableFile) -> FileResponse {
        FileResponse(
            entry, isMetadata: isMetadata, isPublic: isPublic, isOpenToWebPages: isOpenToWebPages,
            conditions: conditions, isHead: isHead)
    }

    /// Returns whether only a part is asked for, and of this very file.
    func wantsPart(of entry: ServableFile) -> Bool {
        guard RequestedRange.isPart(conditions.range) else { return false }
        guard let ifRange = conditions.ifRange else { return true }
        return entry.entityTag.map { EntityTag.matches(ifRange: ifRange, tag: $0) } ?? false
    }
}

/// The head of a stored file's answer: what the router and the fast lane both send.
struct FileResponse: ResponseHead {
    let status: HTTPResponse.Status
    /// The bytes to send; nil for none, and for all of a file whose size is not known before its end.
    let range: Range<Int64>?
    private let entry: ServableFile
    private let requested: RequestedRange
    private let isMetadata: Bool
    private let isPublic: Bool
    private let isOpenToWebPages: Bool

    /// The answer of a file to a GET or HEAD, with ranges (RFC 9110 §14) and conditions (§13).
    ///
    /// - Parameters:
    ///   - entry: The file, already open; its size and tag may be unknown while it is fetched from an upstream.
    ///   - isMetadata: Whether it is core metadata.
    ///   - isPublic: Whether everyone may read it, so that shared caches may keep it.
    ///   - isOpenToWebPages: Whether pages of any site may read it.
    ///   - conditions: The request's fields.
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

    func forEachField(_ tell: (HTTPField.Name, String) -> Void) {
        if let tag = entry.entityTag { tell(.eTag, tag) }
        tell(.acceptRanges, "bytes")
        tell(.cacheControl, cacheControl)
        if isOpenToWebPages { tell(.accessControlAllowOrigin, CrossOriginAccess.anyOrigin) }
        if !isPublic { tell(.vary, "Authorization, Cookie") }
        if let size = entry.size, let text = requested.contentRange(size: size) { tell(.contentRange, text) }
        guard hasBody else {
            if status == .rangeNotSatisfiable { tell(.contentLength, "0") }
            return
        }
        // Core metadata is text; files are never shown by a browser as a page of this site.
        tell(.contentType, isMetadata ? "text/plain; charset=utf-8" : "application/octet-stream")
        tell(.xContentTypeOptions, "nosniff")
        if let range { tell(.contentLength, String(range.count)) }
        if !isMetadata { tell(.contentDisposition, "attachment") }
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
