import Logging
import PackagingStandards

/// One event of the log as bytes, with the line feed. Nothing that is logged can begin a line of its own.
struct LogLine {
    let time: Timestamp
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata

    /// For people: the time to the millisecond, the level, the message, and the metadata by key.
    var human: [UInt8] {
        var text = Self.stamp(of: time) + " "
        text += level.rawValue.padding(to: 8) + Self.withoutControls(message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            text += " \(Self.withoutControls(key))=\(Self.quotedIfNeeded(value.description))"
        }
        return Array((text + "\n").utf8)
    }

    /// For programs: an object whose `time`, `level` and `message` no metadata can replace.
    var json: [UInt8] {
        var writer = JSONLineWriter()
        writer.begin()
        writer.member("time", .string(time.iso8601))
        writer.member("level", .string(level.rawValue))
        writer.member("message", .string(message))
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            writer.member(["time", "level", "message"].contains(key) ? "metadata.\(key)" : key, value)
        }
        return writer.end()
    }

    /// Returns a moment for people, to the millisecond.
    static func stamp(of time: Timestamp) -> String {
        let stamp = time.iso8601
        return "\(stamp.prefix(10)) \(stamp.dropFirst(11).prefix(12))"
    }

    /// Returns a value of the metadata, in quotes if it could be taken for more than one.
    static func quotedIfNeeded(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return withoutControls(text) }
        return "\"" + withoutControls(text).replacing("\"", with: "\\\"") + "\""
    }

    /// Returns a text that stays on its line.
    static func withoutControls(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isControl(scalar) {
                result += ShownText.escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    /// Returns whether a scalar is a control character (C0, DEL, C1), or separates lines or paragraphs.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}

/// Writes a JSON object (RFC 8259) on one line.
struct JSONLineWriter {
    private var bytes: [UInt8] = []
    private var isFirst = true

    mutating func begin() {
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func member(_ key: String, _ value: Logger.MetadataValue) {
        separate()
        string(key)
        bytes.append(UInt8(ascii: ":"))
        self.value(value)
        isFirst = false
    }

    /// Returns the object with a line feed.
    mutating func end() -> [UInt8] {
        bytes += [UInt8(ascii: "}"), UInt8(ascii: "\n")]
        return bytes
    }

    private mutating func separate() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func value(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let thing): scalar(thing)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (place, item) in items.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                self.value(item)
            }
            bytes.append(UInt8(ascii: "]"))
        case .dictionary(let members):
            bytes.append(UInt8(ascii: "{"))
            isFirst = true
            for (key, item) in members.sorted(by: { $0.key < $1.key }) { member(key, item) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Writes numbers and truth values as such, everything else as a string.
    private mutating func scalar(_ thing: any CustomStringConvertible) {
        switch thing {
        case let number as any FixedWidthInteger: bytes += Array(number.description.utf8)
        case let number as Double where number.isFinite: bytes += Array(number.description.utf8)
        case let truth as Bool: bytes += Array(truth.description.utf8)
        default: string(thing.description)
        }
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes += Self.escaped(text).utf8
        bytes.append(UInt8(ascii: "\""))
    }

    /// Returns a text as it stands between the quotes of a JSON string (RFC 8259 §7).
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: isEscaped) else { return text }
        return String(decoding: text.utf8.reduce(into: []) { appendEscaped($1, to: &$0) }, as: UTF8.self)
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0..<0x20: bytes += "\\u00\(HexCoding.encode(CollectionOfOne(byte)))".utf8
        default: bytes.append(byte)
        }
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}

extension String {
    /// Returns the text with as many spaces after it as make it `width` characters wide, and at least one.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
