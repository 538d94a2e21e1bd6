import PackagingStandards
import Testing

@Suite("Formats of descriptions")
struct DescriptionFormatTests {
    static let cases: [(String?, DescriptionFormat)] = [
        (nil, .reStructuredText), ("", .reStructuredText), (" ", .reStructuredText), ("text/plain", .plainText),
        ("text/x-rst", .reStructuredText), ("TEXT/X-RST ; charset=UTF-8", .reStructuredText),
        ("text/markdown", .markdown(isGitHubFlavored: true)),
        ("text/markdown; charset=UTF-8; variant=GFM", .markdown(isGitHubFlavored: true)),
        ("text/markdown; variant=CommonMark", .markdown(isGitHubFlavored: false)),
        ("text/markdown;Variant=\"commonmark\"", .markdown(isGitHubFlavored: false)),
        ("text/markdown; variant=Original", .markdown(isGitHubFlavored: true)),
        ("text/html", .plainText), ("nonsense", .plainText), (";;", .plainText),
    ]

    @Test("are read as the core metadata specification has them", arguments: cases)
    func formats(contentType: String?, format: DescriptionFormat) {
        #expect(DescriptionFormat(contentType: contentType) == format)
    }
}
