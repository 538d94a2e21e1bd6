import PackagingStandards
import Testing

@Suite struct SourceDistributionFilenameTests {
    @Test("Every source distribution is read as packaging reads it, also when its project is known")
    func agreesWithPackaging() throws {
        var differences = Differences()
        for row in try PackagingOracle.shared.get().sdists {
            let source = SourceDistributionFilename(row[0])
            let said = source.map { [$0.name.description, $0.version.description] }
            differences.compare(row[0], said, expected: [row[1], row[2]])
            if let source {
                differences.compare(
                    row[0], SourceDistributionFilename(row[0], project: source.name), expected: source)
            }
        }
        differences.expectNone(atLeast: 20_000)
    }

    @Test("A name that packaging refuses is refused")
    func refusesWithPackaging() throws {
        let oracle = try PackagingOracle.shared.get()
        var differences = Differences()
        for filename in oracle.invalidFilenames + oracle.wheelAnswers.prefix(1_000).map(\.filename) {
            differences.compare(filename, SourceDistributionFilename(filename)?.filename, expected: nil)
        }
        differences.expectNone(atLeast: 2_000)
    }

    @Test(
        "Older names, whose version has hyphens, are read with the project's name",
        arguments: [
            ("foo-bar-1.0-beta.tar.gz", "foo-bar", "foo-bar", "1.0b0"),
            ("foo-bar-1.0-1.zip", "foo-bar", "foo-bar", "1.0.post1"),
            ("Foo.Bar-1.0-rc-2.tar.gz", "foo-bar", "Foo.Bar", "1.0rc2"), ("foo-2-2.0.tar.gz", "foo-2", "foo-2", "2.0"),
            ("foo_bar-1.0-dev.tar.gz", "foo-bar", "foo_bar", "1.0.dev0"),
            ("foo-1.0-20120101.tar.gz", "foo", "foo", "1.0.post20120101"),
            ("foo---bar-1.0.zip", "foo-bar", "foo---bar", "1.0"),
        ])
    func ambiguous(_ filename: String, project: String, rawName: String, version: String) throws {
        let name = try #require(NormalizedName(project))
        let source = try #require(SourceDistributionFilename(filename, project: name))
        #expect(source.name == name)
        #expect(source.rawName == rawName)
        #expect(source.version.description == version)
    }

    @Test(
        "Another project's files are refused",
        arguments: [
            "foobar-1.0.tar.gz", "foo-bar-1.0.tar.gz", "fo-o-1.0.tar.gz", "f-1.0.zip", "foo.tar.gz", "foo-.tar.gz",
            "foo-2-2.0.zip",
        ])
    func otherProjects(_ filename: String) throws {
        #expect(SourceDistributionFilename(filename, project: try #require(NormalizedName("foo"))) == nil)
    }

    @Test("The format is that of the name's end")
    func formats() {
        #expect(SourceDistributionFilename("foo-1.0.tar.gz")?.format == .tarGz)
        #expect(SourceDistributionFilename("foo-1.0.zip")?.format == .zip)
        #expect(SourceDistributionFilename("foo-1.0.tar.bz2") == nil)
        #expect(SourceDistributionFilename("foo-1.0.tgz") == nil)
        #expect(SourceDistributionFilename("foo-1.0.TAR.GZ") == nil)
        #expect(SourceDistributionFilename("foo-1.0.egg") == nil)
    }
}
