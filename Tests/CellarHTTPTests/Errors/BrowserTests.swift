import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Browsers and other clients")
struct BrowserTests {
    private static let chromium =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    private static let pip =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"

    private static func isNavigation(_ path: String, accept: String?, mode: String? = nil) throws -> Bool {
        var fields = HTTPFields()
        if let accept { fields[.accept] = accept }
        if let mode { fields[try #require(HTTPField.Name("Sec-Fetch-Mode"))] = mode }
        let head = HTTPRequest(method: .get, scheme: nil, authority: "a", path: path, headerFields: fields)
        return Browser.isNavigation(Request(head: head, body: RequestBody(buffer: ByteBuffer())))
    }

    @Test(
        "are told apart",
        arguments: [
            ("/own/simple/acme/", chromium, nil, true), ("/own/simple/acme/", chromium, "navigate", true),
            ("/own/simple/acme/", pip, nil, false), ("/simple/", "text/html", nil, false),
            ("/main/simple/a/", "text/html, */*; q=0.01", nil, false), ("/projects/a/", "text/html", nil, true),
            ("/nothing", chromium, nil, true), ("/nothing", "text/html", nil, false),
            ("/team/projects/a/", "text/html;q=0.9, text/plain", nil, true), ("/", "text/html", nil, true),
            ("/nothing", "*/*", nil, false),
            ("/nothing", nil, nil, false), ("/search", chromium, "cors", false),
            ("/search", "application/json, text/html", nil, false), ("/projects/a/", "*/*", "navigate", true),
            ("/api/v1/users", chromium, "navigate", false), ("/_/oidc/audience", chromium, nil, false),
            ("/pypi/a/json", "text/html", nil, false),
        ] as [(String, String?, String?, Bool)])
    func kinds(path: String, accept: String?, mode: String?, isBrowser: Bool) throws {
        #expect(try Self.isNavigation(path, accept: accept, mode: mode) == isBrowser)
    }
}
