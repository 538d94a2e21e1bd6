/// How the bytes of a field or a body become text.
enum MetadataText {
    /// The bytes as UTF-8 or, where they aren't, as Latin-1, which every text is; NUL, which no database takes, becomes
    /// U+FFFD.
    static func decode(_ bytes: some Collection<UInt8>) -> String {
        let text = String(validating: bytes, as: UTF8.self) ?? latin1(bytes)
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }

    /// A field that is a single line, its continuation lines (RFC 822 §3.1.1) joined by spaces.
    static func singleLine(_ lines: [ArraySlice<UInt8>]) -> String {
        let parts = lines.map(trimmingBlanks).filter { !$0.isEmpty }
        return decode(Array(parts.joined(separator: [ASCII.space])))
    }

    /// A field of several lines, without the indentation that folding put before every line but the first.
    ///
    /// That is seven spaces and `|` (the specification's), or else the eight spaces of distutils and setuptools, or
    /// less if a line has less.
    static func multipleLines(_ lines: [ArraySlice<UInt8>]) -> String {
        guard let first = lines.first else { return "" }
        let continuation = lines.dropFirst()
        let margin = commonMargin(continuation)
        var text = Array(trimmingLeadingBlanks(first))
        for line in continuation {
            text.append(ASCII.lineFeed)
            text += line.starts(with: pipePrefix) ? line.dropFirst(pipePrefix.count) : line.dropFirst(margin)
        }
        return decode(text)
    }

    /// A body, its line ends as LF.
    static func body(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(ASCII.carriageReturn) else { return decode(bytes) }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == ASCII.carriageReturn {
                text.append(ASCII.lineFeed)
            } else if !(byte == ASCII.lineFeed && previous == ASCII.carriageReturn) {
                text.append(byte)
            }
            previous = byte
        }
        return decode(text)
    }

    private static let pipePrefix = Array("       |".utf8)
    private static let widestMargin = 8

    private static func commonMargin(_ lines: ArraySlice<ArraySlice<UInt8>>) -> Int {
        var margin = widestMargin
        for line in lines where line.contains(where: { !isBlank($0) }) && !line.starts(with: pipePrefix) {
            margin = min(margin, line.prefix(widestMargin).prefix { $0 == ASCII.space }.count)
        }
        return margin
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.tab
    }

    private static func trimmingLeadingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.drop(while: isBlank)
    }

    private static func trimmingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var trimmed = trimmingLeadingBlanks(line)
        while let last = trimmed.last, isBlank(last) {
            trimmed.removeLast()
        }
        return trimmed
    }

    private static func latin1(_ bytes: some Collection<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
