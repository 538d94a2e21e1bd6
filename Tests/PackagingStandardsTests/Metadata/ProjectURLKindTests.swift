import PackagingStandards
import Testing

@Suite("Labels of project links")
struct ProjectURLKindTests {
    static let cases: [(String, ProjectURLKind?)] = [
        ("Homepage", .homepage), ("home-page", .homepage), ("Home Page", .homepage), ("Source", .source),
        ("Repository", .source), ("Source Code", .source), ("GitHub", .source), ("Download", .download),
        ("Changelog", .changelog), ("Change Log", .changelog), ("What's New", .changelog), ("History", .changelog),
        ("Release Notes", .releaseNotes), ("Documentation", .documentation), ("Docs", .documentation),
        ("Bug Tracker", .issues), ("Issue Tracker", .issues), ("Issues", .issues), ("Bugs", .issues),
        ("Funding", .funding), ("Sponsor", .funding), ("Donate", .funding), ("Mastodon", nil), ("", nil),
        ("ホームページ", nil),
    ]

    @Test("mean what the list of well-known labels says", arguments: cases)
    func kinds(label: String, kind: ProjectURLKind?) {
        #expect(ProjectURLKind(label: label) == kind)
    }
}
