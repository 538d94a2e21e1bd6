/// A reader of the entries of a ZIP archive, which checks each against the directory.
///
/// Owns its buffers: about 1 MiB, whatever the sizes of the entries. Blocks. One thread at a time.
public final class ZipReader {
    static let localHeaderLength = 30

    private let window: ByteWindow
    private let inflater: Inflater
    private let output: UnsafeMutableRawBufferPointer

    /// Makes a reader of the bytes from which the directory was read.
    ///
    /// - Throws: `ArchiveError` of kind `unreadable` if zlib has no memory.
    public init(_ bytes: any RandomAccessBytes) throws(ArchiveError) {
        guard let inflater = Inflater(format: .raw) else { throw ArchiveError("zlib has no memory", kind: .unreadable) }
        self.inflater = inflater
        window = ByteWindow(bytes)
        output = .allocate(byteCount: 128 * 1024, alignment: 16)
    }

    deinit { output.deallocate() }

    /// Returns the entry's bytes, checked as by `stream`.
    ///
    /// - Throws: `ArchiveError`, also if there are more than `limit`.
    public func read(_ entry: ZipEntry, limit: Int) throws(ArchiveError) -> [UInt8] {
        guard entry.uncompressedSize <= Int64(limit) else {
            throw ArchiveError("\(ShownText.quoted(entry.path)) is larger than \(limit) bytes")
        }
        var bytes: [UInt8] = []
        try stream(entry) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Passes the entry's uncompressed bytes to a closure, block by block, and never more than the directory says.
    ///
    /// Checks that the local header agrees with the directory, that header, bytes and data descriptor fill the entry's
    /// extent exactly, and that size and CRC-32 are right.
    ///
    /// - Throws: `ArchiveError`, perhaps after some blocks.
    public func stream(_ entry: ZipEntry, _ body: (UnsafeRawBufferPointer) -> Void) throws(ArchiveError) {
        let data = try checkLocalHeader(entry)
        var crc = CRC32()
        switch entry.method {
        case .stored:
            var offset = data.lowerBound
            while offset < data.upperBound {
                // Blocks fit into a near cache: the CRC and the digest both read them.
                let block = try window.some(at: offset, limit: min(data.upperBound - offset, Int64(output.count)))
                crc.update(block)
                body(block)
                offset += Int64(block.count)
            }
        case .deflated:
            try inflate(entry, data: data) { block in
                crc.update(block)
                body(block)
            }
        }
        guard crc.value == entry.crc32 else {
            throw ArchiveError("\(ShownText.quoted(entry.path)) is damaged: its CRC-32 is wrong")
        }
    }

    private func inflate(
        _ entry: ZipEntry, data: Range<Int64>, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(ArchiveError) {
        inflater.reset()
        var offset = data.lowerBound
        var produced: Int64 = 0
        var isFinished = false
        while !isFinished {
            let left = data.upperBound - offset
            let input =
                left > 0 ? try window.some(at: offset, limit: left) : UnsafeRawBufferPointer(start: nil, count: 0)
            let step: Inflater.Step
            do {
                step = try inflater.inflate(input, into: output)
            } catch {
                throw ArchiveError("\(ShownText.quoted(entry.path)) is damaged: it cannot be inflated")
            }
            offset += Int64(step.consumed)
            produced += Int64(step.produced)
            isFinished = step.isFinished
            guard produced <= entry.uncompressedSize else { throw wrongSize(entry, "more") }
            guard isFinished || step.consumed > 0 || step.produced > 0 else {
                throw ArchiveError("\(ShownText.quoted(entry.path)) is cut short")
            }
            if step.produced > 0 { body(UnsafeRawBufferPointer(rebasing: output[..<step.produced])) }
        }
        guard produced == entry.uncompressedSize else { throw wrongSize(entry, "only \(produced)") }
        guard offset == data.upperBound else {
            throw ArchiveError("\(ShownText.quoted(entry.path)) has hidden bytes after its compressed ones")
        }
    }

    private func wrongSize(_ entry: ZipEntry, _ found: String) -> ArchiveError {
        ArchiveError(
            "\(ShownText.quoted(entry.path)) has \(entry.uncompressedSize) bytes by the archive's directory, but "
                + "inflates to \(found)")
    }

    /// Checks the local header and the data descriptor against the directory (APPNOTE 4.3.7, 4.3.9).
    ///
    /// - Returns: where the entry's compressed bytes are.
    /// - Throws: `ArchiveError`.
    public func checkLocalHeader(_ entry: ZipEntry) throws(ArchiveError) -> Range<Int64> {
        var shown: String { ShownText.quoted(entry.rawName) }
        let start = entry.extent.lowerBound
        let fixed = try window.exactly(Self.localHeaderLength, at: start)
        guard fixed.uint32(at: 0) == 0x0403_4b50 else { throw ArchiveError("\(shown) has no local header") }
        let nameLength = Int(fixed.uint16(at: 26))
        let length = Self.localHeaderLength + nameLength + Int(fixed.uint16(at: 28))
        let header = Array(try window.exactly(length, at: start))
        let name = header[Self.localHeaderLength...].prefix(nameLength)
        guard name.elementsEqual(entry.rawName) else {
            throw ArchiveError("\(shown) has another name in its local header: \(ShownText.quoted(name))")
        }
        guard header.uint16(at: 6) == entry.flags.rawValue, header.uint16(at: 8) == entry.method.rawValue else {
            throw ArchiveError(
                "\(shown) has method \(header.uint16(at: 8)) and flags \(header.uint16(at: 6)) in its local header, but method "
                    + "\(entry.method.rawValue) and flags \(entry.flags.rawValue) in the archive's directory")
        }
        let extra = try ZipExtra(header[(Self.localHeaderLength + nameLength)...], name: name)
        let sizes = try extra.localSizes(uncompressed: header.uint32(at: 22), compressed: header.uint32(at: 18))
        let claims = Claims(
            crc32: header.uint32(at: 14), compressed: sizes.compressed, uncompressed: sizes.uncompressed)
        let dataStart = start + Int64(length)
        let (dataEnd, overflow) = dataStart.addingReportingOverflow(entry.compressedSize)
        guard !overflow, dataEnd <= entry.extent.upperBound else {
            throw ArchiveError("\(shown) overlaps another entry of the archive")
        }
        if entry.flags.contains(.dataDescriptor) {
            try checkDescriptor(entry, local: claims, at: dataEnd)
        } else {
            guard claims == Claims(entry) else {
                throw claims.contradict(entry, in: "local header")
            }
            guard dataEnd == entry.extent.upperBound else {
                throw ArchiveError("the archive has bytes after \(shown) that its directory does not name")
            }
        }
        return dataStart..<dataEnd
    }

    /// Checks an entry with a data descriptor.
    ///
    /// The local header's fields must be empty or right. The descriptor, with or without a signature and with narrow or
    /// wide sizes, must fill the rest of the extent.
    private func checkDescriptor(_ entry: ZipEntry, local: Claims, at offset: Int64) throws(ArchiveError) {
        var shown: String { ShownText.quoted(entry.rawName) }
        let expected = Claims(entry)
        guard local == expected || local == Claims(crc32: 0, compressed: 0, uncompressed: 0) else {
            throw local.contradict(entry, in: "local header")
        }
        // Readers that begin at the start could not find the end of stored bytes.
        guard entry.method == .deflated || local == expected else {
            throw ArchiveError("\(shown) is stored uncompressed and its local header does not say its size")
        }
        let left = entry.extent.upperBound - offset
        guard [12, 16, 20, 24].contains(left) else {
            throw ArchiveError("the archive has bytes after \(shown) that its directory does not name")
        }
        let bytes = try window.exactly(Int(left), at: offset)
        let isSigned = left == 16 || left == 24
        let fields = isSigned ? UnsafeRawBufferPointer(rebasing: bytes[4...]) : bytes
        let isWide = left >= 20
        let described = Claims(
            crc32: fields.uint32(at: 0), compressed: isWide ? fields.uint64(at: 4) : UInt64(fields.uint32(at: 4)),
            uncompressed: isWide ? fields.uint64(at: 12) : UInt64(fields.uint32(at: 8)))
        guard described == expected, !isSigned || bytes.uint32(at: 0) == 0x0807_4b50 else {
            throw described.contradict(entry, in: "data descriptor")
        }
    }

    /// What a header says of an entry.
    private struct Claims: Equatable, CustomStringConvertible {
        let crc32: UInt32
        let compressed: UInt64
        let uncompressed: UInt64

        init(crc32: UInt32, compressed: UInt64, uncompressed: UInt64) {
            self.crc32 = crc32
            self.compressed = compressed
            self.uncompressed = uncompressed
        }

        init(_ entry: ZipEntry) {
            self.init(
                crc32: entry.crc32, compressed: UInt64(entry.compressedSize),
                uncompressed: UInt64(entry.uncompressedSize))
        }

        var description: String {
            "\(compressed) bytes compressed, \(uncompressed) uncompressed, CRC-32 \(String(crc32, radix: 16))"
        }

        func contradict(_ entry: ZipEntry, in place: String) -> ArchiveError {
            ArchiveError(
                "\(ShownText.quoted(entry.rawName)) has \(self) in its \(place), but \(Claims(entry)) in the archive's "
                    + "directory")
        }
    }
}
