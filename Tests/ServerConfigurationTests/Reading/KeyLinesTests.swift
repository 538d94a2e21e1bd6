import Testing

@testable import ServerConfiguration

@Suite("The lines of keys")
struct KeyLinesTests {
    private static let document = #"""
        # a comment with [brackets] and key = "value"
        top = 1

        [server] # listen = 2
        listen = "a = 1 # no comment \" still"
        "data_dir" = 'lit\'
        text = """
        inside = "not a key"
        [nor.a.section] ""quotes"""""
        after = 1979-05-27T07:32:00Z

        [ index . main ]
        read = [
          "everyone", # a ] in a comment
          "user:a]",

          ["nested"], { x = 1,
            y = 2 },
        ]
        dotted.key."with dot . inside" = true
        inline = { a = 1, b = { c = "}" } }
        [[array]]
        name = 1
        """#

    @Test(
        "Every key is found on its own line",
        arguments: [
            (["top"], 2), (["server"], 4), (["server", "listen"], 5), (["server", "data_dir"], 6),
            (["server", "text"], 7), (["server", "after"], 10), (["index"], 12), (["index", "main"], 12),
            (["index", "main", "read"], 13), (["index", "main", "read", "[0]"], 14),
            (["index", "main", "read", "[1]"], 15), (["index", "main", "read", "[2]"], 17),
            (["index", "main", "read", "[3]", "y"], 18), (["index", "main", "dotted", "key"], 20),
            (["index", "main", "dotted", "key", "with dot . inside"], 20), (["index", "main", "inline", "b", "c"], 21),
            (["array"], 22), (["array", "name"], 23),
        ] as [([String], Int)])
    func lines(path: [String], line: Int) {
        #expect(KeyLines(Self.document).line(of: path) == line)
    }

    @Test("A path that is nowhere has the line of what is around it, or none")
    func missing() {
        let lines = KeyLines(Self.document)
        #expect(lines.line(of: ["server", "inside"]) == 4)
        #expect(lines.line(of: ["nor", "a", "section"]) == nil)
    }

    @Test("The scanner ends on every prefix of a document, valid or not")
    func prefixes() {
        let text = Array(Self.document)
        for count in text.indices { _ = KeyLines(String(text[..<count])) }
    }
}
