import CZlib
import NIOCore
import PackagingStandards

/// Builds ZIP archives record by record, also those that no honest tool writes.
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

    /// Makes a builder of an archive with these entries.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// Returns the archive's bytes.
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

extension ZipBuilder {
    /// One entry; what is nil is written as it should be.
    public struct Entry: Sendable {
        public var name: [UInt8]
        public var content: [UInt8]
        /// 0 is stored, 8 deflated; any other is written without compressing.
        public var method: UInt16
        public var flags: UInt16
        /// The upper half is the Unix mode.
        public var externalAttributes: UInt32 = 0o100644 << 16
        public var centralExtra: [UInt8] = []
        public var localExtra: [UInt8] = []
        public var descriptor: Descriptor?
        /// Both headers' CRC-32.
        public var crc32: UInt32?
        /// Both headers' uncompressed size.
        public var uncompressedSize: UInt32?
        public var localName: [UInt8]?
        public var localMethod: UInt16?
        public var localFlags: UInt16?
        public var localCRC32: UInt32?
        public var localUncompressedSize: UInt32?
        public var localCompressedSize: UInt32?
        /// The bytes after the local header, if they aren't those of the content.
        public var replacesData: [UInt8]?
        /// Written between the entry before and this one.
        public var bytesBefore: [UInt8] = []
        /// Written after the compressed bytes, and counted among them.
        public var bytesAfterData: [UInt8] = []
        /// Whether the central directory lists it.
        public var isListed = true
        /// Where the central directory says that it starts.
        public var offset: UInt32?

        /// Makes a file, or a folder if the name ends in `/`.
        public init(_ name: String, _ content: [UInt8] = [], method: UInt16? = nil) {
            self.name = Array(name.utf8)
            self.content = content
            let isFolder = name.hasSuffix("/")
            self.method = method ?? (isFolder ? 0 : 8)
            if isFolder { externalAttributes = 0o040755 << 16 | 0x10 }
            flags = name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 0x800
        }

        /// Makes a file with a text.
        public init(_ name: String, text: String, method: UInt16? = nil) {
            self.init(name, Array(text.utf8), method: method)
        }

        /// The sizes after the bytes, as tools write that cannot seek back.
        public struct Descriptor: Sendable {
            /// Starts with the optional signature.
            public var isSigned: Bool
            /// Sizes of 64 bits.
            public var isWide: Bool
            /// The CRC-32 it gives, if it isn't the right one.
            public var crc32: UInt32?
            /// The local header has the right sizes nevertheless.
            public var keepsLocalSizes: Bool

            public init(
                isSigned: Bool = true, isWide: Bool = false, crc32: UInt32? = nil, keepsLocalSizes: Bool = false
            ) {
                self.isSigned = isSigned
                self.isWide = isWide
                self.crc32 = crc32
                self.keepsLocalSizes = keepsLocalSizes
            }
        }
    }
}

extension ZipBuilder.Entry {
    private var allFlags: UInt16 { flags | (descriptor == nil ? 0 : 1 << 3) }
    private var checksum: UInt32 { crc32 ?? content.zipCRC32 }
    private var size: UInt32 { uncompressedSize ?? UInt32(content.count) }

    func appendLocal(to bytes: inout [UInt8], data: [UInt8]) {
        let isEmptied = descriptor.map { !$0.keepsLocalSizes } ?? false
        let name = localName ?? name
        let dataLength = UInt32(data.count + bytesAfterData.count)
        bytes.append(littleEndian: 0x0403_4b50 as UInt32)
        bytes.append(littleEndian: 20 as UInt16)
        bytes.append(littleEndian: localFlags ?? allFlags)
        bytes.append(littleEndian: localMethod ?? method)
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: 0x21 as UInt16)
        bytes.append(littleEndian: localCRC32 ?? (isEmptied ? 0 : checksum))
        bytes.append(littleEndian: localCompressedSize ?? (isEmptied ? 0 : dataLength))
        bytes.append(littleEndian: localUncompressedSize ?? (isEmptied ? 0 : size))
        bytes.append(littleEndian: UInt16(name.count))
        bytes.append(littleEndian: UInt16(localExtra.count))
        bytes += name + localExtra + data + bytesAfterData
        guard let descriptor else { return }
        if descriptor.isSigned { bytes.append(littleEndian: 0x0807_4b50 as UInt32) }
        bytes.append(littleEndian: descriptor.crc32 ?? checksum)
        if descriptor.isWide {
            bytes.append(littleEndian: UInt64(dataLength))
            bytes.append(littleEndian: UInt64(size))
        } else {
            bytes.append(littleEndian: dataLength)
            bytes.append(littleEndian: size)
        }
    }

    func appendCentral(to bytes: inout [UInt8], data: [UInt8], offset: UInt32) {
        bytes.append(littleEndian: 0x0201_4b50 as UInt32)
        bytes.append(littleEndian: 3 << 8 | 20 as UInt16)
        bytes.append(littleEndian: 20 as UInt16)
        bytes.append(littleEndian: allFlags)
        bytes.append(littleEndian: method)
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: 0x21 as UInt16)
        bytes.append(littleEndian: checksum)
        bytes.append(littleEndian: UInt32(data.count + bytesAfterData.count))
        bytes.append(littleEndian: size)
        bytes.append(littleEndian: UInt16(name.count))
        bytes.append(littleEndian: UInt16(centralExtra.count))
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: 0 as UInt16)
        bytes.append(littleEndian: externalAttributes)
        bytes.append(littleEndian: offset)
        bytes += name + centralExtra
    }
}

extension [UInt8] {
    /// Appends the value's bytes, lowest first.
    mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Returns the bytes deflated: a gzip member without its header (10 bytes if it has no name) and trailer (8 bytes).
    func deflated() throws -> [UInt8] {
        let member = try Compression.gzip(ByteBuffer(bytes: self), level: 6)
        return [UInt8](member.readableBytesView.dropFirst(10).dropLast(8))
    }

    var zipCRC32: UInt32 {
        withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
