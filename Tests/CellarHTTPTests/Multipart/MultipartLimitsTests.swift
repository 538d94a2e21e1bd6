import CellarHTTP
import NIOCore
import Testing

@Suite struct MultipartLimitsTests {
    typealias Build = MultipartBuilder

    private let limits = MultipartLimits(
        preamble: 16, epilogue: 16, headers: 120, parts: 3, field: 10, fieldExceptions: ["description": 20, "tiny": 1],
        allFields: 60, files: 12)

    static let tooLarge: [(String, MultipartError)] = [
        (Build.body([Build.field("a", "0123456789x")]), .fieldTooLarge(field: "a", limit: 10)),
        (Build.body([Build.field("tiny", "xy")]), .fieldTooLarge(field: "tiny", limit: 1)),
        (
            Build.body([Build.field("description", String(repeating: "x", count: 21))]),
            .fieldTooLarge(field: "description", limit: 20)
        ),
        (
            Build.body([String](repeating: Build.field("description", String(repeating: "x", count: 20)), count: 2)),
            .fieldsTooLarge(limit: 60)
        ),
        (Build.body([Build.field(String(repeating: "n", count: 61), "")]), .fieldsTooLarge(limit: 60)),
        (Build.body([String](repeating: Build.field("a", ""), count: 4)), .tooManyParts(limit: 3)),
        (
            Build.body([Build.file("content", "x", "0123456789"), Build.file("more", "y", "012")]),
            .fileTooLarge(limit: 12)
        ),
        (Build.body([Build.field(String(repeating: "n", count: 100), "")]), .headersTooLarge(limit: 120)),
        ("------boundary42\r\nX: " + String(repeating: "y", count: 5000), .headersTooLarge(limit: 120)),
        (Build.body([Build.field("a", "b")]) + String(repeating: "e", count: 17), .epilogueTooLarge(limit: 16)),
    ]

    @Test("What is over a limit is refused, however it is split", arguments: tooLarge.indices)
    func refused(index: Int) throws {
        let (body, expected) = Self.tooLarge[index]
        #expect(throws: expected) { try MultipartContent.read(body, limits: limits) }
        let single = body.utf8.map { ByteBuffer(bytes: [$0]) }
        #expect(throws: expected) { try MultipartContent.read(single, limits: limits) }
        #expect(expected.isTooLarge)
        #expect(!expected.description.isEmpty)
    }

    @Test("What is just within the limits is read")
    func accepted() throws {
        let body =
            String(repeating: "p", count: 16) + "\r\n"
            + Build.body([
                Build.field("a", "0123456789"), Build.field("description", String(repeating: "x", count: 20)),
                Build.part(["Content-Disposition: form-data; name=c; filename=f"], "0123456789ab"),
            ]) + String(repeating: "e", count: 16)
        #expect(try MultipartContent.read(body, limits: limits).parts.count == 3)
    }

    @Test("A preamble over its limit doesn't hold the server up")
    func preamble() {
        let body = String(repeating: "p", count: 17) + "\r\n" + Build.body([Build.field("a", "b")])
        #expect(throws: MultipartError.boundaryNotFound) { try MultipartContent.read(body, limits: limits) }
    }

    @Test("By default a description may be long, and other fields not")
    func defaults() {
        let limits = MultipartLimits()
        #expect(limits.limit(forField: "description") == 4 << 20)
        #expect(limits.limit(forField: "name") == 64 << 10)
    }
}
