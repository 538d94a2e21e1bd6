import HTTPTypes
import HummingbirdTesting
import NIOCore
import Registry
import Testing

@testable import CellarHTTP

/// Alice holds `read` and one right more on `acme-core`; bob all rights but that one and `admin`, which holds it too.
@Suite("Grants of changes, at every address")
struct GrantedChangesTests {
    private struct Change {
        let method: HTTPRequest.Method
        /// Behind the address of the project.
        let path: String
        var body = ""
    }

    /// Returns what takes a right: changes of what is there or, if it would be gone after the first, of what is not.
    private static func changes(needing right: Right, of wheel: PublishedWheel) -> [Change] {
        let yanks = ["/releases/1.0/yank", "/files/\(wheel.filename)/yank"]
        let absent = wheel.filename.replacing("1.0", with: "9.9")
        return switch right {
        case .write: yanks.flatMap { [Change(method: .put, path: $0), Change(method: .delete, path: $0)] }
        case .delete: ["/releases/9.9", "/files/\(absent)"].map { Change(method: .delete, path: $0) }
        case .claim: [HTTPRequest.Method.put, .delete].map { Change(method: $0, path: "/claim") }
        case .administer: [Change(method: .patch, path: "", body: #"{"status":"active"}"#)]
        case .read, .create, .overwrite, .cacheUpdate: []
        }
    }

    private static func withRights(
        _ right: Right, _ test: @Sendable (HTTPFixture, PublishedWheel, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("acme_core")
            try await fixture.grant([.read, right], on: "acme-core", to: "alice")
            let others = Right.allCases.filter { ![right, .administer].contains($0) }
            try await fixture.grant(others, on: "acme-core", to: "bob")
            try await fixture.ask { client in try await test(fixture, wheel, client) }
        }
    }

    private static let people: [(user: String?, refusal: Int?)] = [(nil, 401), ("bob", 403), ("alice", nil)]

    private static func expect(_ refusal: Int?, _ answer: TestResponse, _ what: String) {
        if let refusal {
            #expect(answer.status.code == refusal, "\(what)")
        } else {
            #expect(![401, 403].contains(answer.status.code), "\(what)")
            #expect(answer.status.code < 500, "\(what)")
        }
    }

    @Test(
        "each asks for its right, in every spelling of the name, and for no other",
        arguments: [Right.write, .delete, .claim, .administer])
    func rights(right: Right) async throws {
        try await Self.withRights(right) { _, wheel, client in
            for spelling in GrantsTests.spellings {
                for change in Self.changes(needing: right, of: wheel) {
                    let path = "/api/v1/indexes/main/projects/\(spelling)\(change.path)"
                    for (user, refusal) in Self.people {
                        let answer = try await client.execute(
                            uri: path, method: change.method, headers: user.map { .basic($0) } ?? [:],
                            body: ByteBuffer(string: change.body))
                        Self.expect(refusal, answer, "\(change.method) \(path) \(user ?? "-")")
                    }
                }
            }
        }
    }

    @Test("a publish asks for write at every address and in every spelling")
    func publishing() async throws {
        try await Self.withRights(.write) { _, _, client in
            let addresses = [
                "/", "/main", "/main/", "/main/legacy", "/main/legacy/", "/main/simple/", "/legacy/", "/simple/",
                "/pypi/", "/pypi/main/", "/pypi/simple/",
            ]
            for (number, address) in addresses.enumerated() {
                for spelling in ["acme-core", "Acme_Core", "ACME.core"] {
                    var body = UploadBody(wheel: try TestWheel.make("acme_core", "2.\(number)"))
                    for place in body.fields.indices where body.fields[place].0 == "name" {
                        body.fields[place].1 = spelling
                    }
                    for (user, refusal) in Self.people {
                        let answer = try await client.execute(
                            uri: address, method: .post, headers: .upload(by: user), body: body.buffer)
                        Self.expect(refusal, answer, "\(address) \(spelling) \(user ?? "-")")
                        if refusal == nil { #expect(answer.status == .ok, "\(address) \(spelling)") }
                    }
                }
            }
        }
    }

    @Test("the first file of a project takes create beside write", arguments: [true, false])
    func creating(mayCreate: Bool) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.grant(mayCreate ? [.write, .create] : [.write], on: "new-*", to: "bob")
            try await fixture.ask { client in
                let body = UploadBody(wheel: try TestWheel.make("new_project"))
                let answer = try await client.execute(
                    uri: "/main/", method: .post, headers: .upload(by: "bob"), body: body.buffer)
                #expect(answer.status.code == (mayCreate ? 200 : 403))
                let refused = try await client.execute(
                    uri: "/main/", method: .post, headers: .upload(by: "alice"), body: body.buffer)
                #expect(refused.status == .forbidden)
            }
        }
    }
}
