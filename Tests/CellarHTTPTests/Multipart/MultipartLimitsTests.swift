import CellarHTTP
import NIOCore
import Testing

@Suite struct MultipartLimitsTests {
    typealias Build = MultipartBuilder

    private let limits = MultipartLimits(
        preamble: 16, epilogue: 16, headers: 120, field: 10, fieldExceptions: ["description": 20, "tiny": 1],
        allFields: 160, files: 12, otherFile: 5)

    static let tooLarge: [(String, MultipartError)] = [
        (Build.body([Build.field("a", "0123456789x")]), .fieldTooLarge(field: "a", limit: 10)),
        (Build.body([Build.field("tiny", "xy")]), .fieldTooLarge(field: "tiny", limit: 1)),
        (
            Build.body([Build.field("description", String(repeating: "x", count: 21))]),
            .fieldTooLarge(field: "description", limit: 20)
        ),
        (
            Build.body([String](repeating: Build.field("description", String(repeating: "x", count: 20)), count: 3)),
            .fieldsTooLarge(limit: 160)
        ),
        (Build.body([String](repeating: Build.field("a", ""), count: 5)), .fieldsTooLarge(limit: 160)),
        (
            Build.body([Build.file("content", "x", "0123456789"), Build.file("content", "y", "012")]),
            .fileTooLarge(limit: 12)
        ),
        (Build.body([Build.file("gpg_signature", "x", "012345")]), .fieldTooLarge(field: "gpg_signature", limit: 5)),
        (
            Build.body([String](repeating: Build.file("more", "x", "01234"), count: 2)), .fieldsTooLarge(limit: 160)
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
                Build.part(["Content-Disposition: form-data; name=content; filename=f"], "0123456789ab"),
            ]) + String(repeating: "e", count: 16)
        #expect(try MultipartContent.read(body, limits: limits).parts.count == 3)
    }

    @Test("A preamble over its limit doesn't hold the server up")
    func preamble() {
        let body = String(repeating: "p", count: 17) + "\r\n" + Build.body([Build.field("a", "b")])
        #expect(throws: MultipartError.boundaryNotFound) { try MultipartContent.read(body, limits: limits) }
    }

    @Test("The bytes of fields are bounded, not their number")
    func manyFields() throws {
        // A real wheel's form has 2,698 parts in 1.6 MB.
        let body = Build.body(
            (0..<2698).map { Build.field("classifiers", "\($0)" + String(repeating: "x", count: 500)) })
        #expect(try MultipartContent.read(body).parts.count == 2698)
        #expect(MultipartLimits().limit(forField: "license") == 4 << 20)
        #expect(MultipartLimits().allFields == 16 << 20)
    }

    @Test("Files in other fields are skipped, wherever they stand")
    func otherFiles() throws {
        let signature = Build.file("gpg_signature", "a.asc", "\r\n--\r\n-----BEGIN PGP SIGNATURE-----")
        let body = Build.body([signature, Build.file("content", "a", "bytes"), signature, Build.field("name", "a")])
        #expect(try MultipartContent.read(body).parts == ["content@a:bytes.", "name=a"])
        let single = body.utf8.map { ByteBuffer(bytes: [$0]) }
        #expect(try MultipartContent.read(single).parts == ["content@a:bytes.", "name=a"])
    }
}
