/// An element of a small XML text, as services answer with: what is read of it, and no more.
///
/// Names are without their namespace's prefix. Attributes, comments and processing instructions are passed over. A
/// document type is refused, so that no entity can be declared.
package struct XMLElement: Sendable, Hashable {
    package let name: String
    /// The text directly inside.
    package fileprivate(set) var text: String
    package fileprivate(set) var children: [XMLElement]

    /// Returns the first child of a name.
    package func child(_ name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    /// Returns the text of the first child of a name, or nil if there is none.
    package subscript(_ name: String) -> String? {
        child(name)?.text
    }
}

extension XMLElement {
    /// A text that is no XML, or more than is read.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    /// The most elements of a text: a page of 1,000 objects has about 10,000.
    private static let mostElements = 50_000
    private static let mostLevels = 16

    /// Reads a whole text, in UTF-8. Throws `Malformed` for anything else, and for too many elements.
    package init(parsing bytes: some Sequence<UInt8>) throws(Malformed) {
        var reader = XMLReader(bytes: Array(bytes))
        var open: [XMLElement] = []
        var count = 0
        while let piece = try reader.next() {
            switch piece {
            case .start(let name):
                count += 1
                guard count <= Self.mostElements, open.count < Self.mostLevels else {
                    throw Malformed(description: "it has too many elements")
                }
                open.append(XMLElement(name: name, text: "", children: []))
            case .text(let text):
                guard let last = open.indices.last else {
                    guard text.utf8.allSatisfy({ XMLReader.isSpace($0) }) else {
                        throw Malformed(description: "it has text outside of its element")
                    }
                    continue
                }
                open[last].text += text
            case .end(let name):
                guard let element = open.popLast(), name == nil || name == element.name else {
                    throw Malformed(description: "an element is not closed")
                }
                if let last = open.indices.last {
                    open[last].children.append(element)
                } else {
                    try reader.requireEnd()
                    self = element
                    return
                }
            }
        }
        throw Malformed(description: "it ends too early")
    }
}

/// Reads XML piece by piece.
private struct XMLReader {
    enum Piece {
        case start(String)
        case text(String)
        /// The name is nil for an element that is closed where it begins.
        case end(String?)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var closesAtOnce = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// Returns the next piece, or nil at the end.
    mutating func next() throws(XMLElement.Malformed) -> Piece? {
        if closesAtOnce {
            closesAtOnce = false
            return .end(nil)
        }
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else { return .text(try text()) }
            if skip("<?") {
                try skip(past: "?>")
            } else if skip("<!--") {
                try skip(past: "-->")
            } else if skip("<![CDATA[") {
                let start = position
                try skip(past: "]]>")
                return .text(try decoded(start..<(position - 3)))
            } else if skip("<!") {
                throw .init(description: "it declares a document type")
            } else if skip("</") {
                let name = try name()
                skipSpace()
                guard skip(">") else { throw .init(description: "a tag is malformed") }
                return .end(name)
            } else {
                position += 1
                let name = try name()
                try skipAttributes()
                return .start(name)
            }
        }
        return nil
    }

    /// Throws unless only space and comments follow.
    mutating func requireEnd() throws(XMLElement.Malformed) {
        while let piece = try next() {
            guard case .text(let text) = piece, text.utf8.allSatisfy({ Self.isSpace($0) }) else {
                throw .init(description: "something follows its element")
            }
        }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count,
            bytes[position..<(position + count)].elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
        else { return false }
        position += count
        return true
    }

    private mutating func skip(past text: StaticString) throws(XMLElement.Malformed) {
        while position < bytes.count {
            if skip(text) { return }
            position += 1
        }
        throw .init(description: "it ends too early")
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func name() throws(XMLElement.Malformed) -> String {
        var start = position
        while position < bytes.count, !Self.isSpace(bytes[position]), bytes[position] != UInt8(ascii: ">"),
            bytes[position] != UInt8(ascii: "/"), bytes[position] != UInt8(ascii: "<")
        {
            if bytes[position] == UInt8(ascii: ":") { start = position + 1 }
            position += 1
        }
        guard start < position else { throw .init(description: "a tag has no name") }
        return try decoded(start..<position)
    }

    private mutating func skipAttributes() throws(XMLElement.Malformed) {
        while position < bytes.count {
            if skip("/>") {
                closesAtOnce = true
                return
            }
            if skip(">") { return }
            let byte = bytes[position]
            position += 1
            guard byte != UInt8(ascii: "<") else { break }
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else { continue }
            guard let end = bytes[position...].firstIndex(of: byte) else { break }
            position = end + 1
        }
        throw .init(description: "a tag is malformed")
    }

    /// Returns the text up to the next tag.
    private mutating func text() throws(XMLElement.Malformed) -> String {
        let start = position
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        position = end
        guard bytes[start..<end].contains(UInt8(ascii: "&")) else { return try decoded(start..<end) }
        var text = ""
        var rest = start
        while rest < end {
            guard let mark = bytes[rest..<end].firstIndex(of: UInt8(ascii: "&")) else {
                text += try decoded(rest..<end)
                break
            }
            text += try decoded(rest..<mark)
            guard let stop = bytes[mark..<end].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
                throw .init(description: "an entity has no end")
            }
            text.unicodeScalars.append(try Self.scalar(of: try decoded((mark + 1)..<stop)))
            rest = stop + 1
        }
        return text
    }

    private func decoded(_ range: Range<Int>) throws(XMLElement.Malformed) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw .init(description: "it is not text in UTF-8")
        }
        return text
    }

    private static func scalar(of entity: String) throws(XMLElement.Malformed) -> Unicode.Scalar {
        switch entity {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let value =
                if entity.hasPrefix("#x") { UInt32(entity.dropFirst(2), radix: 16) } else if entity.hasPrefix("#") {
                    UInt32(entity.dropFirst(1))
                } else { UInt32?.none }
            guard let value, value != 0, let scalar = Unicode.Scalar(value) else {
                throw .init(description: "an entity is not known")
            }
            return scalar
        }
    }
}
