import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Requests from other sites' pages")
struct CrossSiteDefenceTests {
    @Test(
        "are recognised by what the browser says",
        arguments: [
            ("Sec-Fetch-Site", "cross-site", true), ("Sec-Fetch-Site", "same-site", true),
            ("Sec-Fetch-Site", "same-origin", false), ("Origin", "https://evil.example", true),
            ("Origin", "null", true), ("Origin", "http://127.0.0.1:6543", false),
        ])
    func recognised(field: String, value: String, isFromAnotherSite: Bool) throws {
        let name = try #require(HTTPField.Name(field))
        let head = HTTPRequest(
            method: .post, scheme: "http", authority: "localhost", path: "/-/setup/token", headerFields: [name: value])
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        #expect(
            CrossSiteDefence.isFromAnotherSite(request, baseURL: "http://127.0.0.1:6543") == isFromAnotherSite)
    }
}
