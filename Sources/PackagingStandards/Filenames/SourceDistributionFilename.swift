/// The file name of a source distribution: `{name}-{version}.tar.gz` (PEP 625), or the older `.zip` (PEP 527).
public struct SourceDistributionFilename: Hashable, Sendable {
    /// An archive format that an index accepts.
    public enum Format: String, Sendable, CaseIterable {
        case tarGz = "tar.gz"
        case zip
    }

    /// The file name as written.
    public let filename: String
    /// The project's normalized name.
    public let name: NormalizedName
    /// The name part as written.
    public let rawName: String
    /// The version.
    public let version: Version
    /// The version part as written.
    public let rawVersion: String
    /// The archive format.
    public let format: Format

    /// Reads an unambiguous name, in which the last hyphen is between name and version, as
    /// `packaging.utils.parse_sdist_filename` does; nil if it is malformed or unsafe.
    public init?(_ filename: String) {
        let bytes = ArraySlice(filename.utf8)
        guard let (stem, format) = Self.stemAndFormat(of: bytes) else { return nil }
        guard let hyphen = stem.lastIndex(of: ASCII.hyphen), let name = NormalizedName(bytes: stem[..<hyphen]) else {
            return nil
        }
        self.init(filename: filename, stem: stem, hyphen: hyphen, name: name, format: format)
    }

    /// Reads the name of a file that belongs to a project, also an old name whose version has hyphens, such as
    /// `foo-bar-1.0-beta.tar.gz`; nil if it is malformed or unsafe, or belongs to another project.
    public init?(_ filename: String, project: NormalizedName) {
        let bytes = ArraySlice(filename.utf8)
        guard let (stem, format) = Self.stemAndFormat(of: bytes) else { return nil }
        // The name is at least as long as its normalized form, so that most hyphens need no comparison.
        for hyphen in stem.indices.dropFirst(project.description.utf8.count) where stem[hyphen] == ASCII.hyphen {
            guard NormalizedName(bytes: stem[..<hyphen]) == project else { continue }
            self.init(filename: filename, stem: stem, hyphen: hyphen, name: project, format: format)
            return
        }
        return nil
    }

    /// Returns the projects that a file of this name may belong to, longer names first; one may come twice.
    static func possibleProjects(of filename: String) -> [NormalizedName] {
        guard let (stem, _) = stemAndFormat(of: ArraySlice(filename.utf8)) else { return [] }
        return stem.indices.reversed().compactMap { hyphen in
            guard stem[hyphen] == ASCII.hyphen, Version(bytes: stem[(hyphen + 1)...]) != nil else { return nil }
            return NormalizedName(bytes: stem[..<hyphen])
        }
    }

    private init?(
        filename: String, stem: ArraySlice<UInt8>, hyphen: Int, name: NormalizedName, format: Format
    ) {
        let versionPart = stem[(hyphen + 1)...]
        guard let version = Version(bytes: versionPart) else { return nil }
        self.filename = filename
        self.name = name
        self.version = version
        self.format = format
        rawName = String(decoding: stem[..<hyphen], as: UTF8.self)
        rawVersion = String(decoding: versionPart, as: UTF8.self)
    }

    private static func stemAndFormat(of filename: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Format)? {
        guard DistributionFilename.isSafe(filename) else { return nil }
        if filename.hasSuffix(".tar.gz") { return (filename.dropLast(7), .tarGz) }
        if filename.hasSuffix(".zip") { return (filename.dropLast(4), .zip) }
        return nil
    }
}
