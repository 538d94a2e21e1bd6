/// The check of a wheel (PEP 427) from end to end.
public enum WheelArchive {
    /// Inflates the whole wheel once, and checks every file against the archive's directory and RECORD.
    ///
    /// Every file must be in RECORD with a SHA-256 (or better) digest, and every line of RECORD must be a file of the
    /// archive. RECORD itself and its signatures need no digest, because PEP 427 lets them change later; nor do `.pyc`
    /// files, by PEP 376. Takes about 1 MiB of memory besides the directory and RECORD.
    ///
    /// - Parameters:
    ///   - bytes: the wheel.
    ///   - limits: what is accepted.
    ///   - isExpected: whether `{name}-{version}`, from the name of the `.dist-info` folder, belongs to the file name.
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

    /// Checks a wheel, whose `.dist-info` folder must belong to its file name.
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

    /// Returns whether the `{name}-{version}` of a `.dist-info` folder means the same as the file name.
    static func belongs(_ distInfoName: String, to filename: WheelFilename) -> Bool {
        // The version has no hyphen: wheels write `_` instead.
        guard let hyphen = distInfoName.lastIndex(of: "-") else { return false }
        let version = String(distInfoName[distInfoName.index(after: hyphen)...])
        return NormalizedName(distInfoName[..<hyphen]) == filename.name && Version(version) == filename.version
    }

    /// Returns the name of the one top-level folder `*.dist-info`, without `.dist-info`.
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

    /// Checks that every line of RECORD is in the archive; lines for folders are harmless.
    private static func checkPaths(of record: WheelRecord, in directory: ZipDirectory) throws(ArchiveError) {
        var known: Set<String> = []
        known.reserveCapacity(directory.entries.count)
        for entry in directory.entries { known.insert(entry.path) }
        for path in record.paths where !known.contains(path) {
            throw ArchiveError("RECORD names \(ShownText.quoted(path)), which is not in the wheel")
        }
    }

    /// Returns a file's line in RECORD, or nil for a file that needs none.
    private static func line(
        for entry: ZipEntry, in record: WheelRecord, folder: String
    ) throws(ArchiveError) -> WheelRecord.Line? {
        // What RECORD says of itself cannot be right, and installers ignore it.
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

    /// Reads and checks the whole entry, and returns its bytes if `keeping`.
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

/// What a checked wheel says of itself.
public struct WheelInspection: Sendable, Hashable {
    /// The METADATA file, byte for byte.
    public let metadata: [UInt8]
    /// The WHEEL file, byte for byte.
    public let wheelFile: [UInt8]
    /// The name of the `.dist-info` folder without `.dist-info`: `{name}-{version}`.
    public let distInfoName: String
    /// How many files there are, without folders.
    public let fileCount: Int
    /// The bytes of all files together, unpacked.
    public let uncompressedSize: Int64
}
