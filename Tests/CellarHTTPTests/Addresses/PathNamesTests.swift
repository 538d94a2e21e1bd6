import CellarHTTP
import Testing

@Suite struct PathNamesTests {
    @Test(
        "Segments are decoded once",
        arguments: [
            ("foo-bar", "foo-bar"), ("", ""), ("foo%2Dbar", "foo-bar"), ("foo%2dbar", "foo-bar"), ("a+b", "a+b"),
            ("a%20b", "a b"), ("%C3%BC", "ü"), ("ü", "ü"), ("%25", "%"), ("%252F", "%2F"), ("..", ".."),
            ("%2e%2E", ".."), ("a%5Cb", "a\\b"), ("1%211.0", "1!1.0"),
        ])
    func decoded(segment: String, expected: String) throws {
        #expect(try PathNames.decode(segment) == expected)
    }

    @Test(
        "What can't be a name is refused",
        arguments: [
            ("%", .invalidPercentEncoding), ("a%2", .invalidPercentEncoding), ("%zz", .invalidPercentEncoding),
            ("%+1", .invalidPercentEncoding), ("% 1", .invalidPercentEncoding), ("a%é", .invalidPercentEncoding),
            ("a%2Fb", .slash), ("a%2fb", .slash), ("a/b", .slash), ("%00", .controlCharacter),
            ("a%0Ab", .controlCharacter),
            ("a\u{0}", .controlCharacter), ("%7F", .controlCharacter), ("%FF", .notUTF8), ("%C3", .notUTF8),
            ("%C0%AF", .notUTF8), ("%ED%A0%80", .notUTF8),
        ] as [(String, PathNameError)])
    func refused(segment: String, expected: PathNameError) {
        #expect(throws: expected) { try PathNames.decode(segment) }
        #expect(!expected.description.isEmpty)
    }
}
