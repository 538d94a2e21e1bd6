/// The header fields and the body of a message as Python's `email.parser` (policy `compat32`) splits it, which is the
/// definition that the core metadata specification refers to.
///
/// Lines end in LF, CRLF or CR. A line that starts with a space or a tab continues the field above. The first line
/// that is neither continuation nor field ends the header, and is part of the body unless it is empty.
struct HeaderBlock {
    /// One field: its name, and its lines without line ends; the first without the name and the colon.
    struct Field {
        let name: String
        var lines: [ArraySlice<UInt8>]
    }

    private(set) var fields: [Field] = []
    private(set) var body: ArraySlice<UInt8> = []

    /// Splits a message, in time proportional to its length.
    init(parsing message: ArraySlice<UInt8>, maximumFields: Int) throws(CoreMetadataError) {
        var rest = message
        var isContinuable = false
        var isFirst = true
        while !rest.isEmpty {
            let (line, next) = Self.firstLine(of: rest)
            if let first = line.first, first == ASCII.space || first == ASCII.tab {
                if isContinuable { fields[fields.count - 1].lines.append(line) }
            } else if isFirst, line.starts(with: "From ".utf8) {
                isContinuable = false
            } else if let colon = Self.colon(of: line) {
                // A field without a name is skipped, together with its continuation.
                isContinuable = colon > line.startIndex
                if isContinuable {
                    guard fields.count < maximumFields else { throw .tooManyFields(limit: maximumFields) }
                    let name = String(decoding: line[..<colon], as: UTF8.self)
                    fields.append(Field(name: name, lines: [line[(colon + 1)...]]))
                }
            } else {
                body = line.isEmpty ? next : rest
                return
            }
            isFirst = false
            rest = next
        }
    }

    /// The place of the colon that ends a field's name; nil if the line starts with no name.
    private static func colon(of line: ArraySlice<UInt8>) -> Int? {
        let end = line.firstIndex { byte in byte == UInt8(ascii: ":") || byte <= 0x20 || byte >= 0x7F }
        guard let end, line[end] == UInt8(ascii: ":") else { return nil }
        return end
    }

    private static func firstLine(of text: ArraySlice<UInt8>) -> (line: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        guard let end = text.firstIndex(where: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }) else {
            return (text, text[text.endIndex...])
        }
        let isPair = text[end] == ASCII.carriageReturn && end + 1 < text.endIndex && text[end + 1] == ASCII.lineFeed
        return (text[..<end], text[(end + (isPair ? 2 : 1))...])
    }
}
