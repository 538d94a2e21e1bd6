import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import CellarHTTP

@Suite("Heads of requests")
struct RequestHeadHandlerTests {
    private static func passed(_ version: HTTPVersion, _ headers: HTTPHeaders) throws -> HTTPHeaders {
        let channel = EmbeddedChannel(handler: RequestHeadHandler())
        let head = HTTPRequestHead(version: version, method: .GET, uri: "/", headers: headers)
        try channel.writeInbound(HTTPServerRequestPart.head(head))
        guard case .head(let passed)? = try channel.readInbound(as: HTTPServerRequestPart.self) else { return [:] }
        _ = try channel.finish()
        return passed.headers
    }

    @Test("HTTP/1.0 ends with its answer, whatever it asks for, and needs no host", arguments: ["keep-alive", "close"])
    func old(connection: String) throws {
        let headers = try Self.passed(.http1_0, ["Connection": connection, "Expect": "100-continue"])
        #expect(headers["connection"] == ["close"])
        #expect(headers["host"] == ["localhost"])
        #expect(headers["expect"].isEmpty)
    }

    @Test("a close in any spelling is one", arguments: ["close", "Close", "keep-alive, CLOSE", "upgrade,close"])
    func close(connection: String) throws {
        #expect(try Self.passed(.http1_1, ["Host": "a", "Connection": connection])["connection"] == ["close"])
    }

    @Test("other heads pass as they are")
    func others() throws {
        let headers: HTTPHeaders = ["Connection": "keep-alive", "Expect": "100-continue"]
        #expect(try Self.passed(.http1_1, headers) == headers)
    }
}
