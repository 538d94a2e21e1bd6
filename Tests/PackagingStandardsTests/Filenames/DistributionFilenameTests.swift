import PackagingStandards
import Testing

@Suite struct DistributionFilenameTests {
    private let foo = NormalizedName("foo")

    @Test("A file belongs to the project that its name names")
    func project() throws {
        let foo = try #require(foo)
        let wheel = try #require(DistributionFilename("Foo-1.0-py3-none-any.whl", project: foo))
        #expect(wheel.packageType == "bdist_wheel")
        #expect(wheel.version == Version("1.0"))
        #expect(wheel.filename == "Foo-1.0-py3-none-any.whl")
        let source = try #require(DistributionFilename("foo-1.0-beta.zip", project: foo))
        #expect(source.packageType == "sdist")
        #expect(source.version == Version("1.0b0"))
        #expect(source.rawVersion == "1.0-beta")
        #expect(DistributionFilename("bar-1.0-py3-none-any.whl", project: foo) == nil)
        #expect(DistributionFilename("", project: foo) == nil)
    }

    @Test("The names of real files are safe")
    func realNamesAreSafe() throws {
        let oracle = try PackagingOracle.shared.get()
        var differences = Differences()
        for filename in oracle.wheelAnswers.map(\.filename) + oracle.sdists.map({ $0[0] }) {
            differences.compare(filename, DistributionFilename.isSafe(filename), expected: true)
        }
        differences.expectNone(atLeast: 80_000)
    }

    @Test(
        "Names that could mean something else to a shell, a path, a URL or a reader are not safe",
        arguments: [
            "", ".", "..", ".foo-1.0.tar.gz", "-foo-1.0.tar.gz", "/foo-1.0.tar.gz", "a/b.zip", "a\\b.zip",
            "a\u{0}b.zip",
            "a b.zip", "a\nb.zip", "a\u{7F}b.zip", "a%2Fb.zip", "a\u{2044}b.zip", "a\u{E9}.zip", "a\"b.zip", "a'b.zip",
            "a;b.zip", "a:b.zip", "a*b.zip", "a?b.zip", "a<b.zip", "a&b.zip", "a~b.zip", "a#b.zip", "\u{430}.zip",
            String(repeating: "a", count: 247),
        ])
    func unsafe(_ filename: String) throws {
        #expect(!DistributionFilename.isSafe(filename))
        #expect(DistributionFilename(filename, project: try #require(foo)) == nil)
    }

    @Test("A byte is safe or not wherever it is after the first")
    func everyPlace() {
        let safe = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._+!".utf8)
        for place in 1..<20 {
            for byte in UInt8.min...UInt8.max {
                var name = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
                name[place] = byte
                let isSafe = DistributionFilename.isSafe(String(decoding: name, as: UTF8.self))
                #expect(isSafe == safe.contains(byte), "\(byte) at \(place)")
            }
        }
    }

    @Test("A name may have 246 bytes, an epoch and a local version")
    func safe() {
        #expect(DistributionFilename.isSafe(String(repeating: "a", count: 246)))
        #expect(DistributionFilename.isSafe("foo-1!1.0+local.1.tar.gz"))
        #expect(SourceDistributionFilename("foo-1!1.0+local.1.tar.gz")?.version == Version("1!1.0+local.1"))
    }
}
