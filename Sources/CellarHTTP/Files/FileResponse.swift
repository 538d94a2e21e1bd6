import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// The head of a stored file's answer: what the router and the fast lane both send.
struct FileResponse: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    /// The bytes to send; nil for none.
    let range: Range<Int64>?

    /// The answer of a file to a GET or HEAD, with ranges (RFC 9110 §14) and conditions (§13).
    ///
    /// - Parameters:
    ///   - entry: The file, already open.
    ///   - isMetadata: Whether it is core metadata.
    ///   - isPublic: Whether everyone may read it, so that shared caches may keep it.
    ///   - request: The request's head.
    init(_ entry: FileCache.Entry, isMetadata: Bool, isPublic: Bool, request: HTTPRequest) {
        let fields = request.headerFields
        var headers = HTTPFields()
        headers.reserveCapacity(8)
        headers[.eTag] = entry.entityTag
        headers[.acceptRanges] = "bytes"
        let scope = isPublic ? "public" : "private"
        headers[.cacheControl] =
            entry.servedUntil == nil ? "\(scope), max-age=31536000, immutable" : "\(scope), no-cache"
        if !isPublic { headers[.vary] = "Authorization, Cookie" }
        if let tag = fields[.ifNoneMatch], EntityTag.matches(ifNoneMatch: tag, tag: entry.entityTag) {
            self.init(status: .notModified, headers: headers, range: nil)
            return
        }
        // Ranges are defined for GET alone (RFC 9110 §14.2).
        let requested = RequestedRange(
            range: request.method == .get ? fields[.range] : nil, ifRange: fields[.ifRange], tag: entry.entityTag,
            size: entry.size)
        headers[.contentRange] = requested.contentRange(size: entry.size)
        switch requested {
        case .unsatisfiable:
            headers[.contentLength] = "0"
            self.init(status: .rangeNotSatisfiable, headers: headers, range: nil)
        case .whole:
            Self.describeBody(isMetadata, length: entry.size, &headers)
            self.init(status: .ok, headers: headers, range: 0..<entry.size)
        case .part(let range):
            Self.describeBody(isMetadata, length: range.upperBound - range.lowerBound, &headers)
            self.init(status: .partialContent, headers: headers, range: range)
        }
    }

    private init(status: HTTPResponse.Status, headers: HTTPFields, range: Range<Int64>?) {
        self.status = status
        self.headers = headers
        self.range = range
    }

    /// Core metadata is text; files are never shown by a browser as a page of this site.
    private static func describeBody(_ isMetadata: Bool, length: Int64, _ headers: inout HTTPFields) {
        headers[.contentType] = isMetadata ? "text/plain; charset=utf-8" : "application/octet-stream"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentLength] = String(length)
        if !isMetadata { headers[.contentDisposition] = "attachment" }
    }
}
