extension ZipEntry {
    /// The fixed part of a central directory header.
    static let centralHeaderLength = 46

    /// Parses one central directory header (APPNOTE 4.3.12).
    ///
    /// - Parameters:
    ///   - record: starts with the header; may go on after it.
    ///   - directoryOffset: where the central directory starts, and the last entry ends.
    ///   - limits: what is accepted.
    /// - Returns: the entry, its extent still open to the directory, and the header's length.
    /// - Throws: `ArchiveError`.
    static func parse(
        central record: ArraySlice<UInt8>, directoryOffset: Int64, limits: ArchiveLimits
    ) throws(ArchiveError) -> (entry: ZipEntry, length: Int) {
        guard record.count >= centralHeaderLength, record.uint32(at: 0) == 0x0201_4b50 else {
            throw ArchiveError("the archive's central directory is damaged")
        }
        let nameLength = Int(record.uint16(at: 28))
        let extraLength = Int(record.uint16(at: 30))
        let length = centralHeaderLength + nameLength + extraLength + Int(record.uint16(at: 32))
        guard length <= record.count else { throw ArchiveError("the archive's central directory is damaged") }
        let name = record.dropFirst(centralHeaderLength).prefix(nameLength)
        let flags = try checkedFlags(record.uint16(at: 8), name: name)
        let path = try ArchivePath(name, limits: limits)
        var shown: String { ShownText.quoted(name) }
        guard let method = Method(rawValue: record.uint16(at: 10)) else {
            throw ArchiveError(
                "\(shown) is compressed with method \(record.uint16(at: 10)); only stored and deflated are accepted")
        }
        let extra = record.dropFirst(centralHeaderLength + nameLength).prefix(extraLength)
        let sizes = try ZipExtra(extra, name: name).sizes(
            uncompressed: record.uint32(at: 24), compressed: record.uint32(at: 20), offset: record.uint32(at: 42),
            disk: record.uint16(at: 34))
        guard sizes.disk == 0 else {
            throw ArchiveError("\(shown) is on another disk; multi-disk archives are not accepted")
        }
        guard sizes.offset < directoryOffset else {
            throw ArchiveError(
                "\(shown) starts at \(sizes.offset), after the archive's central directory, which starts at "
                    + "\(directoryOffset)")
        }
        let entry = ZipEntry(
            method: method, crc32: record.uint32(at: 16), compressedSize: sizes.compressed,
            uncompressedSize: sizes.uncompressed, extent: sizes.offset..<directoryOffset, archivePath: path,
            rawName: Array(name), flags: flags)
        try entry.checkKind(externalAttributes: record.uint32(at: 38))
        return (entry, length)
    }

    private static func checkedFlags(_ value: UInt16, name: ArraySlice<UInt8>) throws(ArchiveError) -> Flags {
        let flags = Flags(rawValue: value)
        var shown: String { ShownText.quoted(name) }
        guard flags.isDisjoint(with: [.encrypted, .strongEncryption, .maskedHeaders]) else {
            throw ArchiveError("\(shown) is encrypted; encrypted archives are not accepted")
        }
        guard flags.isSubset(of: .accepted) else {
            let refused = String(value & ~Flags.accepted.rawValue, radix: 16)
            throw ArchiveError("\(shown) has general purpose flags that are not accepted: 0x\(refused)")
        }
        guard flags.contains(.utf8) || name.allSatisfy({ $0 < 0x80 }) else {
            throw ArchiveError("the name \(shown) is not ASCII and not marked as UTF-8")
        }
        return flags
    }

    /// Files have bytes and folders don't; nothing else may be in the archive.
    private func checkKind(externalAttributes: UInt32) throws(ArchiveError) {
        var shown: String { ShownText.quoted(rawName) }
        if method == .stored || isDirectory {
            guard compressedSize == uncompressedSize || isDirectory else {
                throw ArchiveError(
                    "\(shown) is stored uncompressed, but has a compressed size of \(compressedSize) bytes and an "
                        + "uncompressed size of \(uncompressedSize)")
            }
        }
        guard !isDirectory || uncompressedSize == 0 else {
            throw ArchiveError("\(shown) is a folder by its name, but has \(uncompressedSize) bytes of content")
        }
        // Installers look at the Unix mode whatever system the entry says it was made on.
        switch externalAttributes >> 28 {
        case 0, 0o10: break
        case 0o4:
            guard isDirectory else {
                throw ArchiveError("\(shown) is a folder by its attributes, but a file by its name")
            }
        case 0o12: throw ArchiveError("\(shown) is a symbolic link; links are not accepted")
        default: throw ArchiveError("\(shown) is neither a file nor a folder")
        }
    }
}
