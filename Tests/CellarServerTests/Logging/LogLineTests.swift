import Logging
import PackagingStandards
import Testing

@testable import CellarServer

@Suite("A line of the log")
struct LogLineTests {
    private static let time = Timestamp(microseconds: 1_795_250_977_123_456)

    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> LogLine {
        LogLine(time: Self.time, level: .info, message: message, metadata: metadata)
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    @Test("shows people time, level, message and metadata")
    func human() {
        let stamp = Self.time.iso8601
        #expect(
            text(line("GET / 200", ["b": "two words", "a": "1"]).human)
                == "\(stamp.prefix(10)) \(stamp.dropFirst(11).prefix(12)) info    GET / 200 a=1 b=\"two words\"\n")
    }

    @Test("is an object in JSON, numbers as numbers")
    func json() {
        let metadata: Logger.Metadata = [
            "count": .stringConvertible(3), "list": ["a", "b"], "map": ["k": "v"], "name": "x\"y\\z\u{1}",
        ]
        let expected = """
            {"time":"\(Self.time.iso8601)","level":"info","message":"hello","count":3,"list":["a","b"],\
            "map":{"k":"v"},"name":"x\\"y\\\\z\\u0001"}

            """
        #expect(text(line("hello", metadata).json) == expected)
    }

    @Test(
        "lets nothing that is logged begin a line of its own",
        arguments: ["a\nb", "a\r\nb", "a\u{2028}b", "a\u{85}b"])
    func oneLine(message: String) {
        let human = text(line(message, ["k": .string(message)]).human)
        #expect(human.unicodeScalars.filter { [0x0A, 0x0D, 0x85, 0x2028].contains($0.value) }.count == 1)
        #expect(text(line(message).json).split(separator: "\n", omittingEmptySubsequences: true).count == 1)
    }

    @Test("keeps its own members from metadata of the same name")
    func reservedNames() {
        let json = text(line("real", ["message": "forged"]).json)
        #expect(json.contains("\"message\":\"real\",\"metadata.message\":\"forged\""))
    }
}
