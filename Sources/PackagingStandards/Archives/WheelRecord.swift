/// A wheel's RECORD: every file with its digest and size.
struct WheelRecord {
    /// One line.
    struct Line: Hashable {
        /// Nil if the line has none.
        let digest: RecordDigest?
        /// In bytes; nil if the line has none.
        let size: Int64?
    }

    private var lines: [String: Line] = [:]

    /// Parses the file.
    ///
    /// A path may be given twice if both lines say the same; `./` and doubled `/` are dropped, and backslashes, which
    /// old tools on Windows wrote, count as `/`.
    ///
    /// - Throws: `ArchiveError`.
    init(parsing bytes: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw ArchiveError("RECORD is not UTF-8") }
        // The byte order mark that some editors write.
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        for fields in CommaSeparatedRows(text) {
            guard fields.count >= 3, fields.dropFirst(3).allSatisfy(\.isEmpty) else {
                throw ArchiveError(
                    "RECORD has a line that is not a path, a digest and a size: \(ShownText.quoted(fields[0]))")
            }
            guard lines.count < limits.maxEntries else {
                throw ArchiveError("RECORD has more than \(limits.maxEntries) lines")
            }
            let path = try ArchivePath(Self.withSlashes(fields[0]), limits: limits).text
            let line = Line(
                digest: fields[1].isEmpty ? nil : try RecordDigest(fields[1], path: path),
                size: try Self.size(fields[2], path: path))
            if let other = lines.updateValue(line, forKey: path), other != line {
                throw ArchiveError(
                    "RECORD has two different lines for \(ShownText.quoted(path)); one ends in "
                        + "\(ShownText.quoted(fields[1] + "," + fields[2]))")
            }
        }
    }

    /// The paths, in no order.
    var paths: some Collection<String> { lines.keys }

    subscript(path: String) -> Line? { lines[path] }

    private static func withSlashes(_ path: String) -> [UInt8] {
        path.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
    }

    private static func size(_ text: String, path: String) throws(ArchiveError) -> Int64? {
        if text.isEmpty { return nil }
        guard let size = Int64(text), size >= 0 else {
            throw ArchiveError(
                "RECORD gives \(ShownText.quoted(path)) the size \(ShownText.quoted(text)), which is not a number"
            )
        }
        return size
    }
}
