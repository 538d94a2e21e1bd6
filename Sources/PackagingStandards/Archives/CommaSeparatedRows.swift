/// Rows of comma separated values as Python's `csv` module writes and reads them by default (RECORD files).
struct CommaSeparatedRows: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next row's fields; lines without any are skipped.
    mutating func next() -> [String]? {
        while position < bytes.count {
            let row = nextRow()
            if row.count > 1 || row.first?.isEmpty == false { return row }
        }
        return nil
    }

    private mutating func nextRow() -> [String] {
        var fields: [String] = []
        while true {
            fields.append(nextField())
            guard position < bytes.count else { return fields }
            let separator = bytes[position]
            position += 1
            if separator == UInt8(ascii: ",") { continue }
            if separator == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
                position += 1
            }
            return fields
        }
    }

    /// Reads up to the separator after the field, which stays.
    private mutating func nextField() -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            return String(decoding: plainRun(), as: UTF8.self)
        }
        var field: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\"") else {
                field.append(byte)
                continue
            }
            // A doubled quote is one; a single one ends the quoted part.
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { break }
            field.append(byte)
            position += 1
        }
        field.append(contentsOf: plainRun())
        return String(decoding: field, as: UTF8.self)
    }

    private mutating func plainRun() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): return bytes[start..<position]
            default: position += 1
            }
        }
        return bytes[start...]
    }
}
