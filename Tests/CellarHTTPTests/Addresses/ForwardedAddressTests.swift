import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Testing

@testable import CellarHTTP

@Suite("The address of the server, as proxies forward it")
struct ForwardedAddressTests {
    /// What comes in: the peer, and the values of the fields, in order.
    struct Case: Sendable, CustomTestStringConvertible {
        let about: String
        var peer = "10.0.0.1"
        var clients: [String] = []
        var protos: [String] = []
        var hosts: [String] = []
        let expected: String

        var testDescription: String { about }
    }

    private static let proxies = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].compactMap { AddressRange($0) }
    private let addresses = RequestAddresses(
        baseURL: nil, isEncrypted: false,
        isTrustedProxy: { address in Self.proxies.contains { $0.contains(address) } })

    private func baseURL(_ asked: Case) throws -> String {
        var headers = HTTPFields()
        for (name, values) in [
            ("X-Forwarded-For", asked.clients), ("X-Forwarded-Proto", asked.protos), ("X-Forwarded-Host", asked.hosts),
        ] {
            let name = try #require(HTTPField.Name(name))
            for value in values { headers.append(HTTPField(name: name, value: value)) }
        }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "own", path: "/", headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        return addresses.baseURL(of: request, peer: try SocketAddress(ipAddress: asked.peer, port: 1))
    }

    @Test(
        "is what the outermost trusted proxy says",
        arguments: [
            Case(about: "nothing is forwarded", expected: "http://own"),
            Case(
                about: "one proxy, which replaces", clients: ["203.0.113.9"], protos: ["https"], hosts: ["pypi.test"],
                expected: "https://pypi.test"),
            Case(
                about: "one proxy, which appends", clients: ["198.51.100.1, 203.0.113.9"], protos: ["ftp, https"],
                hosts: ["evil.test, pypi.test"], expected: "https://pypi.test"),
            Case(
                about: "one proxy, which appends fields", clients: ["203.0.113.9"], protos: ["ftp", "https"],
                hosts: ["evil.test", "pypi.test"], expected: "https://pypi.test"),
            Case(
                about: "one proxy, which appends, without X-Forwarded-For", protos: ["ftp, https"],
                hosts: ["evil.test, pypi.test"], expected: "https://pypi.test"),
            Case(
                about: "two proxies that append", clients: ["203.0.113.9, 10.0.0.2"], protos: ["https, http"],
                hosts: ["pypi.test, inner.test"], expected: "https://pypi.test"),
            Case(
                about: "two proxies that append to what the client sent", clients: ["10.9.9.9, 203.0.113.9, 10.0.0.2"],
                protos: ["ftp, https, http"], hosts: ["evil.test, pypi.test, inner.test"],
                expected: "https://pypi.test"),
            Case(
                about: "the outer one replaces, the inner one appends", clients: ["203.0.113.9, 10.0.0.2"],
                protos: ["https,http"], hosts: ["pypi.test,inner.test"], expected: "https://pypi.test"),
            Case(
                about: "the inner one replaces", clients: ["203.0.113.9, 10.0.0.2"], protos: ["https"],
                hosts: ["inner.test"], expected: "https://inner.test"),
            Case(
                about: "the inner one replaces X-Forwarded-For alone", clients: ["10.0.0.2"],
                protos: ["ftp, https, http"], hosts: ["evil.test, pypi.test, inner.test"],
                expected: "https://pypi.test"),
            Case(
                about: "the client claims to be a proxy before proxies", clients: ["10.0.0.3, 203.0.113.9, 10.0.0.2"],
                protos: ["ftp, ftp, https, http"], hosts: ["evil.test, evil.test, pypi.test, inner.test"],
                expected: "https://pypi.test"),
            Case(
                about: "an address that cannot be read ends the trust", clients: ["203.0.113.9, nonsense"],
                protos: ["ftp, https"], hosts: ["evil.test, pypi.test"], expected: "https://pypi.test"),
            Case(
                about: "a proxy that appends nothing leaves no room for the client", clients: ["203.0.113.9"],
                protos: ["ftp, "], hosts: ["evil.test,"], expected: "http://own"),
            Case(
                about: "a client that sent nothing, and a proxy that appends all the same",
                clients: ["203.0.113.9, 10.0.0.2"], protos: [", https"], hosts: [", pypi.test"],
                expected: "https://pypi.test"),
            Case(
                about: "only one of the two is forwarded", clients: ["203.0.113.9"], protos: ["https"],
                expected: "https://own"),
            Case(
                about: "the peer is no proxy", peer: "203.0.113.9", clients: ["10.0.0.2"], protos: ["https"],
                hosts: ["evil.test"], expected: "http://own"),
            Case(
                about: "what no address may have", clients: ["203.0.113.9"], protos: ["https"],
                hosts: ["pypi.test/<script>"], expected: "http://localhost"),
        ])
    func outermost(_ asked: Case) throws {
        #expect(try baseURL(asked) == asked.expected)
    }

    @Test("is never the client's, however many trusted proxies append or replace which field")
    func neverTheClients() throws {
        // The address that each of three proxies sees, the outermost first; the last one is the peer, 10.0.0.1.
        let seen = ["203.0.113.9", "10.0.0.3", "10.0.0.2"]
        for count in 1...3 {
            // Two bits for each proxy: whether it replaces X-Forwarded-For, and whether the other two.
            for number in 0..<(1 << (2 * count)) {
                var clients = ["10.0.0.2, 198.51.100.1"]
                var protos = ["ftp, ftp"]
                var hosts = ["evil.test, evil.test"]
                for proxy in 0..<count {
                    if number >> (2 * proxy) & 1 == 1 { clients = [] }
                    if number >> (2 * proxy + 1) & 1 == 1 { (protos, hosts) = ([], []) }
                    clients.append(seen[proxy])
                    protos.append(proxy == 0 ? "https" : "http")
                    hosts.append("proxy\(proxy).test")
                }
                let asked = Case(
                    about: "\(count) proxies, habits \(number)", clients: [clients.joined(separator: ", ")],
                    protos: [protos.joined(separator: ", ")], hosts: [hosts.joined(separator: ", ")], expected: "")
                let found = try baseURL(asked)
                #expect(found.contains("://proxy"), "\(asked)")
                // With nothing replaced, it is the outermost one's.
                if number == 0 { #expect(found == "https://proxy0.test") }
            }
        }
    }
}
