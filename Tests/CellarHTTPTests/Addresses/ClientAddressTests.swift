import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Testing

@testable import CellarHTTP

@Suite("The address of a client")
struct ClientAddressTests {
    private static let proxies = ["10.0.0.1", "10.0.0.2", "::1"].compactMap { AddressRange($0) }
    private let addresses = RequestAddresses(
        baseURL: nil, isEncrypted: false,
        isTrustedProxy: { address in Self.proxies.contains { $0.contains(address) } })

    @Test(
        "is the last one in X-Forwarded-For that a trusted proxy added and is none",
        arguments: [
            ("192.0.2.7", ["203.0.113.9"], "192.0.2.7"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["198.51.100.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["10.0.0.2, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["nonsense, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["203.0.113.9:51000"], "203.0.113.9"),
            ("10.0.0.1", ["[2001:db8::7]:51000"], "2001:db8::7"),
            ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
            ("::1", ["fe80::1%eth0"], "fe80::1"),
        ])
    func client(peer: String, forwarded: [String], expected: String) throws {
        var headers = HTTPFields()
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        for value in forwarded { headers.append(HTTPField(name: name, value: value)) }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let address = try SocketAddress(ipAddress: peer, port: 1)
        #expect(addresses.client(of: request, peer: address)?.description == expected)
    }

    @Test("is unknown without a connection")
    func none() {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        #expect(addresses.client(of: request, peer: nil) == nil)
    }
}
