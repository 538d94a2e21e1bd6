import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Files")
struct FilesTests {
    @Test("a file is what was published, and may be kept for ever", arguments: [0, 100_000])
    func whole(padding: Int) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", padding: padding)
            try await fixture.ask { client in
                for prefix in ["", "/pypi", "/pypi/main"] {
                    let address = wheel.address.replacing("/main/", with: prefix + "/")
                    let answer = try await client.execute(uri: address, method: .get)
                    #expect(answer.body == ByteBuffer(bytes: wheel.bytes), "\(address)")
                    #expect(answer.headers[.cacheControl] == "public, max-age=31536000, immutable")
                    #expect(answer.headers[.eTag] == "\"\(wheel.digest)\"")
                    #expect(answer.headers[.contentType] == "application/octet-stream")
                    #expect(answer.headers[.vary] == nil)
                }
            }
        }
    }

    @Test("what not everybody may read is kept by its reader alone")
    func isPrivate() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            try await fixture.ask { client in
                let answer = try await client.execute(uri: wheel.address, method: .get, headers: .basic("alice"))
                #expect(answer.headers[.cacheControl] == "private, max-age=31536000, immutable")
                #expect(answer.headers[.vary] == "Authorization, PRIVATE-TOKEN, Cookie")
            }
        }
    }

    @Test(
        "ranges are served",
        arguments: [
            ("bytes=0-9", 0..<10), ("bytes=100-", 100..<100_000), ("bytes=-50", -50..<0), ("bytes=5-5", 5..<6),
        ])
    func ranges(header: String, expected: Range<Int>) async throws {
        try await HTTPFixture.run { fixture in
            for padding in [0, 200_000] {
                let wheel = try await fixture.publishWheel("alpha", "1.\(padding)", padding: padding)
                let size = wheel.bytes.count
                let lower = expected.lowerBound < 0 ? size + expected.lowerBound : expected.lowerBound
                let upper = expected.lowerBound < 0 || header.hasSuffix("-") ? size : expected.upperBound
                try await fixture.ask { client in
                    let answer = try await client.execute(uri: wheel.address, method: .get, headers: [.range: header])
                    #expect(answer.status == .partialContent)
                    #expect(answer.headers[.contentRange] == "bytes \(lower)-\(upper - 1)/\(size)")
                    #expect(answer.body == ByteBuffer(bytes: wheel.bytes[lower..<upper]))
                }
            }
        }
    }

    @Test(
        "a range counts only for the file that the client holds a part of",
        arguments: [("\"other\"", 200), ("Sat, 21 Nov 2026 08:00:00 GMT", 200), (nil, 206)] as [(String?, Int)])
    func ifRange(tag: String?, status: Int) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let headers: HTTPFields = [.range: "bytes=0-1", .ifRange: tag ?? "\"\(wheel.digest)\""]
                let answer = try await client.execute(uri: wheel.address, method: .get, headers: headers)
                #expect(answer.status.code == status)
            }
        }
    }

    @Test("a range beyond the end is 416 with the size")
    func unsatisfiable() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let answer = try await client.execute(
                    uri: wheel.address, method: .get, headers: [.range: "bytes=999999999-"])
                #expect(answer.status == .rangeNotSatisfiable)
                #expect(answer.headers[.contentRange] == "bytes */\(wheel.bytes.count)")
            }
        }
    }

    @Test("a HEAD is answered as its GET without a range, and has no body")
    func head() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", padding: 100_000)
            try await fixture.ask { client in
                for headers in [HTTPFields(), [.range: "bytes=0-9"]] {
                    let answer = try await client.execute(uri: wheel.address, method: .head, headers: headers)
                    #expect(answer.status == .ok)
                    #expect(answer.headers[.contentLength] == String(wheel.bytes.count))
                    #expect(answer.headers[.acceptRanges] == "bytes")
                    #expect(answer.body.readableBytes == 0)
                }
            }
        }
    }

    @Test("core metadata is that of the archive, byte for byte, under its own digest")
    func metadata() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let answer = try await client.execute(uri: wheel.address + ".metadata", method: .get)
                let text = String(buffer: answer.body)
                #expect(text.hasPrefix("Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n"))
                let page = try await client.execute(
                    uri: wheel.page, method: .get, headers: [.accept: "application/vnd.pypi.simple.v1+json"])
                let digest = try #require(answer.headers[.eTag]).dropFirst().dropLast()
                #expect(String(buffer: page.body).contains(#""core-metadata":{"sha256":"\#(digest)"}"#))
                #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
            }
        }
    }

    @Test("a digest, a name or a slash that is not the file's finds nothing")
    func notFound() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            let zeros = String(repeating: "0", count: 64)
            try await fixture.ask { client in
                for path in [
                    "/main/files/\(zeros)/\(wheel.filename)", "/main/files/\(wheel.digest)/other-1.0-py3-none-any.whl",
                    wheel.address + "/", wheel.address + ".metadata.metadata",
                ] {
                    let answer = try await client.execute(uri: path, method: .get)
                    #expect(answer.status == .notFound, "\(path)")
                }
            }
        }
    }
}
