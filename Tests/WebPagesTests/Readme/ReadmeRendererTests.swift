import PackagingStandards
import Testing

@testable import WebPages

@Suite("Descriptions of projects")
struct ReadmeRendererTests {
    private static func html(
        _ text: String, images: ReadmeRenderer.Images = .linked, type: String? = "text/markdown"
    ) -> String {
        ReadmeRenderer(images: images).render(text, contentType: type).html
    }

    static let rendered: [(markdown: String, html: String)] = [
        ("# Title\n\ntext", "<h2 id=\"readme-title\">Title</h2>\n<p>text</p>\n"),
        ("###### Deep", "<h6 id=\"readme-deep\">Deep</h6>\n"),
        ("##### Deep", "<h6 id=\"readme-deep\">Deep</h6>\n"),
        (
            "# Same\n# Same\n# Same-1",
            "<h2 id=\"readme-same\">Same</h2>\n<h2 id=\"readme-same-1\">Same</h2>\n"
                + "<h2 id=\"readme-same-1-1\">Same-1</h2>\n"
        ),
        ("# 使い方 & `x`", "<h2 id=\"readme-使い方--x\">使い方 &amp; <code>x</code></h2>\n"),
        (
            "[to](#usage)",
            "<p><a href=\"#readme-usage\" rel=\"nofollow noopener\">to</a></p>\n"
        ),
        (
            "[a](https://example.com/?a=1&b=2 \"the \\\"title\\\"\")",
            "<p><a href=\"https://example.com/?a=1&amp;b=2\" title=\"the &quot;title&quot;\" "
                + "rel=\"nofollow noopener\">a</a></p>\n"
        ),
        ("<me@example.com>", "<p><a href=\"mailto:me@example.com\" rel=\"nofollow noopener\">me@example.com</a></p>\n"),
        ("[doc](docs/x.md)", "<p>doc</p>\n"),
        ("a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>\n"),
        ("- [x] a\n- [ ] b", "<ul>\n<li>\u{2611} a</li>\n<li>\u{2610} b</li>\n</ul>\n"),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("- a\n\n- b", "<ul>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>\n"),
        (
            "| a | b |\n|:-|-:|\n| 1 | 2 |",
            "<div class=\"table\" tabindex=\"0\"><table>\n<thead>\n<tr><th class=\"left\">a</th>"
                + "<th class=\"right\">b</th></tr>\n</thead>\n<tr><td class=\"left\">1</td><td class=\"right\">2</td>"
                + "</tr>\n</table></div>\n"
        ),
        ("```py\na < b\n```", "<pre tabindex=\"0\"><code>a &lt; b\n</code></pre>\n"),
        ("> q\n\n---", "<blockquote><p>q</p>\n</blockquote>\n<hr>\n"),
        ("a<br>b  \nc", "<p>a<br>b<br>\nc</p>\n"),
        ("<!-- not for readers -->\n\ntext <!-- nor this -->", "<p>text </p>\n"),
        (
            "see https://example.com/a_(b). And (www.example.org)",
            "<p>see <a href=\"https://example.com/a_(b)\" rel=\"nofollow noopener\">https://example.com/a_(b)</a>. "
                + "And (<a href=\"https://www.example.org\" rel=\"nofollow noopener\">www.example.org</a>)</p>\n"
        ),
        (
            "![a **logo**](https://example.com/x/logo.png)",
            "<p><a href=\"https://example.com/x/logo.png\" class=\"image\" rel=\"nofollow noopener\">a logo</a></p>\n"
        ),
        (
            "![](https://example.com/x/logo.png?v=1)",
            "<p><a href=\"https://example.com/x/logo.png?v=1\" class=\"image\" rel=\"nofollow noopener\">logo.png</a></p>\n"
        ),
        (
            "[![build](https://ci.example/b.svg)](https://ci.example/)",
            "<p><a href=\"https://ci.example/\" rel=\"nofollow noopener\">build</a></p>\n"
        ),
        ("![local](logo.png)", "<p>local</p>\n"),
    ]

    @Test("are rendered as GitHub's Markdown", arguments: rendered)
    func renders(markdown: String, html: String) {
        #expect(Self.html(markdown) == html)
    }

