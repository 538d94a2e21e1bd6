import PackagingStandards
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("What a prefetch reads")
struct PrefetchListTests {
    private static let digest = String(repeating: "ab", count: 32)

    private func list(_ files: [String: String], reading names: [String]) throws -> PrefetchList {
        let folder = try TemporaryFolder()
        for (name, text) in files { try TestFile.write(text, to: "\(folder.path)/\(name)") }
        return PrefetchList(files: names.map { "\(folder.path)/\($0)" })
    }

    private func text(_ item: PrefetchList.Item) -> String {
        switch item.selection {
        case .release(let specifiers, let hashes):
            "\(item.project)\(specifiers)" + hashes.map { " \($0.algorithm)" }.joined()
        case .files(let files):
            "\(item.project): " + files.map { $0.filename + ($0.sha256 == nil ? "" : "!") }.joined(separator: " ")
        }
    }

    @Test("requirements, with those they include, narrowed by constraints")
    func requirements() throws {
        let list = try list(
            [
                "requirements.txt": """
                -r more.txt
                -c bounds.txt
                Requests==2.32.0 --hash=sha256:\(Self.digest)
                numpy>=2 ; python_version > "3.9"
                -e .
                """,
                "more.txt": "six\n-r requirements.txt\n",
                "bounds.txt": "numpy<3\nunused==1\n",
            ], reading: ["requirements.txt"])
        #expect(list.items.map(text) == ["requests==2.32.0 sha256", "numpy<3,>=2", "six"])
        #expect(list.items.first?.place.hasSuffix("requirements.txt, line 3") == true)
        #expect(list.skipped.count == 1)
        #expect(list.failures == [])
    }

