import PackagingStandards
import Testing

@Suite struct CoreMetadataTests {
    static let start = "Metadata-Version: 2.1\nName: Foo\nVersion: 1.0\n"

    private func parse(_ text: String) throws -> CoreMetadata {
        try CoreMetadata(parsing: Array(text.utf8))
    }

    @Test("Every field of every metadata version is read")
    func allFields() throws {
        let metadata = try parse(
            """
            Metadata-Version: 2.6
            Name: Foo.Bar
            Version: 1.0.0
            Dynamic: Requires-Dist
            Platform: linux
            Platform: win32
            Supported-Platform: RedHat 7.2
            Summary: A foo
            Description-Content-Type: text/markdown; charset=UTF-8
            Keywords: one, two words ,three
            Home-page: https://example.com
            Download-URL: https://example.com/foo
            Author: Ann
            Author-email: Ann <ann@example.com>
            Maintainer: Bob
            Maintainer-email: bob@example.com
            License: MIT
            License-Expression: MIT
            License-File: LICENSE
            License-File: vendor/LICENSE
            Classifier: A :: B
            Requires-Dist: bar>=1; extra == "x"
            Requires-Python: >=3.9
            Requires-External: libfoo (>=2)
            Project-URL: Source, https://example.com/?a,b
            Project-URL: https://example.com/only
            Provides-Extra: x
            Provides-Dist: Old
            Obsoletes-Dist: Older
            Requires: re
            Provides: foo
            Obsoletes: oof
            Import-Name: foo.bar
            Import-Name: _foo; private
            Import-Namespace: foo
            X-Unknown: kept

            # Body
            """)
        #expect(metadata.metadataVersion == "2.6")
        #expect(metadata.name == "Foo.Bar")
        #expect(metadata.normalizedName == NormalizedName("foo-bar"))
        #expect(metadata.version == "1.0.0")
        #expect(metadata.parsedVersion == Version("1"))
        #expect(metadata.dynamic == ["Requires-Dist"])
        #expect(metadata.platforms == ["linux", "win32"])
        #expect(metadata.supportedPlatforms == ["RedHat 7.2"])
        #expect(metadata.summary == "A foo")
        #expect(metadata.descriptionContentType == "text/markdown; charset=UTF-8")
        #expect(metadata.keywords == ["one", "two words", "three"])
        #expect(metadata.homePage == "https://example.com")
        #expect(metadata.downloadURL == "https://example.com/foo")
        #expect(metadata.author == "Ann")
        #expect(metadata.authorEmail == "Ann <ann@example.com>")
        #expect(metadata.maintainer == "Bob")
        #expect(metadata.maintainerEmail == "bob@example.com")
        #expect(metadata.license == "MIT")
        #expect(metadata.licenseExpression == "MIT")
        #expect(metadata.licenseFiles == ["LICENSE", "vendor/LICENSE"])
        #expect(metadata.classifiers == ["A :: B"])
        #expect(metadata.requiresDist == ["bar>=1; extra == \"x\""])
        #expect(metadata.requiresPython == ">=3.9")
        #expect(metadata.requiresExternal == ["libfoo (>=2)"])
        #expect(metadata.projectURLs.map(\.label) == ["Source", "https://example.com/only"])
        #expect(metadata.projectURLs.map(\.url) == ["https://example.com/?a,b", ""])
        #expect(metadata.providesExtra == ["x"])
        #expect(metadata.providesDist == ["Old"])
        #expect(metadata.obsoletesDist == ["Older"])
        #expect(metadata.requires == ["re"])
        #expect(metadata.provides == ["foo"])
        #expect(metadata.obsoletes == ["oof"])
        #expect(metadata.importNames == ["foo.bar", "_foo; private"])
        #expect(metadata.importNamespaces == ["foo"])
        #expect(metadata.otherFields.map(\.name) == ["X-Unknown"])
        #expect(metadata.otherFields.map(\.value) == ["kept"])
        #expect(metadata.description == "# Body")
    }

    @Test("Left-out and empty fields are none")
    func emptyFields() throws {
        let metadata = try parse(Self.start + "Summary:\nHome-page: \nPlatform:\nKeywords: ,\n")
        #expect(metadata.summary == nil)
        #expect(metadata.homePage == nil)
        #expect(metadata.description == nil)
        #expect(metadata.platforms.isEmpty)
        #expect(metadata.keywords.isEmpty)
        #expect(metadata.importNames == nil)
        #expect(try parse(Self.start + "Import-Name:\n").importNames == [])
    }

    @Test("Field names are read in any case, and the first of repeated fields counts")
    func casesAndRepetitions() throws {
        let metadata = try parse("METADATA-VERSION: 1.0\nname: foo\nVeRsIoN: 1\nSummary: a\nsummary: b\nhome-PAGE: c\n")
        #expect(metadata.name == "foo")
        #expect(metadata.summary == "a")
        #expect(metadata.homePage == "c")
        #expect(metadata.otherFields.isEmpty)
    }

