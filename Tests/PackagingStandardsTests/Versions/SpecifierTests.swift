import PackagingStandards
import Testing

@Suite struct SpecifierTests {
    @Test("Operator and version are separated, without white space", arguments: Specifier.Operator.allCases)
    func parts(_ operation: Specifier.Operator) throws {
        let specifier = try #require(Specifier("  \(operation.rawValue)\t1.0 "))
        #expect(specifier.operator == operation)
        #expect(specifier.version == "1.0")
        #expect(specifier.description == operation.rawValue + "1.0")
    }

    /// `packaging` 26.2 cuts these by their spelling (`~=2.2c1` as `==2.2.*`, `~=v2.2` as nothing); PEP 440 cuts the
    /// release segment.
    @Test(
        "A compatible release is cut by its numbers, however it is spelled",
        arguments: ["~=2.2c1", "~=v2.2", "~=2.2.r1"])
    func compatibleSpellings(_ text: String) throws {
        let specifier = try #require(Specifier(text))
        #expect(specifier.contains(try #require(Version("2.3"))))
        #expect(!specifier.contains(try #require(Version("3.0"))))
        #expect(!specifier.contains(try #require(Version("2.1"))))
    }

    @Test("A set of several clauses is no clause", arguments: [">=1,<2", "", ">=1,"])
    func notASet(_ text: String) {
        #expect(Specifier(text) == nil)
    }

    @Test("Pre-releases can be refused")
    func prereleases() throws {
        let specifier = try #require(Specifier(">=1.0"))
        let candidate = try #require(Version("1.1a1"))
        #expect(specifier.contains(candidate))
        #expect(!specifier.contains(candidate, prereleases: false))
    }
}
