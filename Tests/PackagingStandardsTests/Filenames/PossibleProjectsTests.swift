import PackagingStandards
import Testing

@Suite("The projects that a file name may belong to")
struct PossibleProjectsTests {
    static let cases: [(filename: String, projects: [String])] = [
        ("Foo_Bar-1.0-py3-none-any.whl", ["foo-bar"]), ("foo-1.0-1-py3-none-any.whl", ["foo"]),
        ("foo_bar-1.0.tar.gz", ["foo-bar"]), ("foo-bar-1.0.zip", ["foo-bar"]),
        ("foo-1.0-1.tar.gz", ["foo-1-0", "foo"]),
        ("foo-1.0-beta.tar.gz", ["foo"]), ("foo-1.0-beta-2.tar.gz", ["foo-1-0-beta", "foo"]),
        ("foo-2-1.0.tar.gz", ["foo-2"]), ("foo-1.0--1.tar.gz", ["foo"]),
        ("foo.tar.gz", []), ("foo-bar.tar.gz", []), ("foo-1.0.exe", ["foo"]), ("foo-1.0-py3.7.egg", ["foo"]),
        ("Twisted-18.9.0.tar.bz2", ["twisted"]), ("foo-bar-1.0.win-amd64-py2.7.exe", ["foo-bar"]), ("", []),
        ("-1.0.tar.gz", []), ("../foo-1.0.tar.gz", []), ("foo-1.0-any.whl", []),
    ]

    @Test("A wheel names one, a source distribution one for each valid split", arguments: cases)
    func projects(filename: String, projects: [String]) {
        #expect(DistributionFilename.possibleProjects(of: filename).map(\.description) == projects)
    }

    @Test("Each answer reads as a file of that project, and no project is missing")
    func consistency() throws {
        for filename in Self.cases.map(\.filename) {
            for project in DistributionFilename.possibleProjects(of: filename) {
                #expect(DistributionFilename(filename, project: project)?.name == project)
            }
        }
    }

    @Test("Names of nothing but hyphens and digits stay within bounds")
    func bounds() {
        for part in ["1-", "a-1-", "1.0-", "-", "r1-", "1-a"] {
            let name = "f-" + String(repeating: part, count: 230 / part.utf8.count) + "1.tar.gz"
            #expect(DistributionFilename.possibleProjects(of: name).count <= 8)
        }
    }
}
