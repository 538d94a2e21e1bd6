import PackagingStandards
import Testing

@Suite struct FileKeyTests {
    private func key(_ filename: String, project: String = "foo") throws -> FileKey {
        let name = try #require(NormalizedName(project))
        return try #require(DistributionFilename(filename, project: name)).fileKey
    }

    @Test(
        "Spellings of one file have one key",
        arguments: [
            ("Foo-1.0-py3-none-any.whl", "foo-1.0.0-py3-none-any.whl"),
            ("foo-1.0-py2.py3-none-any.whl", "foo-1-py3.py2-none-any.whl"),
            ("foo-1.0-py3.py3-none-any.whl", "foo-1.0-py3-none-any.whl"),
            ("foo-1.0-PY3-None-ANY.whl", "foo-1.0-py3-none-any.whl"),
            ("foo-1.0-1-py3-none-any.whl", "foo-1.0-01-py3-none-any.whl"),
            ("foo-1.0_rc1-py3-none-any.whl", "foo-1.0rc1-py3-none-any.whl"),
            ("foo-1.0.tar.gz", "FOO-1.0.0.tar.gz"), ("foo-1.0-beta.tar.gz", "foo-1.0b0.tar.gz"),
        ])
    func equal(_ left: String, _ right: String) throws {
        #expect(try key(left) == key(right))
    }

    @Test(
        "Different files have different keys",
        arguments: [
            ("foo-1.0-py3-none-any.whl", "foo-1.0.1-py3-none-any.whl"),
            ("foo-1.0-py3-none-any.whl", "foo-1.0-1-py3-none-any.whl"),
            ("foo-1.0-1-py3-none-any.whl", "foo-1.0-1a-py3-none-any.whl"),
            ("foo-1.0-py3-none-any.whl", "foo-1.0-py2.py3-none-any.whl"),
            ("foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-win32.whl"),
            ("foo-1.0-py3-none-any.whl", "foo-1.0+local-py3-none-any.whl"),
            ("foo-1.0-py3-none-any.whl", "foo-1!1.0-py3-none-any.whl"),
            ("foo-1.0-py3-none-any.whl", "foo-1.0.tar.gz"), ("foo-1.0.tar.gz", "foo-1.0.zip"),
        ])
    func different(_ left: String, _ right: String) throws {
        #expect(try key(left) != key(right))
    }

    @Test("A key is a text that can be stored")
    func text() throws {
        #expect(try key("Foo-1.0-007x-py3.py2-none-any.whl").description == "wheel:foo:1:7x:py2.py3-none-any")
        #expect(try key("Foo-1.0.0.tar.gz").description == "sdist.tar.gz:foo:1")
        let stored = try key("foo-1.0.zip")
        #expect(FileKey(stored: stored.description) == stored)
    }
}
