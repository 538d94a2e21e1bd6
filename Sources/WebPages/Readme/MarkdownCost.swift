/// What rendering a Markdown text may cost, so that it takes no more time and memory than a page may.
///
/// The library takes time in proportion to a text's length and to its marks, but for a few things that are counted apart
/// before it is called.
struct MarkdownCost {
    /// The most marks and lines together: a megabyte of real descriptions has some 60,000.
    var mostMarks = 80_000
    /// The most cells of all tables together.
    var mostCells = 100_000
    /// The most quotes and list items within each other on one line.
    var deepest = 32
    /// The most spaces before a quote or a list item.
    var furthest = 128
    /// The most bytes that copies of addresses may take.
    var mostCopied = 16 << 20

    /// Returns whether a text costs no more.
    func isAffordable(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scan = Scan(limits: self)
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != 0x0A, text[end] != 0x0D { end += 1 }
            guard scan.take(text[start..<end]) else { return false }
            start = end + 1
        }
        return scan.isAffordable
    }

    private struct Scan {
        private let limits: MarkdownCost
        private var marks = 0
        private var cells = 0
        private var brackets = 0
        /// The columns of the table that the lines may belong to.
        private var columns = 0
        /// The bytes since the last line on which a definition of an address may begin, and the most that any may have.
        private var definition = 0
        private var longestDefinition = 0

        init(limits: MarkdownCost) {
            self.limits = limits
        }

        var isAffordable: Bool {
            let (copied, overflows) = max(longestDefinition, definition).multipliedReportingOverflow(by: brackets)
            return !overflows && copied <= limits.mostCopied
        }

        /// Looks at a line. Returns false if the text costs too much already.
        mutating func take(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
            var pipes = 0
            var isDelimiter = true
            var isBlank = true
            var opensDefinition = false
            var isFirst = true
            var previous: UInt8 = 0
            for byte in line {
                if byte == previous,
                    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: ".")
                {
                    marks += 1
                }
                previous = byte
                switch byte {
                case UInt8(ascii: " "), UInt8(ascii: "\t"): continue
                case UInt8(ascii: "|"):
                    pipes += 1
                    marks += 1
                case UInt8(ascii: "-"), UInt8(ascii: ":"): break
                case UInt8(ascii: "["):
                    if isFirst { opensDefinition = true }
                    brackets += 1
                    marks += 1
                    isDelimiter = false
                case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "]"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                    UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "~"),
                    UInt8(ascii: "#"):
                    marks += 1
                    isDelimiter = false
                default: isDelimiter = false
                }
                isBlank = false
                // Marks of quotes and lists may stand before a definition.
                if !"->+*:|".utf8.contains(byte) { isFirst = false }
            }
            marks += 1
            if isBlank {
                columns = 0
            } else {
                if isDelimiter { columns = max(columns, pipes + 1) }
                cells += columns
            }
            if opensDefinition || isBlank {
                longestDefinition = max(longestDefinition, definition)
                definition = 0
            }
            if !isBlank, opensDefinition || definition > 0 { definition += line.count + 1 }
            return isShallow(line) && marks <= limits.mostMarks && cells <= limits.mostCells
        }

        /// Counts the quotes and items that a line begins with. Returns whether it is not nested too deeply.
        private mutating func isShallow(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
            var depth = 0
            var indentation = 0
            var place = line.startIndex
            while place < line.endIndex {
                let byte = line[place]
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                    indentation += byte == UInt8(ascii: "\t") ? 4 : 1
                    place += 1
                    continue
                }
                var next = place + 1
                if byte != UInt8(ascii: ">") {
                    if (0x30...0x39).contains(byte) {
                        while next < line.endIndex, (0x30...0x39).contains(line[next]) { next += 1 }
                        guard next < line.endIndex, line[next] == UInt8(ascii: ".") || line[next] == UInt8(ascii: ")")
                        else { return true }
                        next += 1
                    } else if !"-+*".utf8.contains(byte) {
                        return true
                    }
                    guard next == line.endIndex || line[next] == UInt8(ascii: " ") || line[next] == UInt8(ascii: "\t")
                    else { return true }
                }
                depth += 1
                marks += 1
                if depth > limits.deepest || indentation > limits.furthest { return false }
                place = next
            }
            return true
        }
    }
}
