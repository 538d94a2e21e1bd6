import AWSRequests
import Testing

@Suite("XML")
struct XMLElementTests {
    @Test("elements, text, entities and CDATA are read; attributes, comments and instructions are passed over")
    func reads() throws {
        let element = try XMLElement(
            parsing: Array(
                """
                \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
                <!-- > --><s3:A xmlns:s3='x>"y' b="/>"><B>1 &lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;</B><C/>
                <B><![CDATA[<&amp;]]>2</B></s3:A ><!-- end -->
                """.utf8))
        #expect(element.name == "A")
        #expect(element.children.map(\.name) == ["B", "C", "B"])
        #expect(element["B"] == "1 <&>\"'A😀")
        #expect(element.children.last?.text == "<&amp;2")
        #expect(element["C"] == "")
        #expect(element["D"] == nil)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", " ", "text", "<a>", "<a></b>", "<a", "<a b='", "</a>", "<a/><b/>", "<a/>x", "x<a/>", "<a>&b;</a>",
            "<a>&amp</a>", "<a>&#xD800;</a>", "<a>&#0;</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "<a><![CDATA[</a>",
            "<>", "< a/>", "<a><!-- </a>",
        ])
    func refuses(_ text: String) {
        #expect(throws: XMLElement.Malformed.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test("bytes that are not UTF-8, too many elements and too many levels are refused")
    func bounds() {
        #expect(throws: XMLElement.Malformed.self) {
            try XMLElement(parsing: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8))
        }
        let deep = String(repeating: "<a>", count: 100_000)
        #expect(throws: XMLElement.Malformed.self) { try XMLElement(parsing: Array(deep.utf8)) }
        let many = "<a>" + String(repeating: "<b/>", count: 100_000) + "</a>"
        #expect(throws: XMLElement.Malformed.self) { try XMLElement(parsing: Array(many.utf8)) }
    }
}
