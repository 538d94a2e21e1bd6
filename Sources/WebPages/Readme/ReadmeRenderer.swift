import PackagingStandards

/// Renders the descriptions of projects, which anybody may have written, to HTML that is safe in a page of this site.
///
/// Of Markdown, raw HTML shows as text. Links lead to `https`, `http` and `mailto` only, or within the description; they have
/// `rel="nofollow noopener"`. reStructuredText and plain text show as they are, with their addresses as links.
///
/// Whether images are loaded, the setting `server.readme_images` says. The Content-Security-Policy of a page with a
/// description must allow `img-src 'self' https:` if images are loaded, else no more than `img-src 'self'`. There are no
/// styles, scripts, frames and forms in it.
///
/// The style sheet finds everything below an element of the class `readme`: `left`, `center` and `right` are the alignments
/// of a table's cells, `table` is the box in which a wide one scrolls, `image` a link to an image, `plain` a text as it is.
struct ReadmeRenderer: Sendable {
    /// What becomes of images that are elsewhere.
    enum Images: Sendable, Hashable {
        /// Browsers load them, by `https` only, without saying where from.
        case loaded
        /// A link leads there: browsing the pages asks no other site for anything.
        case linked
    }

    /// The most bytes of a description that is rendered; of a longer one the beginning shows as text.
    static let largest = 1 << 20

    /// A rendered description.
    struct Rendered: Sendable, Hashable {
        /// What a browser shows: flow content, to be put into an element of the class `readme`.
        let html: String
        /// Whether it shows as text, though it is Markdown: it is too large, or too deeply nested.
        let isReduced: Bool
        /// Whether the end is missing.
        let isCut: Bool
    }

    let images: Images
    /// The level of the highest headings: those of the page are above it.
    let firstLevel: Int
    /// What rendering may cost; a text that costs more shows as text.
    var cost = MarkdownCost()

    init(images: Images, firstLevel: Int = 2) {
        self.images = images
        self.firstLevel = firstLevel
    }

    /// Renders a description. Takes up to some 50 ms for a megabyte: not for event loops.
    ///
    /// - Parameters:
    ///   - description: The description as the core metadata have it.
    ///   - contentType: `Description-Content-Type`; nil for none.
    /// - Returns: The HTML.
    func render(_ description: String, contentType: String?) -> Rendered {
        let format = DescriptionFormat(contentType: contentType)
        if case .markdown(let isGitHubFlavored) = format {
            var text = description
            let html = text.withUTF8 { bytes -> String? in
                guard bytes.count <= Self.largest, cost.isAffordable(bytes) else { return nil }
                return MarkdownHTML(images: images, firstLevel: firstLevel, isGitHubFlavored: isGitHubFlavored)
                    .html(of: bytes)
            }
            if let html { return Rendered(html: html, isReduced: false, isCut: false) }
        }
        var writer = HTMLWriter()
        let shown = description.utf8.count > Self.largest ? Self.beginning(of: description) : description
        writer.open("pre", attributes: " class=\"plain\" tabindex=\"0\"")
        writer.text(shown, linksAddresses: true)
        writer.close("pre")
        let isMarkdown = if case .markdown = format { true } else { false }
        return Rendered(html: writer.html, isReduced: isMarkdown, isCut: shown.utf8.count < description.utf8.count)
    }

    /// Returns what fits, up to the last whole line of it.
    private static func beginning(of text: String) -> String {
        var end = text.utf8.index(text.startIndex, offsetBy: largest)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        let beginning = text[..<end]
        guard let line = beginning.utf8.lastIndex(of: UInt8(ascii: "\n")) else { return String(beginning) }
        return String(beginning[..<line])
    }
}
