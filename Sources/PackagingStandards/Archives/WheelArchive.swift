/// Checks a wheel (PEP 427) from end to end.
public enum WheelArchive {
    /// Inflates the whole wheel once, and holds every file to the archive's directory and to RECORD.
    ///
    /// Every file must be in RECORD with a SHA-256 (or better) digest, and every line of RECORD must be a file of the
    /// archive. Without digest may be what PEP 427 lets change later: RECORD itself and its signatures; and `.pyc`
    /// files, which PEP 376 lets be listed bare. Takes about 1 MiB of memory beside the directory and RECORD.
    ///
    /// - Parameters:
    ///   - bytes: the wheel.
    ///   - limits: what is accepted.
    ///   - isExpected: whether `{name}-{version}`, the `.dist-info` folder's name, belongs to the wheel's file name.
    /// - Returns: METADATA, WHEEL and what else was found.
    /// - Throws: `ArchiveError`.
    public static func inspect(
        _ bytes: any RandomAccessBytes, limits: ArchiveLimits = ArchiveLimits(),
        isExpected: (_ distInfoName: String) -> Bool
    ) throws(ArchiveError) -> WheelInspection {
        let directory = try ZipDirectory(reading: bytes, limits: limits)
        let name = try distInfoName(in: directory)
        guard isExpected(name) else { throw foreignFolder(name) }
        let folder = name + ".dist-info/"
        let metadataPath = folder + "METADATA"
        let wheelPath = folder + "WHEEL"
        let reader = try ZipReader(bytes)
        let recordBytes = try reader.read(try required(folder + "RECORD", in: directory), limit: limits.maxRecordSize)
        let record = try WheelRecord(parsing: recordBytes, limits: limits)
        for path in [metadataPath, wheelPath] {
            guard try required(path, in: directory).uncompressedSize <= limits.maxMetadataSize else {
                throw ArchiveError("\(path) is larger than the accepted \(limits.maxMetadataSize) bytes")
            }
        }
        try checkPaths(of: record, in: directory)

        var kept: [String: [UInt8]] = [:]
        for entry in directory.entries {
            let line = entry.isDirectory ? nil : try line(for: entry, in: record, folder: folder)
            let bytes = try verify(
                entry, line: line, reader: reader, keeping: [metadataPath, wheelPath].contains(entry.path))
            if let bytes { kept[entry.path] = bytes }
        }
        return WheelInspection(
            metadata: kept[metadataPath] ?? [], wheelFile: kept[wheelPath] ?? [], distInfoName: name,
            fileCount: directory.entries.count { !$0.isDirectory }, uncompressedSize: directory.uncompressedSize)
    }

    /// Checks a wheel as `inspect(_:limits:isExpected:)` does; its `.dist-info` folder must belong to its file name.
    ///
    /// Name and version may be spelled differently, as old tools did: both are compared in their normal forms.
    ///
    /// - Parameters:
    ///   - bytes: the wheel.
    ///   - filename: its file name.
    ///   - limits: what is accepted.
    /// - Returns: METADATA, WHEEL and what else was found.
    /// - Throws: `ArchiveError`.
    public static func inspect(
        _ bytes: any RandomAccessBytes, filename: WheelFilename, limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) -> WheelInspection {
        try inspect(bytes, limits: limits) { belongs($0, to: filename) }
    }

    /// Whether `{name}-{version}`, the `.dist-info` folder's name, says what the file name says.
    static func belongs(_ distInfoName: String, to filename: WheelFilename) -> Bool {
        // Versions have no hyphen here: wheels write `_` for it.
        guard let hyphen = distInfoName.lastIndex(of: "-") else { return false }
        let version = String(distInfoName[distInfoName.index(after: hyphen)...])
        return NormalizedName(distInfoName[..<hyphen]) == filename.name && Version(version) == filename.version
    }