    @Test("load images by https if that is wanted, and without saying where from")
    func images() {
        #expect(
            Self.html("![a \"b\"](https://example.com/x.png 'the title')", images: .loaded)
                == "<p><img src=\"https://example.com/x.png\" alt=\"a &quot;b&quot;\" title=\"the title\" "
                + "loading=\"lazy\" referrerpolicy=\"no-referrer\"></p>\n")
        #expect(
            Self.html("![x](http://example.com/x.png)", images: .loaded)
                == "<p><a href=\"http://example.com/x.png\" class=\"image\" rel=\"nofollow noopener\">x</a></p>\n")
        #expect(Self.html("![x](data:image/png;base64,AAAA)", images: .loaded) == "<p>x</p>\n")
    }

    @Test("are CommonMark alone if they say so")
    func commonMark() {
        let html = Self.html("a ~~b~~ https://example.com", type: "text/markdown; charset=UTF-8; variant=CommonMark")
        #expect(html == "<p>a ~~b~~ https://example.com</p>\n")
        #expect(Self.html("~~b~~", type: "text/markdown;variant=GFM") == "<p><del>b</del></p>\n")
    }

    @Test(
        "show as text with links otherwise",
        arguments: [nil, "text/plain", "text/x-rst; charset=UTF-8", "text/html", ""])
    func plain(type: String?) {
        let html = Self.html("Title\n=====\n\n`docs <https://example.com/>`_ <b>", type: type)
        #expect(
            html == "<pre class=\"plain\" tabindex=\"0\">Title\n=====\n\n`docs &lt;<a href=\"https://example.com/\" "
                + "rel=\"nofollow noopener\">https://example.com/</a>&gt;`_ &lt;b&gt;</pre>")
    }

    static let hostile = [
        "<script>marker()</script>", "<img src=x onerror=marker()>", "a <svg onload=marker()> b",
        "<a href=\"javascript:marker()\">x</a>", "<iframe srcdoc='<script>marker()</script>'></iframe>",
        "[x](javascript:marker())", "[x](JaVaScRiPt:marker())", "[x](java\nscript:marker())",
        "[x](&#106;avascript:marker())", "[x](javascript&colon;marker())", "[x](vbscript:marker())",
        "[x](data:text/html,<script>marker()</script>)", "[x](<javascript:marker()>)", "[x]( javascript:marker() )",
        "[x]\n\n[x]: javascript:marker()", "<javascript:marker()>", "![x](javascript:marker())",
        "[x](https://example.com/\"onmouseover=\"marker\\(\\))", "[x](https://example.com 'a\" onclick=\"marker()')",
        "![\" onerror=\"marker()](https://example.com/x.png)", "# <script>marker()</script>",
        "# \" onclick=\"marker()", "| <script>marker()</script> |\n|-|\n| <img src=x onerror=marker()> |",
        "```\"><script>marker()</script>\nx\n```", "`<script>marker()</script>`", "<style>*{display:none}</style>",
        "<form action=https://example.com><input name=password></form>", "<base href=https://example.com/>",
        "<meta http-equiv=refresh content=0;url=https://example.com>", "[x](//example.com/)", "[x](/logout)",
        "[x](\\\\example.com)", "[x](file:///etc/passwd)", "[x](blob:https://example.com/x)",
        "<!-- --><script>marker()</script> -->", "<!--><script>marker()</script>-->",
        "<![CDATA[<script>marker()</script>]]>", "<?php marker() ?>", "<!DOCTYPE html><script>marker()</script>",
        "https://example.com/\"><script>marker()</script>", "https://example.com/'onclick='marker()",
        "www.example.com/<script>marker()</script>", "[x](https://example.com){onclick=marker()}",
    ]

    @Test("do nothing, whatever is in them", arguments: hostile)
    func harmless(markdown: String) throws {
        for images in [ReadmeRenderer.Images.linked, .loaded] {
            for type in ["text/markdown", "text/markdown; variant=CommonMark", "text/x-rst", "text/plain"] {
                let html = Self.html(markdown, images: images, type: type)
                let tags = Self.tags(of: html)
                #expect(tags.allSatisfy(Self.isAllowed), "\(tags)")
            }
        }
    }

    /// Returns what stands between `<` and `>`, as a browser would take it: every one of them is markup, since text has
    /// none.
    private static func tags(of html: String) -> [String] {
        html.split(separator: "<", omittingEmptySubsequences: false).dropFirst().map { part in
            String(part.prefix { $0 != ">" })
        }
    }

    /// Returns whether a tag is one that this writes, with nothing but known attributes.
    private static func isAllowed(_ tag: String) -> Bool {
        let name = #"[^"<>]*"#
        let patterns = [
            #"/?(p|h[2-6]|ul|ol|li|pre|code|blockquote|em|strong|del|a|table|thead|tr|th|td|div)"#,
            "hr|br", #"h[2-6] id="readme-\#(name)""#, #"ol start="[0-9]+""#, #"pre( class="plain")? tabindex="0""#,
            #"div class="table" tabindex="0""#, #"t[hd] class="(left|center|right)""#,
            #"a href="(https?://|mailto:|#readme-)\#(name)"( title="\#(name)")?( class="image")? rel="nofollow noopener""#,
            #"img src="https://\#(name)" alt="\#(name)"( title="\#(name)")? loading="lazy" referrerpolicy="no-referrer""#,
        ]
        return patterns.contains { pattern in
            (try? Regex("^(\(pattern))$")).map { tag.wholeMatch(of: $0) != nil } ?? false
        }
    }

    @Test("show characters that turn the direction of text, and other control characters")
    func controls() {
        let text = "a\u{202E}b\u{2066}c\u{200F}d\u{61C}e\u{0085}f\u{7}g\u{2028}h\u{7F}"
        let shown = "a[U+202E]b[U+2066]c[U+200F]d[U+061C]e[U+0085]f[U+0007]g[U+2028]h[U+007F]"
        #expect(Self.html(text) == "<p>\(shown)</p>\n")
        #expect(Self.html("`\(text)`") == "<p><code>\(shown)</code></p>\n")
        #expect(Self.html(text, type: "text/plain") == "<pre class=\"plain\" tabindex=\"0\">\(shown)</pre>")
        #expect(Self.html("“quotes” – dash… é 日本 \u{1F600}") == "<p>“quotes” – dash… é 日本 \u{1F600}</p>\n")
    }

    enum Limit {
        case marks, cells, copies, depth, indentation

        func cost(_ count: Int) -> MarkdownCost {
            switch self {
            case .marks: MarkdownCost(mostMarks: count)
            case .cells: MarkdownCost(mostCells: count)
            case .copies: MarkdownCost(mostCopied: count)
            case .depth: MarkdownCost(deepest: count)
            case .indentation: MarkdownCost(furthest: count)
            }
        }
    }

    /// Small texts, and how much of what is counted each of them has.
    static let counted: [(text: String, limit: Limit, count: Int)] = [
        ("> a", .marks, 3), ("- a", .marks, 2), ("1. a", .marks, 2), ("[a]", .marks, 3),
        ("*a* **b**", .marks, 7), ("`a` &amp; ![a", .marks, 6), ("a\n\nb", .marks, 3),
        ("\"\"a", .marks, 2),
        ("a|b\n-|-\n1|2\n3", .cells, 6), ("a|b\n-|-\n\n1|2", .cells, 2), ("a|b\n1|2", .cells, 0),
        ("[a]: /uvw\n\n[a] [a]", .copies, 30), ("> - [a]: /u\n\n[a]", .copies, 24),
        ("[a]: u 'b\nc'\n\n[a]", .copies, 26),
        ("> > - a", .depth, 3), ("1. 2) a", .depth, 2), ("a > b", .depth, 0), ("-a", .depth, 0),
        ("    - a", .indentation, 4), ("\t> a", .indentation, 4), ("- - a", .indentation, 1),
    ]

    @Test("show as text if rendering them would cost too much", arguments: counted)
    func staysCheap(text: String, limit: Limit, count: Int) {
        var renderer = ReadmeRenderer(images: .linked)
        renderer.cost = limit.cost(count)
        #expect(!renderer.render(text, contentType: "text/markdown").isReduced)
        guard count > 0 else { return }
        renderer.cost = limit.cost(count - 1)
        let rendered = renderer.render(text, contentType: "text/markdown")
        #expect(rendered.isReduced && !rendered.isCut)
        #expect(rendered.html.hasPrefix("<pre"))
    }

    @Test("show their beginning if they are longer than what is rendered")
    func long() {
        let line = "line of text é\n"
        let rendered = ReadmeRenderer(images: .linked).render(
            String(repeating: line, count: 100_000), contentType: "text/markdown")
        #expect(rendered.isCut)
        #expect(rendered.isReduced)
        #expect(rendered.html.utf8.count <= ReadmeRenderer.largest + 100)
        #expect(rendered.html.hasSuffix("line of text é</pre>"))
    }

    @Test("nest no deeper than a browser bears")
    func nesting() {
        let stairs = (0..<60).map { String(repeating: "  ", count: $0) + "- > a\n" }.joined()
        let html = Self.html(stairs)
        var depth = 0
        var deepest = 0
        for tag in Self.tags(of: html) where !tag.hasPrefix("hr") && !tag.hasPrefix("br") {
            depth += tag.hasPrefix("/") ? -1 : 1
            deepest = max(deepest, depth)
        }
        #expect(depth == 0)
        #expect(deepest <= 103)
    }
}
