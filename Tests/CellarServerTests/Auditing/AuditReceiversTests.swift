import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import CellarServer

@Suite("The audit's file")
struct AuditFileTests {
    private static func line(_ id: Int64) -> AuditLine {
        AuditLine(
            id: id, at: Timestamp(microseconds: 1_795_250_977_123_456), actor: "ada", action: "user.add", index: nil,
            project: nil, subject: "a \"name\"\n", detail: nil,
            origin: ChangeOrigin(address: "::1", requestID: "a1"))
    }

    private static func text(_ id: Int64) -> String {
        """
        {"id":\(id),"at":"2026-11-21T08:49:37.123456Z","actor":"ada","action":"user.add","index":null,"project":null,\
        "subject":"a \\"name\\"\\n","detail":null,"token":null,"tag":null,"address":"::1","request_id":"a1","times":1}

        """
    }

    private func read(_ path: String) throws -> String {
        let file = try SystemCalls.system.open(path, O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = withExtendedLifetime(file) { Glibc.read(file.number, &bytes, bytes.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    @Test("has each line as an object, also after it was renamed")
    func lines() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/audit.jsonl"
        let file = AuditFile(path: path, threads: .singleton)
        try await file.take([Self.line(1), Self.line(2)])
        try await file.take([Self.line(3)])
        #expect(try read(path) == Self.text(1) + Self.text(2) + Self.text(3))
        #expect(rename(path, path + ".1") == 0)
        try await file.take([Self.line(4)])
        #expect(try read(path) == Self.text(4))
    }

    @Test("never runs a line into what a killed process left behind")
    func torn() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/audit.jsonl"
        let torn = try SystemCalls.system.open(path, O_WRONLY | O_CREAT, mode: 0o640)
        try "{\"id\":1,".withCString { text in
            try SystemCalls.system.writeAll(UnsafeRawBufferPointer(start: text, count: 8), to: torn)
        }
        try await AuditFile(path: path, threads: .singleton).take([Self.line(1)])
        #expect(try read(path) == "{\"id\":1,\n" + Self.text(1))
    }

    @Test("takes back what could not be written whole or made durable", arguments: [true, false])
    func failing(whileSyncing: Bool) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/audit.jsonl"
        var file = AuditFile(path: path, threads: .singleton)
        try await file.take([Self.line(1)])
        if whileSyncing {
            file.calls.sync = { _ in throw SystemError(EIO, "fsync") }
        } else {
            let count = Mutex(0)
            let write = SystemCalls.system.write
            file.calls.write = { descriptor, bytes in
                let isFirst = count.withLock { count in
                    defer { count += 1 }
                    return count == 0
                }
                guard isFirst else { throw SystemError(ENOSPC, "write") }
                return try write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(20)))
            }
        }
        let broken = file
        await #expect(throws: SystemError.self) { try await broken.take([Self.line(2)]) }
        #expect(try read(path) == Self.text(1))
        try await AuditFile(path: path, threads: .singleton).take([Self.line(2)])
        #expect(try read(path) == Self.text(1) + Self.text(2))
    }
}

@Suite("The signature of the audit's webhook")
struct SignedMessageTests {
    @Test("is that of Standard Webhooks")
    func vector() throws {
        // The example of the specification's reference implementations.
        let key = try #require(Base64.decode(Substring("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").utf8))
        let message = SignedMessage(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330,
            body: ByteBuffer(string: "{\"test\": 2432232314}"), key: key)
        #expect(
            message.headers.map(\.value) == [
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ])
    }
}
