import CMarkGFM
import Glibc

/// Markdown as HTML, by cmark-gfm. It reads the text; this writes all of the HTML.
struct MarkdownHTML {
    /// What stands before the ids of headings, so that they are no id of the page.
    static let idPrefix = "readme-"

    let images: ReadmeRenderer.Images
    let firstLevel: Int
    let isGitHubFlavored: Bool

    private static let register: Void = cmark_gfm_core_extensions_ensure_registered()

    /// Returns the HTML of a text; nil if there is no memory.
    func html(of text: UnsafeBufferPointer<UInt8>) -> String? {
        Self.register
        guard let parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8) else { return nil }
        defer { cmark_parser_free(parser) }
        if isGitHubFlavored {
            // Addresses in running text are found here: the extension takes quadratic time, and reads before its text.
            for name in ["table", "strikethrough", "tasklist"] {
                if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
            }
        }
        if let start = text.baseAddress {
            start.withMemoryRebound(to: CChar.self, capacity: text.count) {
                cmark_parser_feed(parser, $0, text.count)
            }
        }
        guard let document = cmark_parser_finish(parser) else { return nil }
        defer { cmark_node_free(document) }
        var walk = MarkdownWalk(self, room: text.count)
        walk.write(document)
        return walk.html
    }
}

/// One walk through a document.
private struct MarkdownWalk {
    /// Elements within each other beyond this depth are left out, with what they hold kept.
    private static let deepest = 100

    private let settings: MarkdownHTML
    private var writer = HTMLWriter()
    private var ids: [String: Int] = [:]
    private var linkDepth = 0
    private var depth = 0
    /// The image whose alternative text is being read.
    private var image: OpaquePointer?
    private var alternative: [UInt8] = []
    private var isInHeader = false
    private var column = 0
    private var alignments: [UInt8] = []

    init(_ settings: MarkdownHTML, room: Int) {
        self.settings = settings
        writer.reserve(room + room / 2)
    }

    var html: String { writer.html }

    mutating func write(_ document: OpaquePointer) {
        guard let iterator = cmark_iter_new(document) else { return }
        defer { cmark_iter_free(iterator) }
        while true {
            let event = cmark_iter_next(iterator)
            guard event != CMARK_EVENT_DONE, let node = cmark_iter_get_node(iterator) else { return }
            if event == CMARK_EVENT_ENTER { enter(node) } else { leave(node) }
        }
    }

    // MARK: Blocks

    private mutating func enter(_ node: OpaquePointer) {
        if image != nil { return readAlternative(node) }
        switch cmark_node_get_type(node) {
        case CMARK_NODE_DOCUMENT, CMARK_NODE_CUSTOM_BLOCK, CMARK_NODE_CUSTOM_INLINE: break
        case CMARK_NODE_BLOCK_QUOTE: openContainer("blockquote")
        case CMARK_NODE_LIST: openList(node)
        case CMARK_NODE_ITEM:
            openContainer("li")
            if Self.kind(of: node) == "tasklist" {
                writer.markup(cmark_gfm_extensions_get_tasklist_item_checked(node) ? "\u{2611} " : "\u{2610} ")
            }
        case CMARK_NODE_CODE_BLOCK: block(node)
        case CMARK_NODE_HTML_BLOCK: htmlBlock(node)
        case CMARK_NODE_PARAGRAPH: if !isTight(node) { writer.open("p") }
        case CMARK_NODE_HEADING: openHeading(node)
        case CMARK_NODE_THEMATIC_BREAK: writer.markup("<hr>\n")
        case CMARK_NODE_TEXT: writer.text(literal(node), linksAddresses: settings.isGitHubFlavored && linkDepth == 0)
        case CMARK_NODE_SOFTBREAK: writer.markup("\n")
        case CMARK_NODE_LINEBREAK: writer.markup("<br>\n")
        case CMARK_NODE_CODE:
            writer.open("code")
            writer.escaped(literal(node))
            writer.close("code")
        case CMARK_NODE_HTML_INLINE: htmlInline(node)
        case CMARK_NODE_EMPH: openContainer("em")
        case CMARK_NODE_STRONG: openContainer("strong")
        case CMARK_NODE_LINK: openLink(node)
        case CMARK_NODE_IMAGE:
            image = node
            alternative = []
        default: enterExtension(node)
        }
    }

