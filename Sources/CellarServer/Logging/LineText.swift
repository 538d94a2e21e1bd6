/// What the lines of the log are made of, appended without a detour by strings.
extension [UInt8] {
    /// Appends a text of the program's own.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Appends a number that is not negative, with leading zeros up to so many digits.
    mutating func append(decimal number: Int64, digits: Int = 1) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { text in
            var place = text.count
            var rest = Swift.max(0, number)
            repeat {
                place -= 1
                text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0 || text.count - place < digits
            append(contentsOf: UnsafeMutableBufferPointer(rebasing: text[place...]))
        }
    }
}
