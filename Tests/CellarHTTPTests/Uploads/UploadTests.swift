import HTTPTypes
import HummingbirdTesting
import LocalFiles
import NIOCore
import Registry
import Testing

@testable import CellarHTTP

@Suite("Uploads")
struct UploadTests {
    private static func post(
        _ body: UploadBody, to path: String = "/main/", by user: String? = "alice", _ client: any TestClientProtocol
    ) async throws -> TestResponse {
        try await client.execute(uri: path, method: .post, headers: .upload(by: user), body: body.buffer)
    }

    @Test(
        "a file is published at every address of its index",
        arguments: [
            "/", "/main", "/main/", "/main/legacy", "/main/legacy/", "/main/simple/", "/legacy/", "/simple/", "/pypi/",
            "/pypi/main/", "/pypi/simple/",
        ])
    func addresses(path: String) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try TestWheel.make("alpha")
            try await fixture.ask { client in
                let answer = try await Self.post(UploadBody(wheel: wheel), to: path, client)
                #expect(answer.status == .ok)
                #expect(HTTPField.Name.pypiLastSerial.map { answer.headers[$0] } == "1")
                let page = try await client.execute(uri: "/main/simple/alpha/", method: .get)
                #expect(String(buffer: page.body).contains(wheel.filename))
            }
        }
    }

    @Test("the same bytes again are 200, others 409 with the words that clients know")
    func again() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let wheel = UploadBody(wheel: try TestWheel.make("alpha"))
                #expect(try await Self.post(wheel, client).status == .ok)
                #expect(try await Self.post(wheel, client).status == .ok)
                let other = UploadBody(wheel: try TestWheel.make("alpha", padding: 10))
                let refused = try await Self.post(other, client)
                #expect(refused.status == .conflict)
                #expect(refused.status.reasonPhrase.contains("already exists"))
                #expect(String(buffer: refused.body).contains("already exists"))
            }
            let outcomes = fixture.service.metrics.snapshot.uploads
            #expect(outcomes == ["published": 1, "identical": 1, "already-exists": 1])
        }
    }

    @Test(
        "who may not publish is refused before the body is read",
        arguments: [
            ("/main/", nil, 401), ("/secret/", nil, 401), ("/secret/", "bob", 404), ("/absent/", "alice", 404),
            ("/absent/", nil, 401),
            ("/secret/", "alice", 200),
        ] as [(String, String?, Int)])
    func access(path: String, user: String?, status: Int) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let wheel = UploadBody(wheel: try TestWheel.make("alpha"))
                #expect(try await Self.post(wheel, to: path, by: user, client).status.code == status)
            }
        }
    }

    @Test("forms that are wrong are refused, and leave nothing in the spool")
    func wrong() async throws {
        try await HTTPFixture.run(maxFileSize: 20_000) { fixture in
            let good = UploadBody(wheel: try TestWheel.make("alpha"))
            var digest = good
            digest.fields.append(("sha256_digest", String(repeating: "0", count: 64)))
            var twice = good
            twice.fields.append(("version", "1.0"))
            var nameless = good
            nameless.fields.removeAll { $0.0 == "name" }
            let large = UploadBody(wheel: try TestWheel.make("alpha", padding: 30_000))
            let truncated = good.buffer.getSlice(at: 0, length: good.buffer.readableBytes - 20) ?? ByteBuffer()
            let bodies: [(ByteBuffer, Int)] = [
                (digest.buffer, 400), (twice.buffer, 400), (nameless.buffer, 400), (large.buffer, 413),
                (truncated, 400), (ByteBuffer(), 400), (ByteBuffer(string: "hello"), 400),
            ]
            try await fixture.ask { client in
                for (body, status) in bodies {
                    let answer = try await client.execute(
                        uri: "/main/", method: .post, headers: .upload(by: "alice"), body: body)
                    #expect(answer.status.code == status)
                    #expect(answer.body.readableBytes > 10)
                }
                let noForm = try await client.execute(
                    uri: "/main/", method: .post, headers: .basic("alice").with(.contentType, "text/plain"),
                    body: good.buffer)
                #expect(noForm.status == .badRequest)
            }
            while fixture.registry.spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await fixture.registry.database.isEmpty())
        }
    }

    @Test("what other clients put into a form is taken, whatever its order")
    func otherParts() async throws {
        try await HTTPFixture.run { fixture in
            var upload = UploadBody(wheel: try TestWheel.make("alpha"))
            upload.fields += [
                ("import_name", "a"), ("import_names", "a"), ("import_names", "b"), ("summary", "\u{FC}"),
            ]
            upload.partsBefore = [MultipartBuilder.file("gpg_signature", "a.whl.asc", "-----BEGIN")]
            upload.partsAfter = [
                MultipartBuilder.file("gpg_signature", "a.whl.asc", String(repeating: "x", count: 1 << 20)),
                MultipartBuilder.field("requires_python", ">=3.9"), MultipartBuilder.field("gpg", "y"),
            ]
            let body = upload
            try await fixture.ask { client in
                #expect(try await Self.post(body, client).status == .ok)
                var second = body
                second.partsAfter = [MultipartBuilder.file("content", "b.whl", "")]
                let refused = try await Self.post(second, client)
                #expect(refused.status == .badRequest)
                #expect(refused.status.reasonPhrase.contains("content"))
                second.partsAfter = [MultipartBuilder.file("other", "b", String(repeating: "x", count: 1 << 20 + 1))]
                #expect(try await Self.post(second, client).status == .contentTooLarge)
            }
        }
    }

    @Test("registering is not needed, and said so", arguments: ["submit", "submit_pkg_info", "verify", "doc_upload"])
    func register(action: String) async throws {
        try await HTTPFixture.run { fixture in
            var upload = UploadBody(wheel: try TestWheel.make("alpha"))
            upload.fields[0] = (":action", action)
            var form = ByteBuffer()
            for (name, value) in upload.fields {
                form.writeString("--\(UploadBody.boundary)\r\n\(MultipartBuilder.field(name, value))\r\n")
            }
            form.writeString("--\(UploadBody.boundary)--\r\n")
            let bodies = [form, upload.buffer]
            try await fixture.ask { client in
                for body in bodies {
                    let answer = try await client.execute(
                        uri: "/main/", method: .post, headers: .upload(by: "alice"), body: body)
                    #expect(answer.status.code == 410)
                    #expect(answer.status.reasonPhrase.contains("not"))
                }
            }
        }
    }

    @Test("more uploads at once than there is room for are asked to come later")
    func tooMany() async throws {
        try await HTTPFixture.run(settings: HTTPSettings(maxConcurrentUploads: 0)) { fixture in
            try await fixture.ask { client in
                let answer = try await Self.post(UploadBody(wheel: try TestWheel.make("alpha")), client)
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.headers[.retryAfter] != nil)
            }
        }
    }

    @Test("a slot that is given back serves again")
    func slots() throws {
        let slots = UploadSlots(count: 1)
        let slot = try slots.take()
        #expect(throws: RegistryError.self) { try slots.take() }
        slot.giveBack()
        #expect(throws: Never.self) { try slots.take() }
    }
}
