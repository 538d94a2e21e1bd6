import PackagingStandards

/// Writes a line of the log, piece by piece, into memory that has room for it.
struct LineWriter: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private var count = 0

    /// Makes a writer; what is written must fit into the memory, or the process ends.
    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    /// What has been written.
    var line: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Writes a text of the program's own.
    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { write(UnsafeRawBufferPointer($0)) }
    }

    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a number that is not negative, with leading zeros up to so many digits.
    mutating func write(decimal number: Int64, digits: Int = 1) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { text in
            var place = text.count
            var rest = UInt64(max(0, number))
            repeat {
                place -= 1
                text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0 || text.count - place < digits
            write(UnsafeRawBufferPointer(rebasing: text[place...]))
        }
    }

    /// Writes a moment in ISO 8601, to the microsecond.
    mutating func write(_ time: Timestamp) {
        count += time.writeISO8601(to: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }
}
