extension WheelArchive {
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
}
