import CellarHTTP
import Testing

@Suite struct RequestedRangeTests {
    private static let tag = "\"abc\""

    @Test(
        "Ranges of a file of 100 bytes",
        arguments: [
            (nil, .whole),
            ("bytes=0-9", .part(0..<10)), ("bytes=0-0", .part(0..<1)), ("bytes=99-99", .part(99..<100)),
            ("bytes=90-", .part(90..<100)), ("bytes=0-", .part(0..<100)), ("bytes=50-1000", .part(50..<100)),
            ("bytes=-1", .part(99..<100)), ("bytes=-100", .part(0..<100)), ("bytes=-1000", .part(0..<100)),
            ("Bytes=0-9", .part(0..<10)), ("bytes= 0-9 ", .part(0..<10)), ("bytes=007-9", .part(7..<10)),
            ("bytes=0-99999999999999999999999999", .part(0..<100)), ("bytes=0-9223372036854775807", .part(0..<100)),
            ("bytes=-99999999999999999999999999", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999999999-", .unsatisfiable), ("bytes=9223372036854775807-", .unsatisfiable),
            ("", .whole), ("bytes", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=9-0", .whole),
            ("bytes=a-b", .whole), ("bytes=0-9x", .whole), ("bytes=0 -9", .whole), ("bytes=--9", .whole),
            ("bytes=0-9,20-29", .whole), ("bytes=0-9,", .whole), ("items=0-9", .whole), ("bytes:0-9", .whole),
            ("bytes=+1-2", .whole), ("bytes=٣-٤", .whole),
        ] as [(String?, RequestedRange)])
    func ranges(header: String?, expected: RequestedRange) {
        #expect(RequestedRange(range: header, tag: Self.tag, size: 100) == expected)
    }

    @Test(
        "An empty file has no parts",
        arguments: [
            ("bytes=0-", .unsatisfiable), ("bytes=0-0", .unsatisfiable), ("bytes=-5", .whole),
            ("bytes=-0", .unsatisfiable),
        ]
            as [(String, RequestedRange)])
    func emptyFile(header: String, expected: RequestedRange) {
        #expect(RequestedRange(range: header, tag: Self.tag, size: 0) == expected)
    }

    @Test("The greatest file has its last byte")
    func greatest() {
        let range = RequestedRange(range: "bytes=-1", tag: Self.tag, size: .max)
        #expect(range == .part((Int64.max - 1)..<Int64.max))
        #expect(RequestedRange(range: "bytes=0-", tag: Self.tag, size: .max) == .part(0..<Int64.max))
    }

    @Test(
        "If-Range lets a range count for the same strong tag only",
        arguments: [
            ("\"abc\"", true), ("\"abd\"", false), ("W/\"abc\"", false), ("abc", false), ("*", false), ("", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", false),
        ])
    func ifRange(header: String, counts: Bool) {
        let range = RequestedRange(range: "bytes=0-9", ifRange: header, tag: Self.tag, size: 100)
        #expect(range == (counts ? .part(0..<10) : .whole))
        // Also if there is nothing to send: the file may have been longer.
        let beyond = RequestedRange(range: "bytes=200-", ifRange: header, tag: Self.tag, size: 100)
        #expect(beyond == (counts ? .unsatisfiable : .whole))
    }

    @Test("A weak tag of ours never matches If-Range")
    func weakTag() {
        #expect(RequestedRange(range: "bytes=0-9", ifRange: "W/\"a\"", tag: "W/\"a\"", size: 100) == .whole)
    }

    @Test("Content-Range tells what is sent")
    func contentRange() {
        #expect(RequestedRange.part(10..<20).contentRange(size: 100) == "bytes 10-19/100")
        #expect(RequestedRange.unsatisfiable.contentRange(size: 100) == "bytes */100")
        #expect(RequestedRange.whole.contentRange(size: 100) == nil)
    }
}
