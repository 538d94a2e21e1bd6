import PackagingStandards
import Testing

@Suite("The file names of older kinds of distributions")
struct OlderFilenameTests {
    static let cases: [(filename: String, project: String, version: String, packageType: String)] = [
        ("Twisted-18.9.0.tar.bz2", "twisted", "18.9.0", "sdist"), ("foo-1.0.tgz", "foo", "1.0", "sdist"),
        ("foo-1.0b2.tar.xz", "foo", "1.0b2", "sdist"), ("foo-1.0.tar.Z", "foo", "1.0", "sdist"),
        ("foo-bar-1.0-1.tar.bz2", "foo-bar", "1.0-1", "sdist"),
        ("foo-1.0-py2.7.egg", "foo", "1.0", "bdist_egg"),
        ("foo_bar-1.0.dev3-py2.7-linux-x86_64.egg", "foo-bar", "1.0.dev3", "bdist_egg"),
        ("foo-1.0-py2.7-macosx-10.6-intel.egg", "foo", "1.0", "bdist_egg"),
        ("foo-1.0_1-py3.7.egg", "foo", "1.0-1", "bdist_egg"),
        ("foo-1.0.win32-py2.7.exe", "foo", "1.0", "bdist_wininst"),
        ("foo-1.0rc1.win-amd64.exe", "foo", "1.0rc1", "bdist_wininst"),
        ("foo-1.0.win-amd64-py3.3.msi", "foo", "1.0", "bdist_msi"),
        ("foo-1.0-1.noarch.rpm", "foo", "1.0", "bdist_rpm"), ("foo-1.0-2.src.rpm", "foo", "1.0", "bdist_rpm"),
        ("foo-1.0.dmg", "foo", "1.0", "bdist_dmg"),
        ("foo-1.0.linux-x86_64.tar.gz", "foo", "1.0", "bdist_dumb"),
        ("foo-1.0.macosx-10.9-x86_64.zip", "foo", "1.0", "bdist_dumb"),
    ]

    @Test("say project, version and kind", arguments: cases)
    func parts(filename: String, project: String, version: String, packageType: String) throws {
        let project = try #require(NormalizedName(project))
        let name = try #require(DistributionFilename(filename, project: project))
        #expect(name.filename == filename)
        #expect(name.name == project)
        #expect(name.rawVersion == version)
        #expect(name.version == Version(version))
        #expect(name.packageType == packageType)
        #expect(!name.isWheel)
        #expect(DistributionFilename.possibleProjects(of: filename).contains(project))
        #expect(DistributionFilename(filename, project: try #require(NormalizedName("other"))) == nil)
    }

    @Test(
        "are none without a version, of an unknown kind, or if they are not safe",
        arguments: [
            "foo.egg", "foo-.exe", "foo-bar.msi", "foo-1.0", "foo-1.0.txt", "foo-1.0.whl.asc", "../foo-1.0.egg",
            "foo-1.0.tar.bz2.asc", "foo-py2.7.egg",
        ])
    func none(filename: String) throws {
        #expect(DistributionFilename(filename, project: try #require(NormalizedName("foo"))) == nil)
    }

    @Test("have keys of their own")
    func keys() throws {
        let foo = try #require(NormalizedName("foo"))
        let names = [
            "foo-1.0.tar.gz", "foo-1.0.tgz", "foo-1.0.tar.bz2", "foo-1.0.zip", "foo-1.0-py2.6.egg", "foo-1.0-py2.7.egg",
            "foo-1.0.win32.exe", "foo-1.0.linux-x86_64.tar.gz", "foo-1.0-py2.py3-none-any.whl",
        ]
        let keys = try names.map { try #require(DistributionFilename($0, project: foo)).fileKey }
        #expect(Set(keys).count == names.count)
    }
}