    private mutating func leave(_ node: OpaquePointer) {
        if let image {
            if image == node { closeImage(node) }
            return
        }
        switch cmark_node_get_type(node) {
        case CMARK_NODE_BLOCK_QUOTE: closeContainer("blockquote", "\n")
        case CMARK_NODE_LIST:
            closeContainer(cmark_node_get_list_type(node) == CMARK_ORDERED_LIST ? "ol" : "ul", "\n")
        case CMARK_NODE_ITEM: closeContainer("li", "\n")
        case CMARK_NODE_PARAGRAPH: if !isTight(node) { writer.markup("</p>\n") }
        case CMARK_NODE_HEADING:
            writer.markup("</h")
            writer.number(level(of: node))
            writer.markup(">\n")
        case CMARK_NODE_EMPH: closeContainer("em")
        case CMARK_NODE_STRONG: closeContainer("strong")
        case CMARK_NODE_LINK: closeLink(node)
        default: leaveExtension(node)
        }
    }

    private mutating func openContainer(_ element: StaticString) {
        depth += 1
        if depth <= Self.deepest { writer.open(element) }
    }

    private mutating func closeContainer(_ element: StaticString, _ end: StaticString = "") {
        if depth <= Self.deepest {
            writer.close(element)
            writer.markup(end)
        }
        depth -= 1
    }

    private mutating func openList(_ node: OpaquePointer) {
        depth += 1
        guard depth <= Self.deepest else { return }
        guard cmark_node_get_list_type(node) == CMARK_ORDERED_LIST else { return writer.markup("<ul>\n") }
        writer.markup("<ol")
        let start = cmark_node_get_list_start(node)
        if start != 1 {
            writer.markup(" start=\"")
            writer.number(Int(start))
            writer.markup("\"")
        }
        writer.markup(">\n")
    }

    /// Returns whether a paragraph belongs to a list without space between its items.
    private func isTight(_ paragraph: OpaquePointer) -> Bool {
        guard let item = cmark_node_parent(paragraph), let list = cmark_node_parent(item),
            cmark_node_get_type(list) == CMARK_NODE_LIST
        else { return false }
        return cmark_node_get_list_tight(list) != 0
    }

    private mutating func block(_ node: OpaquePointer) {
        writer.open("pre", attributes: " tabindex=\"0\"")
        writer.open("code")
        writer.escaped(literal(node))
        writer.markup("</code></pre>\n")
    }

    private mutating func htmlBlock(_ node: OpaquePointer) {
        let text = literal(node)
        guard !Self.isComment(text) else { return }
        writer.open("pre", attributes: " class=\"plain\" tabindex=\"0\"")
        writer.escaped(text)
        writer.markup("</pre>\n")
    }

    // MARK: Headings

    private func level(of heading: OpaquePointer) -> Int {
        min(6, Int(cmark_node_get_heading_level(heading)) + settings.firstLevel - 1)
    }

    private mutating func openHeading(_ node: OpaquePointer) {
        writer.markup("<h")
        writer.number(level(of: node))
        writer.markup(" id=\"")
        writer.quoted(Array(id(of: node).utf8))
        writer.markup("\">")
    }

    /// Returns an id that no other heading has, made as GitHub does.
    private mutating func id(of heading: OpaquePointer) -> String {
        let slug = MarkdownHTML.idPrefix + Self.slug(Self.plainText(of: heading))
        let count = ids[slug, default: 0]
        ids[slug] = count + 1
        guard count > 0 else { return slug }
        let other = "\(slug)-\(count)"
        ids[other, default: 0] += 1
        return other
    }

