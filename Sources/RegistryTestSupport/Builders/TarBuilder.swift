import NIOCore
import PackagingStandards

/// Builds tar archives (ustar) record by record, also those that no honest tool writes.
public struct TarBuilder: Sendable {
    /// One entry.
    public struct Entry: Sendable {
        public var name: [UInt8]
        public var content: [UInt8]
        /// The type flag: `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder, `6` pipe, `x` pax header.
        public var type: Unicode.Scalar
        public var linkName: String
        /// The size that the header states, if it isn't the right one.
        public var size: Int?
        public var hasRightChecksum = true

        /// Makes a file, or a folder if the name ends in `/`; names have up to 100 bytes.
        public init(_ name: String, _ content: [UInt8] = [], type: Unicode.Scalar? = nil, linkName: String = "") {
            self.name = Array(name.utf8)
            self.content = content
            self.type = type ?? (name.hasSuffix("/") ? "5" : "0")
            self.linkName = linkName
        }

        /// Returns a pax header with the next entry's name, of any length and script.
        public static func paxPath(_ path: String) -> Entry {
            // The record's length counts its own digits.
            let body = " path=\(path)\n".utf8
            var length = body.count + 1
            while String(length).utf8.count + body.count != length { length += 1 }
            return Entry("PaxHeader", Array("\(length)".utf8) + body, type: "x")
        }
    }

    public var entries: [Entry]
    /// Written after the two empty blocks that end the archive.
    public var suffix: [UInt8] = []
    public var hasEnd = true

    /// Makes a builder of an archive with these entries.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// Returns the archive's bytes.
    public func build() -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Self.header(of: entry)
            bytes += entry.content
            bytes += [UInt8](repeating: 0, count: (512 - entry.content.count % 512) % 512)
        }
        if hasEnd { bytes += [UInt8](repeating: 0, count: 1024) }
        return bytes + suffix
    }

    /// Returns the archive compressed with gzip.
    ///
    /// - Throws: when zlib does.
    public func buildGzip() throws -> [UInt8] {
        try Self.gzip(build())
    }

    /// Returns any bytes as a gzip member.
    ///
    /// - Throws: when zlib does.
    public static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        [UInt8](try Compression.gzip(ByteBuffer(bytes: bytes), level: 6).readableBytesView)
    }

    private static func header(of entry: Entry) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Collection<UInt8>, at offset: Int, limit: Int) {
            for (position, byte) in text.prefix(limit).enumerated() { block[offset + position] = byte }
        }
        func put(octal value: Int, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            put((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8, at: offset, limit: digits)
        }
        put(entry.name, at: 0, limit: 100)
        put(octal: entry.type == "5" ? 0o755 : 0o644, at: 100, digits: 7)
        put(octal: 0, at: 108, digits: 7)
        put(octal: 0, at: 116, digits: 7)
        put(octal: entry.size ?? entry.content.count, at: 124, digits: 11)
        put(octal: 0, at: 136, digits: 11)
        put(String(repeating: " ", count: 8).utf8, at: 148, limit: 8)
        put(String(entry.type).utf8, at: 156, limit: 1)
        put(entry.linkName.utf8, at: 157, limit: 100)
        put("ustar\u{0}00".utf8, at: 257, limit: 8)
        let sum = block.reduce(0) { $0 + Int($1) } + (entry.hasRightChecksum ? 0 : 1)
        put(octal: sum, at: 148, digits: 6)
        block[154] = 0
        return block
    }
}
