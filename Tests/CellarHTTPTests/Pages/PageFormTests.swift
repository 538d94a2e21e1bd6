import CellarHTTP
import Testing

@Suite struct PageFormTests {
    private static let json = "application/vnd.pypi.simple.v1+json"
    private static let html = "application/vnd.pypi.simple.v1+html"

    @Test(
        "Each client gets what it prefers",
        arguments: [
            // pip, uv, a PEP 691 client's own order, browsers, curl
            ("\(json), \(html); q=0.1, text/html; q=0.01", .json),
            ("\(json), \(html);q=0.2, text/html;q=0.01", .json),
            ("text/html;q=0.01,\(html);q=0.2,\(json)", .json),
            (json, .json), (html, .html), ("text/html", .textHTML),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .textHTML),
            ("*/*", .textHTML), (nil, .textHTML), ("", .textHTML), (" , ,", .textHTML),
            // weights
            ("\(json);q=0.5, \(html);q=0.6", .html),
            ("\(json);q=0.123, text/html;q=0.124", .textHTML),
            ("\(json);q=1.000, text/html", .json),
            // specificity
            ("*/*, \(json);q=0", .textHTML),
            ("*/*, text/html;q=0", .json),
            ("*/*;q=0.1, text/*;q=0", .json),
            ("application/*;q=0.9, \(json);q=0.1, */*;q=0.2", .html),
            ("text/*", .textHTML), ("application/*", .json),
            ("*/*, \(json)", .json), ("text/html, */*", .textHTML),
            ("\(json), text/html", .json), ("text/html, \(html)", .html),
            // parameters, case, spaces, quotes, extensions behind the weight
            ("TEXT/HTML", .textHTML), ("Application/Vnd.PyPI.Simple.V1+JSON;Q=0.3", .json),
            ("text/html;charset=utf-8", .textHTML), ("text/html ; charset=\"UTF-8\" ; q=0.5", .textHTML),
            ("text/html;charset=utf-8;q=0, text/html, \(html);q=0.1", .html),
            ("text/html;level=1, \(html);q=0.1", .html),
            ("text/html;a=\",\(json)\", \(html)", .html),
            ("text/html;q=0.5;ext=1", .textHTML),
            // latest
            ("application/vnd.pypi.simple.latest+json", .json), ("application/vnd.pypi.simple.latest+html", .html),
            ("application/vnd.pypi.simple.latest+json;q=0.2, text/html;q=0.5", .textHTML),
            // malformed elements are skipped
            ("\(json);q=2, text/html;q=0.1", .textHTML), ("\(json);q=0.1234, text/html;q=0.1", .textHTML),
            ("\(json);q=, text/html;q=0.1", .textHTML), (";q=1, \(html)", .html), ("\(json);q=1.001, \(html)", .html),
        ] as [(String?, PageMediaType)])
    func accepted(accept: String?, expected: PageMediaType) {
        #expect(PageMediaType.negotiated(accept: accept) == expected)
    }

    @Test(
        "Nothing is answered if nothing is acceptable",
        arguments: [
            "application/json", "image/*", "text/plain", "application/vnd.pypi.simple.v2+json", "text/html;q=0",
            "*/*;q=0", "text/html;level=1", "text/htm", "text/html5", "\(json);q=0.000, text/html;q=0.0",
        ])
    func unacceptable(accept: String) {
        #expect(PageMediaType.negotiated(accept: accept) == nil)
    }

    @Test(
        "The address's format decides alone",
        arguments: [
            (json, .json), ("application/vnd.pypi.simple.v1 json", .json), (html, .html), ("text/html", .textHTML),
            ("application/vnd.pypi.simple.latest+json", .json), ("application/vnd.pypi.simple.latest html", .html),
            ("json", nil), ("", nil), ("application/vnd.pypi.simple.v2+json", nil),
        ] as [(String, PageMediaType?)])
    func format(format: String, expected: PageMediaType?) {
        #expect(PageMediaType.negotiated(accept: "text/html;q=0.3", format: format) == expected)
    }

    @Test("Content types are the real ones")
    func contentTypes() {
        #expect(PageMediaType.json.contentType == Self.json)
        #expect(PageMediaType.html.contentType == Self.html)
        #expect(PageMediaType.textHTML.contentType.hasPrefix("text/html"))
    }

    @Test("Any text is answered without a crash")
    func fuzz() {
        var random = SplitMix(state: 7)
        let pieces = [
            "text/html", "*/*", Self.json, ";", ",", "q=", "0", ".", "5", "\"", "\\", " ", "=", "charset=utf-8", "é",
            "*",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<10, using: &random))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
            _ = PageMediaType.negotiated(accept: text)
            _ = ContentEncoding.negotiated(text)
        }
    }
}