    private static func plainText(of node: OpaquePointer) -> String {
        guard let iterator = cmark_iter_new(node) else { return "" }
        defer { cmark_iter_free(iterator) }
        var text: [UInt8] = []
        while true {
            let event = cmark_iter_next(iterator)
            guard event != CMARK_EVENT_DONE, let inner = cmark_iter_get_node(iterator), text.count < 256 else { break }
            let type = cmark_node_get_type(inner)
            if event == CMARK_EVENT_ENTER, type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE {
                text.append(contentsOf: literal(inner).prefix(256))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Letters, digits, hyphens and underscores stay, spaces become hyphens.
    private static func slug(_ text: String) -> String {
        var slug = ""
        for scalar in text.lowercased().unicodeScalars {
            if scalar.isASCII {
                switch UInt8(scalar.value) {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): slug.unicodeScalars.append(scalar)
                case UInt8(ascii: " "): slug += "-"
                default: break
                }
                continue
            }
            switch scalar.properties.generalCategory {
            case .lowercaseLetter, .otherLetter, .modifierLetter, .titlecaseLetter, .decimalNumber, .letterNumber,
                .otherNumber, .nonspacingMark, .spacingMark:
                slug.unicodeScalars.append(scalar)
            case .spaceSeparator: slug += "-"
            default: break
            }
        }
        return slug
    }

    // MARK: Inlines

    private mutating func htmlInline(_ node: OpaquePointer) {
        let text = literal(node)
        if ["<br>", "<br/>", "<br />"].contains(where: { text.elementsEqual($0.utf8) }) {
            return writer.markup("<br>")
        }
        if !Self.isComment(text) { writer.escaped(text) }
    }

    /// Returns whether HTML is one comment, which nobody is meant to see.
    private static func isComment(_ html: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = html[...]
        while let last = rest.last, last <= 0x20 { rest = rest.dropLast() }
        while let first = rest.first, first <= 0x20 { rest = rest.dropFirst() }
        guard rest.count >= 7, rest.starts(with: "<!--".utf8), rest.suffix(3).elementsEqual("-->".utf8) else {
            return false
        }
        // A second `-->` would end it before its end.
        return !Array(rest.dropFirst(4).dropLast(3)).contains(subsequence: Array("-->".utf8))
    }

    private mutating func openLink(_ node: OpaquePointer) {
        guard let address = LinkAddress(bytes(cmark_node_get_url(node))), linkDepth == 0 else { return }
        linkDepth = 1
        switch address {
        case .fragment(let name):
            writer.openLink(Array("#\(MarkdownHTML.idPrefix)".utf8) + name, title: bytes(cmark_node_get_title(node)))
        case .elsewhere(let text):
            writer.openLink(text, title: bytes(cmark_node_get_title(node)))
        }
    }

    private mutating func closeLink(_ node: OpaquePointer) {
        // No link is within another one.
        guard linkDepth > 0, LinkAddress(bytes(cmark_node_get_url(node))) != nil else { return }
        linkDepth = 0
        writer.close("a")
    }

    // MARK: Images

    private mutating func readAlternative(_ node: OpaquePointer) {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_TEXT, CMARK_NODE_CODE, CMARK_NODE_HTML_INLINE: alternative.append(contentsOf: literal(node))
        case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: alternative.append(0x20)
        default: break
        }
    }

    private mutating func closeImage(_ node: OpaquePointer) {
        defer { image = nil }
        let address = bytes(cmark_node_get_url(node))
        let title = bytes(cmark_node_get_title(node))
        guard case .elsewhere(let source)? = LinkAddress(address), !LinkAddress.isMail(source) else {
            return writer.escaped(alternative)
        }
        if settings.images == .loaded, LinkAddress.isSecure(source) {
            writer.markup("<img src=\"")
            writer.quoted(source)
            writer.markup("\" alt=\"")
            writer.quoted(alternative)
            if !title.isEmpty {
                writer.markup("\" title=\"")
                writer.quoted(title)
            }
            return writer.markup("\" loading=\"lazy\" referrerpolicy=\"no-referrer\">")
        }
        let shown = alternative.isEmpty ? LinkAddress.lastPart(of: source) : alternative
        guard linkDepth == 0 else { return writer.escaped(shown) }
        writer.openLink(source, title: title, isImage: true)
        writer.escaped(shown)
        writer.close("a")
    }

    // MARK: Extensions

    private mutating func enterExtension(_ node: OpaquePointer) {
        switch Self.kind(of: node) {
        case "table":
            let columns = Int(cmark_gfm_extensions_get_table_columns(node))
            alignments =
                cmark_gfm_extensions_get_table_alignments(node).map {
                    Array(UnsafeBufferPointer(start: $0, count: columns))
                } ?? []
            writer.markup("<div class=\"table\" tabindex=\"0\"><table>\n")
        case "table_header", "table_row":
            isInHeader = cmark_gfm_extensions_get_table_row_is_header(node) != 0
            column = 0
            writer.markup(isInHeader ? "<thead>\n<tr>" : "<tr>")
        case "table_cell":
            writer.markup(isInHeader ? "<th" : "<td")
            switch column < alignments.count ? alignments[column] : 0 {
            case UInt8(ascii: "l"): writer.markup(" class=\"left\"")
            case UInt8(ascii: "c"): writer.markup(" class=\"center\"")
            case UInt8(ascii: "r"): writer.markup(" class=\"right\"")
            default: break
            }
            writer.markup(">")
            column += 1
        case "strikethrough": openContainer("del")
        default: break
        }
    }

    private mutating func leaveExtension(_ node: OpaquePointer) {
        switch Self.kind(of: node) {
        case "table": writer.markup("</table></div>\n")
        case "table_header", "table_row": writer.markup(isInHeader ? "</tr>\n</thead>\n" : "</tr>\n")
        case "table_cell": writer.markup(isInHeader ? "</th>" : "</td>")
        case "strikethrough": closeContainer("del")
        default: break
        }
    }

    private static func kind(of node: OpaquePointer) -> String {
        cmark_node_get_type_string(node).map { String(cString: $0) } ?? ""
    }
}

/// Returns the bytes of a C string, which live as long as its node does.
private func bytes(_ text: UnsafePointer<CChar>?) -> UnsafeBufferPointer<UInt8> {
    guard let text else { return UnsafeBufferPointer(start: nil, count: 0) }
    let count = strlen(text)
    return UnsafeBufferPointer(start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: count)
}

private func literal(_ node: OpaquePointer) -> UnsafeBufferPointer<UInt8> { bytes(cmark_node_get_literal(node)) }

/// Where a link of a description leads.
enum LinkAddress: Hashable {
    /// To a heading of the description, by its id without the prefix.
    case fragment([UInt8])
    /// To another place, by `https`, `http` or `mailto`.
    case elsewhere([UInt8])

