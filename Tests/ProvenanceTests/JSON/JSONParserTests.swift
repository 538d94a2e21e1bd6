import Testing

@testable import Provenance

@Suite("Strict JSON")
struct JSONParserTests {
    private func parse(_ text: String) throws(JSONParser.Failure) -> JSONValue {
        try JSONParser.parse(Array(text.utf8))
    }

    @Test("Values are read and written as they are")
    func roundTrip() throws {
        let text = #"{"a":[1,-0.5e+10,true,false,null,{}],"b":"\"\\\n\t\u0001 é🔑","":[]}"#
        let value = try parse(" \n" + text.replacing(",", with: " , ").replacing(":", with: "\t:\r\n") + " ")
        #expect(value.text == text)
        #expect(try parse(value.text) == value)
    }

    @Test(
        "Escapes mean their characters",
        arguments: [
            (#""\u0041\/\b\f\n\r\t\"\\""#, "A/\u{8}\u{c}\n\r\t\"\\"), (#""\ud83d\uDD11""#, "🔑"), (#""\u00e9""#, "é"),
        ])
    func escapes(_ text: String, _ meaning: String) throws {
        #expect(try parse(text) == .string(meaning))
    }

    @Test(
        "What is not JSON, and what readers disagree about, is refused",
        arguments: [
            "", " ", "{", "[", "[1,]", "[,1]", #"{"a":1,}"#, #"{"a"}"#, #"{"a" 1}"#, "{a:1}", "'a'", "[1 2]",
            #"{"a":1 "b":2}"#, "01", "-", "1.", ".1", "1e", "+1", "0x1", "NaN", "Infinity", "tru", "nul", "True",
            "1 2", "{}{}", "[]]", #"""#, #""\x""#, #""\u12""#, #""\u12g4""#, "\"\u{1}\"", "\"\n\"", #""\u0000""#,
            #""\ud83d""#, #""\ud83d\u0041""#, #""\udd11""#, #""\ud83dx""#, #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#,
            "\u{FEFF}{}", "//\n{}", "[1]//",
        ])
    func refused(_ text: String) {
        #expect(throws: JSONParser.Failure.self) { try parse(text) }
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF, 0xFE]])
    func notUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes) }
    }

    @Test("Names that Unicode calls equivalent are two names")
    func equivalentNames() async throws {
        let object = try JSONObject(parse("{\"\u{212A}\":\"kelvin\",\"K\":\"letter\"}"), as: "the object")
        #expect(try object.string("K") == "letter")
        await expectRefusal(.malformed) { try object.allowOnly(["K"]) }
        #expect(!isSame("\u{212A}", "K"))
    }

    @Test("Depth and number of values are bounded")
    func bounds() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        }
        _ = try parse(nested(JSONParser.maximumDepth))
        #expect(throws: JSONParser.Failure.self) { try parse(nested(JSONParser.maximumDepth + 1)) }
        #expect(throws: JSONParser.Failure.self) { try parse(nested(100_000)) }
        func many(_ count: Int) -> String {
            "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]"
        }
        _ = try parse(many(JSONParser.maximumValues - 1))
        #expect(throws: JSONParser.Failure.self) { try parse(many(JSONParser.maximumValues)) }
    }
}
