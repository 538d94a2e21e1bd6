import PackagingStandards

/// What a request wants of a file, by its `Range` and `If-Range` headers (RFC 9110 §14.2, §13.1.5).
package enum RequestedRange: Hashable, Sendable {
    /// The whole file: 200. Also if the header is malformed, or names another unit or several ranges, all of which a
    /// server may ignore.
    case whole
    /// These bytes, at least one and all within the file: 206.
    case part(Range<Int64>)
    /// Bytes that the file does not have: 416.
    case unsatisfiable

    /// Reads the headers for a file of `size` bytes with the entity tag `tag`, in quotes, or nil if it has none.
    package init(range: String?, ifRange: String? = nil, tag: String?, size: Int64) {
        guard let range, let wanted = Self.parse(range.utf8) else {
            self = .whole
            return
        }
        if let ifRange, tag.map({ EntityTag.matches(ifRange: ifRange, tag: $0) }) != true {
            self = .whole
            return
        }
        self = Self.resolve(wanted, size: size)
    }

    /// Returns whether a `Range` header asks for a part of a file, whatever the file's size.
    package static func isPart(_ range: String?) -> Bool {
        range.map { parse($0.utf8) != nil } ?? false
    }

    /// Returns the `Content-Range` header's value for a file of `size` bytes, or nil for the whole file.
    package func contentRange(size: Int64) -> String? {
        switch self {
        case .whole: nil
        case .part(let bytes): "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(size)"
        case .unsatisfiable: "bytes */\(size)"
        }
    }

    private enum Wanted {
        case from(Int64, through: Int64?)
        case last(Int64)
    }

    private static func resolve(_ wanted: Wanted, size: Int64) -> RequestedRange {
        switch wanted {
        case .from(let first, let last):
            guard first < size else { return .unsatisfiable }
            return .part(first..<min(last ?? .max, size - 1) + 1)
        case .last(let length):
            guard length > 0 else { return .unsatisfiable }
            // An empty file has no range that Content-Range could name.
            return size == 0 ? .whole : .part(max(0, size - length)..<size)
        }
    }

    /// Reads a single range, or returns nil if the header is to be ignored.
    private static func parse(_ header: String.UTF8View) -> Wanted? {
        var rest = header[...]
        guard rest.prefix(6).elementsEqual("bytes=".utf8, by: { ASCII.lowercased($0) == $1 }) else { return nil }
        rest = ASCII.trimmingBlanks(rest.dropFirst(6))
        let first = takeNumber(from: &rest)
        guard rest.popFirst() == UInt8(ascii: "-") else { return nil }
        let last = takeNumber(from: &rest)
        guard rest.isEmpty else { return nil }
        switch (first, last) {
        case (nil, nil): return nil
        case (nil, let length?): return .last(length)
        case (let first?, let last): return last.map { $0 < first } == true ? nil : .from(first, through: last)
        }
    }

    /// Takes digits, or returns nil if there are none; a number beyond Int64 counts as the greatest, which no file
    /// reaches.
    private static func takeNumber(from text: inout Substring.UTF8View) -> Int64? {
        var number: Int64?
        while let digit = text.first, ASCII.isDigit(digit) {
            text.removeFirst()
            let (product, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            number = overflow || carry ? .max : sum
        }
        return number
    }
}