    /// The most bytes of an address.
    private static let longest = 4096

    /// Reads an address; nil for one that is no link here: with another scheme, relative, or with control characters.
    init?(_ address: some Collection<UInt8>) {
        guard !address.isEmpty, address.count <= Self.longest, address.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return nil
        }
        let bytes = Array(address)
        if bytes[0] == UInt8(ascii: "#") {
            guard bytes.count > 1 else { return nil }
            self = .fragment(Array(bytes.dropFirst()))
            return
        }
        guard Self.begins(bytes, with: "https://") || Self.begins(bytes, with: "http://") || Self.isMail(bytes) else {
            return nil
        }
        self = .elsewhere(bytes)
    }

    static func isMail(_ address: [UInt8]) -> Bool { begins(address, with: "mailto:") }
    static func isSecure(_ address: [UInt8]) -> Bool { begins(address, with: "https://") }

    /// Returns what stands behind the last slash of an address, or all of it.
    static func lastPart(of address: [UInt8]) -> [UInt8] {
        let path = address.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let part = path.lastIndex(of: UInt8(ascii: "/")).map { path[($0 + 1)...] } ?? path
        return Array(part.isEmpty ? address[...] : part)
    }

    private static func begins(_ address: [UInt8], with scheme: StaticString) -> Bool {
        scheme.withUTF8Buffer { scheme in
            address.count > scheme.count
                && zip(address, scheme).allSatisfy { $0 == $1 || ((0x41...0x5A).contains($0) && $0 | 0x20 == $1) }
        }
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        guard count >= subsequence.count else { return false }
        return (0...(count - subsequence.count)).contains { self[$0...].starts(with: subsequence) }
    }
}
