/// The file name of a distribution of a kind that indexes no longer accept but still list: source distributions in
/// other archive formats, eggs, installers, and "dumb" archives (PEP 527).
///
/// It says which project and version the file belongs to, and nothing else.
public struct OlderFilename: Hashable, Sendable {
    /// The file name as written.
    public let filename: String
    /// The project's normalized name.
    public let name: NormalizedName
    /// The version.
    public let version: Version
    /// The version part as written.
    public let rawVersion: String
    /// What the upload API calls the `filetype`, such as `bdist_egg`.
    public let packageType: String

    /// What each suffix stands for. An archive in a current format is "dumb" if a platform follows the version.
    private static let packageTypes: [(suffix: StaticString, packageType: String)] = [
        (".tar.bz2", "sdist"), (".tgz", "sdist"), (".tbz", "sdist"), (".tar.xz", "sdist"), (".tar.z", "sdist"),
        (".tar.lzma", "sdist"), (".tar", "sdist"),
        (".egg", "bdist_egg"), (".exe", "bdist_wininst"), (".msi", "bdist_msi"), (".rpm", "bdist_rpm"),
        (".deb", "bdist_deb"), (".dmg", "bdist_dmg"), (".tar.gz", "bdist_dumb"), (".zip", "bdist_dumb"),
    ]

    /// Reads the name of a file that belongs to a project; nil if it is unsafe or of no known kind, belongs to another
    /// project, or has no version after the project's name.
    public init?(_ filename: String, project: NormalizedName) {
        guard let (stem, packageType) = Self.stem(of: ArraySlice(filename.utf8)) else { return nil }
        for hyphen in stem.indices.dropFirst(project.description.utf8.count) where stem[hyphen] == ASCII.hyphen {
            guard NormalizedName(bytes: stem[..<hyphen]) == project,
                let (version, raw) = Self.version(in: stem[(hyphen + 1)...], packageType)
            else { continue }
            self.filename = filename
            self.name = project
            self.version = version
            self.rawVersion = raw
            self.packageType = packageType
            return
        }
        return nil
    }

    /// Returns the projects that a file of this name may belong to, longer names first.
    static func possibleProjects(of filename: String) -> [NormalizedName] {
        guard let (stem, packageType) = stem(of: ArraySlice(filename.utf8)) else { return [] }
        return stem.indices.reversed().compactMap { hyphen in
            guard stem[hyphen] == ASCII.hyphen, version(in: stem[(hyphen + 1)...], packageType) != nil else {
                return nil
            }
            return NormalizedName(bytes: stem[..<hyphen])
        }
    }

    private static func stem(of filename: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, packageType: String)? {
        guard DistributionFilename.isSafe(filename) else { return nil }
        for (suffix, packageType) in packageTypes {
            let length = suffix.utf8CodeUnitCount
            guard filename.count > length else { continue }
            let isSuffix = filename.suffix(length).withUnsafeBytes { $0.isEqualIgnoringCase(to: suffix) }
            if isSuffix { return (filename.dropLast(length), packageType) }
        }
        return nil
    }

    /// Returns the longest version that follows the project's name, up to a separator or the end.
    private static func version(in text: ArraySlice<UInt8>, _ packageType: String) -> (Version, raw: String)? {
        guard text.first.map(ASCII.isAlphanumeric) == true else { return nil }
        var end = text.endIndex
        if packageType == "bdist_rpm", let hyphen = text.lastIndex(of: ASCII.hyphen) {
            // `1.0-1.noarch`: the last hyphen begins the release of the package, which is not part of the version.
            end = hyphen
        }
        // Eggs write a version's hyphens as underscores.
        let isEgg = packageType == "bdist_egg"
        while end > text.startIndex {
            let raw = isEgg ? ArraySlice(text[..<end].map { $0 == ASCII.underscore ? ASCII.hyphen : $0 }) : text[..<end]
            if let version = Version(bytes: raw) { return (version, String(decoding: raw, as: UTF8.self)) }
            guard let separator = text[..<end].lastIndex(where: ASCII.isSeparator) else { return nil }
            end = separator
        }
        return nil
    }
}
