/// What a label of a project's link means, by the list of well-known labels (packaging specifications, "Well-known Project
/// URLs in Metadata", PEP 753).
public enum ProjectURLKind: String, Sendable, Hashable, CaseIterable {
    case homepage, source, download, changelog, releaseNotes, documentation, issues, funding

    /// Finds the meaning of a label; nil if it is not on the list.
    public init?(label: String) {
        switch Self.normalized(label) {
        case "homepage": self = .homepage
        case "source", "repository", "sourcecode", "github": self = .source
        case "download": self = .download
        case "changelog", "changes", "whatsnew", "history": self = .changelog
        case "releasenotes": self = .releaseNotes
        case "documentation", "docs": self = .documentation
        case "issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker": self = .issues
        case "funding", "sponsor", "donate", "donation": self = .funding
        default: return nil
        }
    }

    /// Returns a label without ASCII punctuation and white space, in lowercase, as the specification compares labels.
    public static func normalized(_ label: String) -> String {
        String(
            String.UnicodeScalarView(
                label.unicodeScalars.filter { scalar in
                    guard !scalar.properties.isWhitespace else { return false }
                    return !scalar.isASCII || ASCII.isAlphanumeric(UInt8(scalar.value)) || scalar.value < 0x20
                })
        ).lowercased()
    }
}