    @Test("Lines may end in LF, CRLF or CR", arguments: ["\n", "\r\n", "\r"])
    func lineEnds(_ end: String) throws {
        let lines = ["Metadata-Version: 2.1", "Name: foo", "Version: 1", "Summary: a", "  b", "", "body", "", "end"]
        let metadata = try parse(lines.joined(separator: end))
        #expect(metadata.version == "1")
        #expect(metadata.summary == "a b")
        #expect(metadata.description == "body\n\nend")
    }

    @Test("A description in the header loses the indentation of its folding")
    func foldedDescription() throws {
        let pipes = try parse(Self.start + "Description: One\n       |\n       |  Two\n       |Three\nLicense: x\n")
        #expect(pipes.description == "One\n\n  Two\nThree")
        #expect(pipes.license == "x")
        let spaces = try parse(Self.start + "Description: One\n        \n          Two\n        Three\n")
        #expect(spaces.description == "One\n\n  Two\nThree")
        let fewer = try parse(Self.start + "Description: One\n  Two\n   Three\n")
        #expect(fewer.description == "One\nTwo\n Three")
        let later = try parse(Self.start + "Description: \n        One\n        Two\n")
        #expect(later.description == "\nOne\nTwo")
    }

    @Test("A license keeps its lines, other folded fields become one line")
    func foldedFields() throws {
        let metadata = try parse(
            Self.start + "License: One\n        Two\nSummary: One\n\tTwo\n   Three \nRequires-Dist: a\n  >=1\n")
        #expect(metadata.license == "One\nTwo")
        #expect(metadata.summary == "One Two Three")
        #expect(metadata.requiresDist == ["a >=1"])
    }

    @Test("A body is the description, rather than a field of that name, unless it is blank")
    func bodyOrField() throws {
        #expect(try parse(Self.start + "Description: field\n\nbody\n").description == "body\n")
        #expect(try parse(Self.start + "Description: field\n\n \n\n").description == "field")
        #expect(try parse(Self.start + "\n\n\nbody").description == "\n\nbody")
    }

    @Test("A line that is no field starts the body")
    func bodyWithoutSeparator() throws {
        let metadata = try parse(Self.start + "no field here\nSummary: in the body\n")
        #expect(metadata.description == "no field here\nSummary: in the body\n")
        #expect(metadata.summary == nil)
        #expect(try parse(Self.start + "With Space: x\n").description == "With Space: x\n")
    }

    @Test("A byte order mark, an envelope line and nameless fields are skipped")
    func leniency() throws {
        #expect(try parse("\u{FEFF}" + Self.start).name == "Foo")
        #expect(try parse("From someone\n" + Self.start).name == "Foo")
        #expect(try parse("  lost\n" + Self.start + ": nothing\n  more\nSummary: x\n").summary == "x")
    }

    @Test("Text that isn't UTF-8 is read as Latin-1, field by field")
    func encodings() throws {
        let bytes =
            Array((Self.start + "Author: Zo\u{EB}\nMaintainer: J").utf8) + [0xFC] + Array("rgen\n\nna".utf8)
            + [0xEF] + Array("ve".utf8)
        let metadata = try CoreMetadata(parsing: bytes)
        #expect(metadata.author == "Zo\u{EB}")
        #expect(metadata.maintainer == "J\u{FC}rgen")
        #expect(metadata.description == "na\u{EF}ve")
        #expect(try parse(Self.start + "Summary: a\u{0}b\n").summary == "a\u{FFFD}b")
    }

    @Test(
        "Metadata versions of the form N.M are accepted",
        arguments: ["1.0", "1.1", "1.2", "2.0", "2.1", "2.6", "2.17", "3.0"])
    func metadataVersions(_ version: String) throws {
        #expect(try parse("Metadata-Version: \(version)\nName: a\nVersion: 1\n").metadataVersion == version)
    }

    @Test("Other metadata versions are refused", arguments: ["2", "2.", ".1", "2.1.0", "two", "2.x", "-2.1", "2,1"])
    func malformedMetadataVersions(_ version: String) {
        #expect(throws: CoreMetadataError.malformedMetadataVersion(version)) {
            try parse("Metadata-Version: \(version)\nName: a\nVersion: 1\n")
        }
    }

    @Test("A required field has to be there", arguments: ["Metadata-Version", "Name", "Version"])
    func missingFields(_ name: String) {
        let lines = ["Metadata-Version: 2.1", "Name: foo", "Version: 1"].filter { !$0.hasPrefix(name + ":") }
        #expect(throws: CoreMetadataError.missingField(name)) { try parse(lines.joined(separator: "\n")) }
        let empty = (lines + [name + ": "]).joined(separator: "\n")
        #expect(throws: CoreMetadataError.missingField(name)) { try parse(empty) }
        #expect(CoreMetadataError.missingField(name).description == "the core metadata has no \(name)")
    }

    @Test("A required field can't have two values")
    func repeatedFields() throws {
        #expect(throws: CoreMetadataError.repeatedField("Name")) { try parse(Self.start + "Name: bar\n") }
        #expect(try parse(Self.start + "Name: Foo\n").name == "Foo")
    }

    @Test(
        "What is no metadata at all is an error", arguments: ["", "\n", "PK\u{3}\u{4}", "\u{0}\u{0}", "{}", "<html>"])
    func noMetadata(_ text: String) {
        #expect(throws: CoreMetadataError.missingField("Metadata-Version")) { try parse(text) }
    }
}
