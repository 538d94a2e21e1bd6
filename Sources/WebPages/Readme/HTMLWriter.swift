/// Writes HTML with everything escaped that comes from outside.
///
/// Characters that turn the direction of what follows them (UAX #9), and other control characters, show as `[U+202E]`.
struct HTMLWriter {
    private(set) var bytes: [UInt8] = []

    var html: String { String(decoding: bytes, as: UTF8.self) }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    /// Writes markup as it is.
    mutating func markup(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func open(_ element: StaticString, attributes: StaticString = "") {
        markup("<")
        markup(element)
        markup(attributes)
        markup(">")
    }

    mutating func close(_ element: StaticString) {
        markup("</")
        markup(element)
        markup(">")
    }

    /// Opens a link to an address, which was checked before.
    mutating func openLink(_ address: some Collection<UInt8>, title: some Collection<UInt8>, isImage: Bool = false) {
        markup("<a href=\"")
        quoted(address)
        if !title.isEmpty {
            markup("\" title=\"")
            quoted(title)
        }
        if isImage { markup("\" class=\"image") }
        markup("\" rel=\"nofollow noopener\">")
    }

    mutating func number(_ number: Int) {
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Writes a text, with addresses in it as links if that is wanted.
    mutating func text(_ text: String, linksAddresses: Bool) {
        var text = text
        text.withUTF8 { self.text($0, linksAddresses: linksAddresses) }
    }

    /// Writes a text, with addresses in it as links if that is wanted.
    mutating func text(_ text: UnsafeBufferPointer<UInt8>, linksAddresses: Bool) {
        guard linksAddresses else { return escaped(text) }
        var start = 0
        var place = 0
        while let address = BareAddress(in: text, from: place) {
            escaped(text[start..<address.range.lowerBound])
            let bytes = text[address.range]
            if address.isWithoutScheme {
                openLink(Array("https://".utf8) + bytes, title: [])
            } else {
                openLink(bytes, title: [])
            }
            escaped(bytes)
            close("a")
            start = address.range.upperBound
            place = start
        }
        escaped(text[start...])
    }

    /// Writes a text between elements.
    mutating func escaped(_ text: some Collection<UInt8>) { escaped(text, also: nil) }

    /// Writes a text between double quotes.
    mutating func quoted(_ text: some Collection<UInt8>) { escaped(text, also: UInt8(ascii: "\"")) }

    private mutating func escaped(_ text: some Collection<UInt8>, also quote: UInt8?) {
        let isWritten: Void? = text.withContiguousStorageIfAvailable { escape($0, also: quote) }
        if isWritten == nil { Array(text).withUnsafeBufferPointer { escape($0, also: quote) } }
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, also quote: UInt8?) {
        var start = text.startIndex
        var place = text.startIndex
        func flush(_ bytes: inout [UInt8]) {
            if start < place { bytes.append(contentsOf: text[start..<place]) }
        }
        while place < text.endIndex {
            let byte = text[place]
            var length = 1
            switch byte {
            case UInt8(ascii: "&"):
                flush(&bytes)
                markup("&amp;")
            case UInt8(ascii: "<"):
                flush(&bytes)
                markup("&lt;")
            case UInt8(ascii: ">"):
                flush(&bytes)
                markup("&gt;")
            case UInt8(ascii: "\"") where byte == quote:
                flush(&bytes)
                markup("&quot;")
            case 0x09, 0x0A:
                place = text.index(after: place)
                continue
            case 0x00...0x1F, 0x7F:
                flush(&bytes)
                // A carriage return of a line end is none of the text.
                if byte != 0x0D { control(UInt32(byte)) }
            case 0xE2, 0xD8, 0xC2:
                guard let (scalar, count) = Self.control(in: text[place...]) else {
                    place = text.index(after: place)
                    continue
                }
                flush(&bytes)
                control(scalar)
                length = count
            default:
                place = text.index(after: place)
                continue
            }
            place = text.index(place, offsetBy: length)
            start = place
        }
        flush(&bytes)
    }

    /// Returns a control character of more than one byte at the beginning of a text, and how many bytes it has.
    private static func control(in text: Slice<UnsafeBufferPointer<UInt8>>) -> (scalar: UInt32, count: Int)? {
        let bytes = Array(text.prefix(3))
        switch (bytes.first, bytes.count) {
        case (0xC2, 2...) where (0x80...0x9F).contains(bytes[1]):
            return (UInt32(bytes[1]), 2)
        // The Arabic letter mark.
        case (0xD8, 2...) where bytes[1] == 0x9C:
            return (0x61C, 2)
        case (0xE2, 3) where bytes[1] == 0x80 || bytes[1] == 0x81:
            let scalar = 0x2000 | UInt32(bytes[1] & 0x3F) << 6 | UInt32(bytes[2] & 0x3F)
            switch scalar {
            // Marks, line and paragraph separators, embeddings and overrides, isolates.
            case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: return (scalar, 3)
            default: return nil
            }
        default: return nil
        }
    }

    private mutating func control(_ scalar: UInt32) {
        let digits = String(scalar, radix: 16, uppercase: true)
        bytes.append(contentsOf: "[U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]".utf8)
    }
}

/// An address in running text: `https://…`, `http://…`, or `www.…`, as GitHub finds them.
struct BareAddress {
    let range: Range<Int>
    /// Whether it begins with `www.`.
    let isWithoutScheme: Bool

    private static let schemes = ["https://", "http://", "www."].map { Array($0.utf8) }

    /// Finds the first address in a text from a place on, in time proportional to its length; nil if there is none.
    init?(in text: UnsafeBufferPointer<UInt8>, from start: Int) {
        var place = start
        while place < text.count {
            guard let found = text[place...].firstIndex(where: { $0 == UInt8(ascii: "h") || $0 == UInt8(ascii: "w") })
            else { return nil }
            place = found
            defer { place += 1 }
            if found > 0, Self.isWordPart(text[found - 1]) { continue }
            let rest = text[found...]
            guard let scheme = Self.schemes.first(where: { rest.starts(with: $0) }) else { continue }
            let hostStart = found + scheme.count
            guard hostStart < text.count, Self.isWordPart(text[hostStart]) else { continue }
            var end = hostStart
            while end < text.count, Self.isAddressPart(text[end]) { end += 1 }
            end = Self.trimmed(text, hostStart, end)
            guard end > hostStart, scheme.count > 4 || text[hostStart..<end].contains(UInt8(ascii: ".")) else {
                continue
            }
            range = found..<end
            isWithoutScheme = scheme.count == 4
            return
        }
        return nil
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
    }

    /// White space, controls, quotes and angle brackets end an address.
    private static func isAddressPart(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"<>\"'`|\\^{}".utf8.contains(byte)
    }

    /// Leaves out punctuation at the end, and a parenthesis that nothing in the address opens.
    private static func trimmed(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var end = end
        var opened = 0
        for byte in text[start..<end] {
            if byte == UInt8(ascii: "(") { opened += 1 }
            if byte == UInt8(ascii: ")") { opened -= 1 }
        }
        while end > start {
            let last = text[end - 1]
            if last == UInt8(ascii: ")"), opened < 0 {
                opened += 1
            } else if !".,:;!?*_~[]".utf8.contains(last) {
                break
            }
            end -= 1
        }
        return end
    }
}
