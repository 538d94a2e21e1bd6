import NIOCore
import NIOHTTP1
import PackagingStandards
import RegistryTestSupport

/// Serves a contract's site as an index does: pages in JSON below `/simple/`, files with parts below `/files/`.
enum SiteServer {
    static func answer(_ request: TestServer.Request, _ site: UpstreamContract.Site) -> [TestServer.Step] {
        let parts = request.path.split(separator: "/").map { String($0) }
        switch (parts.first, parts.count) {
        case ("simple", 1): return .answer(200, [("Content-Type", "application/vnd.pypi.simple.v1+json")])
        case ("simple", 2): return page(parts[1], request, site)
        case ("files", 2):
            return file(site.files[parts[1]], request, site)
        default: return .answer(404)
        }
    }

    private static func page(
        _ name: String, _ request: TestServer.Request, _ site: UpstreamContract.Site
    ) -> [TestServer.Step] {
        guard let page = site.pages.first(where: { $0.page.name == name }) else { return .answer(404) }
        var headers: [(String, String)] = []
        if let tag = page.entityTag { headers.append(("ETag", tag)) }
        if let moment = page.lastModified { headers.append(("Last-Modified", moment)) }
        if page.freshFor > 0 { headers.append(("Cache-Control", "max-age=\(page.freshFor)")) }
        // If-None-Match wins over If-Modified-Since (RFC 9110 §13.2.2).
        if let tag = request.headers.first(name: "If-None-Match") {
            if tag == page.entityTag { return .answer(304, headers) }
        } else if let moment = request.headers.first(name: "If-Modified-Since"), moment == page.lastModified {
            return .answer(304, headers)
        }
        var body = ByteBuffer()
        // A relative page address: the files lie beside the pages.
        page.page(filesURL: "../../files/").writeJSON(into: &body)
        return .answer(200, headers + [("Content-Type", "application/vnd.pypi.simple.v1+json")], body)
    }

    private static func file(
        _ bytes: ByteBuffer?, _ request: TestServer.Request, _ site: UpstreamContract.Site
    ) -> [TestServer.Step] {
        guard let bytes else { return .answer(404) }
        let isHead = request.method == "HEAD"
        let size = bytes.readableBytes
        if site.servesRanges, !isHead, let asked = request.headers.first(name: "Range") {
            guard let range = range(asked, size) else { return .answer(416, [("Content-Range", "bytes */\(size)")]) }
            return .answer(
                206, [("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")],
                bytes.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer())
        }
        if site.tellsSizes { return .answer(200, [], bytes, isHead: isHead).withLength(size, isHead: isHead) }
        guard !isHead else { return .answer(200, [("Transfer-Encoding", "chunked")], isHead: true) }
        return .answer(200, [("Transfer-Encoding", "chunked")])
            + [.text("\(String(size, radix: 16))\r\n"), .send(bytes), .text("\r\n0\r\n\r\n")]
    }

    private static func range(_ text: String, _ size: Int) -> Range<Int>? {
        let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let last = Int(ends[1]) else { return nil }
        guard let first = Int(ends[0]) else { return size == 0 ? nil : max(0, size - last)..<size }
        return first < size ? first..<min(last + 1, size) : nil
    }
}

extension [TestServer.Step] {
    /// The head of an answer to HEAD states the length that the body would have.
    fileprivate func withLength(_ size: Int, isHead: Bool) -> [TestServer.Step] {
        isHead ? .answer(200, [("Content-Length", "\(size)")], isHead: true) : self
    }
}
