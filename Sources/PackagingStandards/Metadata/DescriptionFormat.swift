/// How a project's description is written, by `Description-Content-Type` (core metadata specification).
public enum DescriptionFormat: Sendable, Hashable {
    case plainText
    case reStructuredText
    /// Markdown; with GitHub's additions, which is the default, or CommonMark alone.
    case markdown(isGitHubFlavored: Bool)

    /// Reads a content type. Without one a description is reStructuredText; of another kind, or with parameters that mean
    /// nothing, it is plain text or plain Markdown.
    public init(contentType: String?) {
        guard let contentType, !contentType.utf8.allSatisfy({ $0 <= ASCII.space }) else {
            self = .reStructuredText
            return
        }
        let parts = contentType.split(separator: ";").map { part in
            String(decoding: Array(Whitespace.trimmed(ArraySlice(part.utf8))), as: UTF8.self)
        }
        switch parts.first?.lowercased() {
        case "text/x-rst": self = .reStructuredText
        case "text/markdown": self = .markdown(isGitHubFlavored: Self.variant(of: parts.dropFirst()) != "commonmark")
        default: self = .plainText
        }
    }

    /// Returns the parameter `variant` in lowercase; nil if there is none.
    private static func variant(of parameters: ArraySlice<String>) -> String? {
        for parameter in parameters {
            let sides = parameter.split(separator: "=", maxSplits: 1).map { side in
                String(decoding: Array(Whitespace.trimmed(ArraySlice(side.utf8))), as: UTF8.self)
            }
            guard sides.count == 2, sides[0].lowercased() == "variant" else { continue }
            return sides[1].lowercased().filter { $0 != "\"" }
        }
        return nil
    }
}
