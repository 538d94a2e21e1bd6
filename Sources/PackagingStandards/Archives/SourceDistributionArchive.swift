/// Checks a source distribution from end to end.
public enum SourceDistributionArchive {
    /// Reads the whole archive once; everything in it must lie in one top-level folder that has a PKG-INFO.
    ///
    /// Refused: links, devices, names that are unsafe or double, damage, and more than `limits` allow. Takes about
    /// 1 MiB of memory beside the names.
    ///
    /// - Parameters:
    ///   - bytes: the archive.
    ///   - format: as the file's name says.
    ///   - limits: what is accepted.
    /// - Returns: PKG-INFO and what else was found.
    /// - Throws: `ArchiveError`.
    public static func inspect(
        _ bytes: any RandomAccessBytes, format: SourceDistributionFilename.Format,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) -> SourceDistributionInspection {
        switch format {
        case .tarGz: try inspectTar(bytes, limits: limits)
        case .zip: try inspectZip(bytes, limits: limits)
        }
    }

    /// The same for a file.
    ///
    /// - Throws: `ArchiveError`.
    public static func inspect(
        path: String, format: SourceDistributionFilename.Format, limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) -> SourceDistributionInspection {
        try inspect(try FileBytes(path: path), format: format, limits: limits)
    }

    private static func inspectZip(
        _ bytes: any RandomAccessBytes, limits: ArchiveLimits
    ) throws(ArchiveError) -> SourceDistributionInspection {
        let directory = try ZipDirectory(reading: bytes, limits: limits)
        var contents = Contents(archiveSize: bytes.size, limits: limits)
        let reader = try ZipReader(bytes)
        for entry in directory.entries {
            try contents.add(entry.archivePath, size: entry.uncompressedSize)
            if contents.isMetadata(entry.archivePath) {
                contents.metadata = try reader.read(entry, limit: limits.maxMetadataSize)
            } else {
                try reader.stream(entry) { _ in }
            }
        }
        return try contents.finish()
    }

    private static func inspectTar(
        _ bytes: any RandomAccessBytes, limits: ArchiveLimits
    ) throws(ArchiveError) -> SourceDistributionInspection {
        let reader = try TarReader(try GzipStream(bytes, limits: limits))
        var contents = Contents(archiveSize: bytes.size, limits: limits)
        while let entry = try reader.next() {
            guard let path = try path(of: entry, limits: limits) else { continue }
            try contents.add(path, size: entry.size)
            guard contents.isMetadata(path) else { continue }
            guard entry.kind == .file else { throw ArchiveError("\(ArchiveError.quoted(entry.name)) is a link") }
            contents.metadata = try reader.read(limit: limits.maxMetadataSize)
        }
        return try contents.finish()
    }

    /// The checked name of a tar's entry; nil for the archive's own root, which some tools list.
    private static func path(of entry: TarReader.Entry, limits: ArchiveLimits) throws(ArchiveError) -> ArchivePath? {
        var shown: String { ArchiveError.quoted(entry.name) }
        switch entry.kind {
        case .folder:
            if [Array(".".utf8), Array("./".utf8)].contains(entry.name) { return nil }
            return try ArchivePath(entry.name + [UInt8(ascii: "/")], limits: limits)
        case .other: throw ArchiveError("\(shown) is neither a file nor a folder")
        case .file, .symbolicLink, .hardLink: break
        }
        let path = try ArchivePath(entry.name, limits: limits)
        guard !path.isDirectory else { throw ArchiveError("\(shown) is a folder by its name, but a file") }
        guard entry.kind != .file else { return path }
        guard limits.allowsInnerLinks else {
            throw ArchiveError("\(shown) is a link; links are not accepted, put the file itself into the archive")
        }
        guard entry.kind.leadsInside(from: path) else {
            throw ArchiveError("\(shown) is a link that leads out of the archive")
        }
        return path
    }

    /// What was found so far.
    private struct Contents {
        let archiveSize: Int64
        let limits: ArchiveLimits
        var metadata: [UInt8]?
        private var paths: [ArchivePath] = []
        private var nameBytes = 0
        private var topFolder: Substring?
        private var uncompressedSize: Int64 = 0

        init(archiveSize: Int64, limits: ArchiveLimits) {
            self.archiveSize = archiveSize
            self.limits = limits
        }

        mutating func add(_ path: ArchivePath, size: Int64) throws(ArchiveError) {
            guard paths.count < limits.maxEntries else {
                throw ArchiveError("the archive has more than \(limits.maxEntries) entries")
            }
            nameBytes += path.text.utf8.count
            guard nameBytes <= limits.maxDirectorySize else {
                throw ArchiveError("the archive's names are longer than \(limits.maxDirectorySize) bytes together")
            }
            let top = path.text.prefix { $0 != "/" }
            guard path.isDirectory || top.utf8.count < path.text.utf8.count, topFolder == nil || topFolder == top else {
                throw ArchiveError(
                    "\(ArchiveError.quoted(path.text)) is not in the one top-level folder that a source distribution has"
                )
            }
            topFolder = top
            paths.append(path)
            let (sum, overflow) = uncompressedSize.addingReportingOverflow(max(0, size))
            uncompressedSize = overflow ? .max : sum
            try limits.checkSize(uncompressed: uncompressedSize, archiveSize: archiveSize)
        }

        func isMetadata(_ path: ArchivePath) -> Bool {
            guard let topFolder, !path.isDirectory else { return false }
            return path.text == topFolder + "/PKG-INFO"
        }

        func finish() throws(ArchiveError) -> SourceDistributionInspection {
            guard let topFolder else { throw ArchiveError("the archive is empty") }
            try ArchivePath.checkDistinct(paths, allowsRepeatedFolders: true)
            guard let metadata else {
                throw ArchiveError(
                    "the source distribution has no file '\(topFolder)/PKG-INFO'; build it with a current tool")
            }
            return SourceDistributionInspection(
                metadata: metadata, topFolder: String(topFolder), fileCount: paths.count { !$0.isDirectory },
                uncompressedSize: uncompressedSize)
        }
    }
}
