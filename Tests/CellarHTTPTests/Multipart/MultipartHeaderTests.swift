import CellarHTTP
import NIOCore
import Testing

@Suite struct MultipartHeaderTests {
    typealias Build = MultipartBuilder

    @Test(
        "File names are read as clients write them",
        arguments: [
            ("filename=\"a b.whl\"", "a b.whl"),
            ("filename=a.whl", "a.whl"),
            ("filename=\"a\\\"b\"", "a\"b"),
            ("filename=\"a%22b\"", "a\"b"),
            ("filename=\"a\\\\b\"", "a\\b"),
            ("filename=\"..\\evil\"", "..\\evil"),
            ("filename=\"a%2Fb%\"", "a%2Fb%"),
            ("filename=\"100%2\"", "100%2"),
            ("filename=\"f\u{FC}r.whl\"", "f\u{FC}r.whl"),
            ("filename*=UTF-8''f%C3%BCr%20%e2%82%ac.whl", "f\u{FC}r \u{20AC}.whl"),
            ("filename*=utf-8'en'a+b", "a+b"),
            ("filename=\"a+b\"; filename*=utf-8''a+b", "a+b"),
            ("filename=\"x;y=z\"", "x;y=z"),
            ("filename=\"../../etc/passwd\"", "../../etc/passwd"),
            ("FileName = \"a\" ;", "a"),
        ])
    func filenames(parameter: String, expected: String) throws {
        let body = Build.body([Build.part(["Content-Disposition: form-data; name=\"content\"; \(parameter)"], "")])
        #expect(try MultipartContent.read(body).parts == ["content@\(expected):."])
    }

    @Test("A field's name may come in the extended form (reqwest)")
    func extendedName() throws {
        let body = Build.body([Build.part(["Content-Disposition: form-data; name*=utf-8''%C3%BC"], "x")])
        #expect(try MultipartContent.read(body).parts == ["\u{FC}=x"])
    }

    @Test(
        "Extended forms that can't be read are refused",
        arguments: [
            ("filename*=iso-8859-1''x", .malformedHeader), ("filename*=x", .malformedHeader),
            ("filename*=utf-8''%zz", .malformedHeader), ("filename*=utf-8''%FF", .invalidName),
            ("filename*=utf-8''%00", .invalidName), ("filename*=utf-8''%0A", .invalidName),
            ("filename*=utf-8''a; filename*=utf-8''a", .ambiguousHeader(name: "filename")),
        ] as [(String, MultipartError)])
    func badExtended(parameter: String, expected: MultipartError) {
        let body = Build.body([Build.part(["Content-Disposition: form-data; name=\"content\"; \(parameter)"], "")])
        #expect(throws: expected) { try MultipartContent.read(body) }
    }

    @Test("Headers that aren't UTF-8 are refused")
    func notUTF8() {
        var body = ByteBuffer(string: "--b\r\nContent-Disposition: form-data; name=\"")
        body.writeBytes([0xFF])
        body.writeString("\"\r\n\r\n\r\n--b--")
        #expect(throws: MultipartError.malformedHeader) { try MultipartContent.read([body], boundary: "b") }
    }

    @Test(
        "The boundary is read as clients write it",
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;boundary=\"a b\"", "a b"),
            ("multipart/form-data; charset=utf-8; BOUNDARY=----WebKitFormBoundaryX", "----WebKitFormBoundaryX"),
            ("multipart/form-data; boundary=a=b/c:d?", "a=b/c:d?"),
            ("multipart/form-data; boundary=\(String(repeating: "x", count: 70))", String(repeating: "x", count: 70)),
        ])
    func boundaries(contentType: String, expected: String) throws {
        #expect(try MultipartBoundary(contentType: contentType).text == expected)
    }

    @Test(
        "What is no form is refused",
        arguments: [nil, "", "application/json", "multipart/mixed; boundary=a", "multipart/form-data; boundary=\"a"])
    func notForms(contentType: String?) {
        #expect(throws: MultipartError.notFormData) { try MultipartBoundary(contentType: contentType) }
    }

    @Test(
        "Impossible boundaries are refused",
        arguments: [
            "multipart/form-data", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=ä",
            "multipart/form-data; boundary=\"a\r\nb\"", "multipart/form-data; boundary=a*b",
            "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
        ])
    func badBoundaries(contentType: String) {
        #expect(throws: MultipartError.invalidBoundary) { try MultipartBoundary(contentType: contentType) }
    }
}
