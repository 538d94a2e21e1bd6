/// The line of every key of a TOML document, which the parser does not report.
///
/// The document must have been parsed before: the scanner trusts its syntax. A list's items are found under the list's
/// path with `[0]`, `[1]`… added.
struct KeyLines {
    private let lines: [[String]: Int]

    /// Scans a document.
    init(_ text: String) {
        var scanner = KeyScanner(bytes: Array(text.utf8))
        scanner.scan()
        lines = scanner.lines
    }

    /// Returns the line (counted from 1) on which a key or section first stands; else that of the nearest one around
    /// it.
    func line(of path: [String]) -> Int? {
        var path = path
        while !path.isEmpty {
            if let line = lines[path] { return line }
            path.removeLast()
        }
        return nil
    }
}

/// Walks through a TOML document and notes where keys begin; values are only skipped.
private struct KeyScanner {
    let bytes: [UInt8]
    var lines: [[String]: Int] = [:]
    private var position = 0
    private var line = 1

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    mutating func scan() {
        var section: [String] = []
        while skipBlank() {
            let start = position
            if next == UInt8(ascii: "[") {
                while skip(UInt8(ascii: "[")) {}
                skipSpaces()
                section = keyPath(in: [])
                while skip(UInt8(ascii: "]")) {}
            } else {
                keyAndValue(in: section)
            }
            if position == start { advance() }
        }
    }

    private mutating func keyAndValue(in section: [String]) {
        let path = keyPath(in: section)
        skipSpaces()
        guard skip(UInt8(ascii: "=")) else { return }
        skipSpaces()
        value(at: path)
    }

    /// Reads `a."b c".d` and notes the line of each part.
    private mutating func keyPath(in section: [String]) -> [String] {
        var path = section
        repeat {
            skipSpaces()
            path.append(keyPart())
            if lines[path] == nil { lines[path] = line }
            skipSpaces()
        } while skip(UInt8(ascii: "."))
        return path
    }

    private mutating func keyPart() -> String {
        let start = position
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
            string()
            return String(decoding: bytes[(start + 1)..<max(start + 1, position - 1)], as: UTF8.self)
        }
        let ends: [UInt8] = [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "]")]
        while let byte = next, !ends.contains(byte) { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func value(at path: [String]) {
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): string()
        case UInt8(ascii: "["): list(at: path)
        case UInt8(ascii: "{"): inlineTable(at: path)
        default:
            let ends: [UInt8] = [0x0A, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#")]
            while let byte = next, !ends.contains(byte) { advance() }
        }
    }

    private mutating func list(at path: [String]) {
        advance()
        var count = 0
        while skipBlank(), next != UInt8(ascii: "]") {
            let start = position
            let item = path + ["[\(count)]"]
            lines[item] = line
            value(at: item)
            count += 1
            _ = skipBlank()
            _ = skip(UInt8(ascii: ","))
            if position == start { advance() }
        }
        advance()
    }

    private mutating func inlineTable(at path: [String]) {
        advance()
        while skipBlank(), next != UInt8(ascii: "}") {
            let start = position
            keyAndValue(in: path)
            _ = skipBlank()
            _ = skip(UInt8(ascii: ","))
            if position == start { advance() }
        }
        advance()
    }

    /// Skips a string of any of the four kinds.
    private mutating func string() {
        guard let quote = next else { return }
        let isMultiline = bytes[position...].starts(with: [quote, quote, quote])
        let count = isMultiline ? 3 : 1
        for _ in 0..<count { advance() }
        while next != nil {
            if next == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                advance()
                advance()
            } else if bytes[position...].starts(with: repeatElement(quote, count: count)) {
                for _ in 0..<count { advance() }
                // A multi-line string may end in up to two quotes of its own.
                while isMultiline, skip(quote) {}
                return
            } else {
                advance()
            }
        }
    }

    /// Skips spaces, line ends and comments. Returns false at the end of the document.
    private mutating func skipBlank() -> Bool {
        while let byte = next {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: advance()
            case UInt8(ascii: "#"):
                while next != nil, next != 0x0A { advance() }
            default: return true
            }
        }
        return false
    }

    private mutating func skipSpaces() {
        while next == 0x20 || next == 0x09 { advance() }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        advance()
        return true
    }

    private mutating func advance() {
        guard position < bytes.count else { return }
        if bytes[position] == 0x0A { line += 1 }
        position += 1
    }
}
