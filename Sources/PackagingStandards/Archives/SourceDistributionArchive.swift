/// The check of a source distribution from end to end.
public enum SourceDistributionArchive {
    /// Reads the whole archive, in which everything must be in one top-level folder with a PKG-INFO.
    ///
    /// Links in a tar may lead to other places in that folder (PEP 721). If PKG-INFO is one, the archive is read a
    /// second time. It refuses links that lead out, or through which members are written, links in a ZIP archive,
    /// devices, unsafe or duplicate names, damage, and more than `limits` allow. Takes about 1 MiB of memory besides
    /// the names.
    ///
    /// - Parameters:
    ///   - bytes: the archive.
    ///   - format: the format by its file name.
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
        try contents.checkNames()
        return try contents.finish()
    }

    private static func inspectTar(
        _ bytes: any RandomAccessBytes, limits: ArchiveLimits
    ) throws(ArchiveError) -> SourceDistributionInspection {
        let reader = try TarReader(bytes, limits: limits)
        var contents = Contents(archiveSize: bytes.size, limits: limits)
        var links = ArchiveLinks()
        var linkedMetadata: String?
        while let entry = try reader.next() {
            guard let path = try path(of: entry, limits: limits) else { continue }
            try contents.add(path, size: entry.size)
            switch entry.kind {
            case .symbolicLink(let target): try links.add(symbolic: path, target: target, limits: limits)
            case .hardLink(let target): try links.add(hard: path, target: target, limits: limits)
            case .file: links.add(file: path)
            case .folder, .other: break
            }
            guard contents.isMetadata(path) else { continue }
            if entry.kind == .file {
                contents.metadata = try reader.read(limit: limits.maxMetadataSize)
            } else {
                linkedMetadata = path.text
            }
        }
        try contents.checkNames()
        try links.check()
        if let linkedMetadata {
            contents.metadata = try content(of: links.file(at: linkedMetadata), inTar: bytes, limits: limits)
        }
        return try contents.finish()
    }

    /// Returns the bytes of one file of a tar that has been checked.
    private static func content(
        of wanted: String, inTar bytes: any RandomAccessBytes, limits: ArchiveLimits
    ) throws(ArchiveError) -> [UInt8] {
        let reader = try TarReader(bytes, limits: limits)
        while let entry = try reader.next() {
            guard entry.kind == .file, try path(of: entry, limits: limits)?.text == wanted else { continue }
            return try reader.read(limit: limits.maxMetadataSize)
        }
        throw ArchiveError("PKG-INFO is a link to \(ShownText.quoted(wanted)), which is not a file of the archive")
    }

    /// Returns the checked name of a tar's entry, or nil for the archive's own root, which some tools list.
    private static func path(of entry: TarReader.Entry, limits: ArchiveLimits) throws(ArchiveError) -> ArchivePath? {
        var shown: String { ShownText.quoted(entry.name) }
        switch entry.kind {
        case .folder:
            if [Array(".".utf8), Array("./".utf8)].contains(entry.name) { return nil }
            return try ArchivePath(entry.name + [UInt8(ascii: "/")], limits: limits)
        case .other: throw ArchiveError("\(shown) is neither a file nor a folder")
        case .file, .symbolicLink, .hardLink: break
        }
        let path = try ArchivePath(entry.name, limits: limits)
        guard !path.isDirectory else { throw ArchiveError("\(shown) is a folder by its name, but a file") }
        return path
    }

    /// What has been found so far.
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
                    "\(ShownText.quoted(path.text)) is not in the one top-level folder that a source distribution has"
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

        func checkNames() throws(ArchiveError) {
            try ArchivePath.checkDistinct(paths, allowsRepeatedFolders: true)
        }

        func finish() throws(ArchiveError) -> SourceDistributionInspection {
            guard let topFolder else { throw ArchiveError("the archive is empty") }
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

/// What a checked source distribution says of itself.
public struct SourceDistributionInspection: Sendable, Hashable {
    /// The top-level folder's PKG-INFO, byte for byte.
    public let metadata: [UInt8]
    /// The top-level folder's name: `{name}-{version}` if a current tool built it.
    public let topFolder: String
    /// How many files there are, without folders.
    public let fileCount: Int
    /// The bytes of all files together, unpacked.
    public let uncompressedSize: Int64
}