    /// The one top-level folder `*.dist-info`, without `.dist-info`.
    private static func distInfoName(in directory: ZipDirectory) throws(ArchiveError) -> String {
        let suffix = ".dist-info"
        var names: Set<Substring> = []
        for entry in directory.entries {
            let top = entry.path.prefix { $0 != "/" }
            let isFolder = entry.isDirectory || top.utf8.count < entry.path.utf8.count
            if isFolder && top.lowercased().hasSuffix(suffix) { names.insert(top) }
        }
        guard let name = names.first, names.count == 1, name.hasSuffix(suffix) else {
            let found = names.sorted().prefix(3).map { ShownText.quoted(String($0)) }.joined(separator: ", ")
            throw ArchiveError(
                "a wheel has exactly one folder '{name}-{version}.dist-info'; this one has \(names.count)"
                    + (found.isEmpty ? "" : ": \(found)"))
        }
        return String(name.dropLast(suffix.count))
    }

    private static func foreignFolder(_ name: String) -> ArchiveError {
        ArchiveError("the wheel's folder \(ShownText.quoted(name + ".dist-info")) does not belong to its file name")
    }

    private static func required(_ path: String, in directory: ZipDirectory) throws(ArchiveError) -> ZipEntry {
        guard let entry = directory.file(at: path) else { throw ArchiveError("the wheel has no file '\(path)'") }
        return entry
    }

    /// Every line of RECORD must be in the archive; lines for folders are harmless.
    private static func checkPaths(of record: WheelRecord, in directory: ZipDirectory) throws(ArchiveError) {
        var known: Set<String> = []
        known.reserveCapacity(directory.entries.count)
        for entry in directory.entries { known.insert(entry.path) }
        for path in record.paths where !known.contains(path) {
            throw ArchiveError("RECORD names \(ShownText.quoted(path)), which is not in the wheel")
        }
    }

    /// A file's line in RECORD; nil for those that may go without.
    private static func line(
        for entry: ZipEntry, in record: WheelRecord, folder: String
    ) throws(ArchiveError) -> WheelRecord.Line? {
        // What RECORD says of itself cannot be right, and installers don't look.
        if entry.path == folder + "RECORD" { return nil }
        let unlisted = ["RECORD.jws", "RECORD.p7s"].contains { entry.path == folder + $0 }
        guard let line = record[entry.path] else {
            guard !unlisted else { return nil }
            throw ArchiveError(
                "\(ShownText.quoted(entry.path)) is not in the wheel's RECORD")
        }
        guard line.digest != nil || unlisted || entry.path.hasSuffix(".pyc") else {
            throw ArchiveError("RECORD has no digest for \(ShownText.quoted(entry.path))")
        }
        return line
    }

    /// Reads the entry to its end, and returns its bytes if they are to be kept.
    private static func verify(
        _ entry: ZipEntry, line: WheelRecord.Line?, reader: ZipReader, keeping: Bool
    ) throws(ArchiveError) -> [UInt8]? {
        if let size = line?.size, size != entry.uncompressedSize {
            throw ArchiveError(
                "\(ShownText.quoted(entry.path)) has \(entry.uncompressedSize) bytes, but \(size) in RECORD")
        }
        var bytes: [UInt8] = []
        guard let digest = line?.digest else {
            try reader.stream(entry) { if keeping { bytes.append(contentsOf: $0) } }
            return keeping ? bytes : nil
        }
        var hasher = RecordHasher(digest.algorithm)
        try reader.stream(entry) { block in
            hasher.update(block)
            if keeping { bytes.append(contentsOf: block) }
        }
        let found = hasher.finalize()
        guard found == digest.bytes else {
            throw ArchiveError(
                "\(ShownText.quoted(entry.path)) has the \(digest.algorithm.rawValue) digest "
                    + "\(HexCoding.encode(found)), but \(HexCoding.encode(digest.bytes)) in RECORD")
        }
        return keeping ? bytes : nil
    }
}

/// What a wheel that passed all checks says of itself.
public struct WheelInspection: Sendable, Hashable {
    /// The METADATA file, byte for byte.
    public let metadata: [UInt8]
    /// The WHEEL file, byte for byte.
    public let wheelFile: [UInt8]
    /// The name of the `.dist-info` folder, without `.dist-info`: `{name}-{version}`.
    public let distInfoName: String
    /// Files, folders not counted.
    public let fileCount: Int
    /// All files together, once unpacked, in bytes.
    public let uncompressedSize: Int64
}
