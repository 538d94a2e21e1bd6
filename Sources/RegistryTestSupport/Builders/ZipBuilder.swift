/// Builds ZIP archives record by record, also such as no honest tool writes.
///
/// With nothing set but entries, the archive is well formed.
public struct ZipBuilder: Sendable {
    public var entries: [Entry]
    /// Written before the first entry; all offsets are right nevertheless.
    public var prefix: [UInt8] = []
    /// Written after the end record.
    public var suffix: [UInt8] = []
    /// The archive comment.
    public var comment: [UInt8] = []
    /// Written between the last entry and the central directory.
    public var bytesBeforeDirectory: [UInt8] = []
    /// Writes a ZIP64 end record and locator too.
    public var hasZip64End = false
    /// Leaves the end record's own fields to the ZIP64 one.
    public var leavesEndToZip64 = true
    /// The number of entries that the end record announces, if it isn't the right one.
    public var announcedCount: UInt16?
    /// The number of the disk that the end record gives.
    public var disk: UInt16 = 0

    /// A builder of an archive with these entries.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// The archive's bytes.
    ///
    /// - Throws: when zlib does.
    public func build() throws -> [UInt8] {
        var bytes = prefix
        var directory: [UInt8] = []
        var count: UInt16 = 0
        for entry in entries {
            bytes += entry.bytesBefore
            let data = try entry.replacesData ?? (entry.method == 8 ? entry.content.deflated() : entry.content)
            let offset = entry.offset ?? UInt32(bytes.count)
            entry.appendLocal(to: &bytes, data: data)
            guard entry.isListed else { continue }
            entry.appendCentral(to: &directory, data: data, offset: offset)
            count += 1
        }
        bytes += bytesBeforeDirectory
        let start = bytes.count
        bytes += directory
        appendEnd(to: &bytes, directoryStart: start, count: announcedCount ?? count)
        return bytes + suffix
    }

    private func appendEnd(to bytes: inout [UInt8], directoryStart: Int, count: UInt16) {
        let length = bytes.count - directoryStart
        if hasZip64End {
            let recordStart = bytes.count
            bytes.append(littleEndian: 0x0606_4b50 as UInt32)
            bytes.append(littleEndian: 44 as UInt64)
            bytes.append(littleEndian: 45 as UInt16)
            bytes.append(littleEndian: 45 as UInt16)
            bytes.append(littleEndian: UInt32(disk))
            bytes.append(littleEndian: 0 as UInt32)
            bytes.append(littleEndian: UInt64(count))
            bytes.append(littleEndian: UInt64(count))
            bytes.append(littleEndian: UInt64(length))
            bytes.append(littleEndian: UInt64(directoryStart))
            bytes.append(littleEndian: 0x0706_4b50 as UInt32)
            bytes.append(littleEndian: 0 as UInt32)
            bytes.append(littleEndian: UInt64(recordStart))
            bytes.append(littleEndian: 1 as UInt32)
        }
        let isLeft = hasZip64End && leavesEndToZip64
        bytes.append(littleEndian: 0x0605_4b50 as UInt32)
        bytes.append(littleEndian: disk)
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: isLeft ? .max : count)
        bytes.append(littleEndian: isLeft ? .max : count)
        bytes.append(littleEndian: isLeft ? .max : UInt32(length))
        bytes.append(littleEndian: isLeft ? .max : UInt32(directoryStart))
        bytes.append(littleEndian: UInt16(comment.count))
        bytes += comment
    }
}