    @Test("poetry.lock, of both layouts, and Pipfile.lock")
    func otherLocks() throws {
        let list = try list(
            [
                "poetry.lock": """
                [[package]]
                name = "Six"
                version = "1.17.0"
                files = [{file = "six-1.17.0-py2.py3-none-any.whl", hash = "sha256:\(Self.digest)"}]

                [[package]]
                name = "ours"
                version = "1.0"
                files = []
                [package.source]
                type = "git"
                url = "https://example.com/ours.git"

                [metadata]
                lock-version = "2.1"
                python-versions = ">=3.9"
                """,
                "old-poetry.lock": """
                [[package]]
                name = "idna"
                version = "3.4"

                [metadata]
                lock-version = "1.1"
                [metadata.files]
                idna = [{file = "idna-3.4.tar.gz", hash = "sha256:\(Self.digest)"}]
                """,
                "Pipfile.lock": """
                {"_meta": {"hash": {"sha256": "x"}, "pipfile-spec": 6, "requires": {}, "sources": []},
                 "default": {"requests": {"hashes": ["sha256:\(Self.digest)"], "version": "==2.32.0"},
                             "ours": {"editable": true, "path": "."}},
                 "develop": {"pytest": {"version": "==8.0"}}}
                """,
            ], reading: ["poetry.lock", "old-poetry.lock", "Pipfile.lock"])
        #expect(
            list.items.map(text) == [
                "six: six-1.17.0-py2.py3-none-any.whl!", "idna: idna-3.4.tar.gz!", "requests==2.32.0 sha256",
                "pytest==8.0",
            ])
        #expect(list.skipped.count == 2)
        #expect(list.failures == [])
    }

    @Test("what can't be read is reported, and the rest is read")
    func failures() throws {
        let list = try list(
            [
                "a.txt": "six\n???\n-r none.txt\n-r https://example.com/r.txt\n", "b.toml": "x = = 1",
                "c.lock": "version = 2",
            ],
            reading: ["a.txt", "b.toml", "c.lock", "none.txt"])
        #expect(list.items.map(text) == ["six"])
        #expect(list.failures.count == 5)
        #expect(list.failures.contains { $0.hasSuffix("none.txt can't be read: no such file") })
        #expect(list.failures.contains { $0.contains("b.toml: it is not valid TOML, line 1") })
        #expect(list.failures.contains { $0.contains("c.lock: it is neither a pylock.toml") })
        #expect(list.failures.contains { $0.contains("a.txt, line 4: a file at an address is not read") })
    }

    @Test("the files of a pylock.toml, by name and digest")
    func pylock() throws {
        let list = try list(
            [
                "pylock.toml": """
                lock-version = "1.0"
                created-by = "test"
                [[packages]]
                name = "Attrs"
                version = "25.1.0"
                wheels = [
                  {name = "attrs-25.1.0-py3-none-any.whl", url = "https://x.example/a", hashes = {sha256 = "\(Self.digest)"}},
                  {url = "https://x.example/b/attrs-25.1.0%2Bl-py3-none-any.whl#egg", hashes = {md5 = "x"}},
                ]
                sdist = {path = "dist/attrs-25.1.0.tar.gz", hashes = {sha256 = "\(Self.digest.uppercased())"}}
                [[packages]]
                name = "here"
                directory = {path = "."}
                """
            ], reading: ["pylock.toml"])
        #expect(
            list.items.map(text) == [
                "attrs: attrs-25.1.0.tar.gz! attrs-25.1.0-py3-none-any.whl! attrs-25.1.0+l-py3-none-any.whl"
            ])
        #expect(list.skipped.count == 1)
        #expect(list.skipped.first?.contains("here: it comes from a folder") == true)
        #expect(list.failures == [])
    }

    @Test("the files of a uv.lock, by name and digest")
    func uvLock() throws {
        let list = try list(
            [
                "uv.lock": """
                version = 1
                revision = 3
                requires-python = ">=3.12"
                [[package]]
                name = "project"
                version = "0.1.0"
                source = { virtual = "." }
                [[package]]
                name = "six"
                version = "1.17.0"
                source = { registry = "https://pypi.org/simple" }
                sdist = { url = "https://x.example/six-1.17.0.tar.gz", hash = "sha256:\(Self.digest)", size = 1 }
                wheels = [
                    { url = "https://x.example/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:\(Self.digest)" },
                ]
                [[package]]
                name = "elsewhere"
                version = "1"
                source = { git = "https://x.example/r.git" }
                """
            ], reading: ["uv.lock"])
        #expect(list.items.map(text) == ["six: six-1.17.0.tar.gz! six-1.17.0-py2.py3-none-any.whl!"])
        #expect(list.items.first?.place.hasSuffix("uv.lock, six 1.17.0") == true)
        #expect(list.skipped.count == 2)
        #expect(list.skipped.last?.contains("elsewhere 1: it comes from a repository") == true)
    }

    @Test(
        "wrong lock files are refused",
        arguments: [
            ("lock-version = \"2.0\"", "its lock-version is not 1.0"),
            ("lock-version = \"1.0\"\npackages = 1", "not a list of tables"),
            ("version = 1\n[[package]]\nname = \"-\"", "package 1 has no valid name"),
            (
                "version = 1\n[[package]]\nname = \"a\"\nsource = {registry = \"x\"}\nsdist = {hash = \"sha256:00\"}",
                "a file of a has neither name nor url"
            ),
            (
                "version = 1\n[[package]]\nname = \"a\"\nsource = {registry = \"x\"}\n"
                    + "sdist = {url = \"a.tar.gz\", hash = \"sha256:00\"}",
                "the sha256 of a.tar.gz is not a digest"
            ),
        ])
    func malformed(text: String, reason: String) throws {
        let list = try list(["x.lock": text], reading: ["x.lock"])
        #expect(list.items.isEmpty)
        #expect(list.failures.count == 1)
        #expect(list.failures.first?.contains(reason) == true)
    }

    @Test(
        "wheels are filtered by platform and Python, source distributions never",
        arguments: [
            ("a-1-py3-none-any.whl", true), ("a-1-cp312-cp312-manylinux_2_28_x86_64.whl", true),
            ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", false), ("a-1-cp38-abi3-manylinux_2_28_x86_64.whl", true),
            ("a-1-cp312-cp312-win_amd64.whl", false), ("a-1-py2-none-any.whl", false), ("a-1.tar.gz", true),
        ])
    func filter(filename: String, isWanted: Bool) throws {
        let name = try #require(NormalizedName("a"))
        let file = try #require(DistributionFilename(filename, project: name))
        #expect(WheelFilter(platforms: ["manylinux"], pythons: ["cp312"]).takes(file) == isWanted)
        #expect(WheelFilter(platforms: [], pythons: []).takes(file))
    }
}
