/// The file name of a distribution: a wheel or a source distribution, which an index accepts (PEP 427, 527, 625),
/// or one of the older kinds that indexes still list.
public enum DistributionFilename: Hashable, Sendable {
    case wheel(WheelFilename)
    case sourceDistribution(SourceDistributionFilename)
    /// An older kind, which can no longer be published.
    case older(OlderFilename)

    /// Reads the name of a file that belongs to a project; nil if it is malformed or unsafe, or belongs to another
    /// project.
    public init?(_ filename: String, project: NormalizedName) {
        if filename.utf8.last == UInt8(ascii: "l") {
            guard let wheel = WheelFilename(filename, project: project) else { return nil }
            self = .wheel(wheel)
        } else if let source = SourceDistributionFilename(filename, project: project) {
            self = .sourceDistribution(source)
        } else {
            guard let older = OlderFilename(filename, project: project) else { return nil }
            self = .older(older)
        }
    }

    /// The file name as written.
    public var filename: String {
        switch self {
        case .wheel(let wheel): wheel.filename
        case .sourceDistribution(let source): source.filename
        case .older(let older): older.filename
        }
    }

    /// The project's normalized name.
    public var name: NormalizedName {
        switch self {
        case .wheel(let wheel): wheel.name
        case .sourceDistribution(let source): source.name
        case .older(let older): older.name
        }
    }

    /// The version.
    public var version: Version {
        switch self {
        case .wheel(let wheel): wheel.version
        case .sourceDistribution(let source): source.version
        case .older(let older): older.version
        }
    }

    /// The version part as written.
    public var rawVersion: String {
        switch self {
        case .wheel(let wheel): wheel.rawVersion
        case .sourceDistribution(let source): source.rawVersion
        case .older(let older): older.rawVersion
        }
    }

    /// The file's key; no index has two files with one key.
    public var fileKey: FileKey {
        switch self {
        case .wheel(let wheel): FileKey(wheel)
        case .sourceDistribution(let source): FileKey(source)
        case .older(let older): FileKey(older)
        }
    }

    /// What the upload API calls the `filetype`: `bdist_wheel`, `sdist`, or that of an older kind.
    public var packageType: String {
        switch self {
        case .wheel: "bdist_wheel"
        case .sourceDistribution: "sdist"
        case .older(let older): older.packageType
        }
    }

    /// Whether the file is a wheel.
    public var isWheel: Bool {
        if case .wheel = self { true } else { false }
    }
}

extension DistributionFilename {
    /// The most bytes of a file name: with `.metadata` appended, every common file system takes it.
    public static let maximumLength = 246

    /// Returns whether a file name can be used as it is in a path, a URL, a header and a page.
    ///
    /// It may have at most ``maximumLength`` bytes: ASCII letters, digits and `.`, `_`, `-`, `+` (local versions, and
    /// tags such as `py36+`) and `!` (epochs), first a letter or digit. A valid project name and a valid version need
    /// no others. So there are no path separators, no `..`, control characters, white space, quotes or `%`, and nothing
    /// beyond ASCII, such as look-alikes.
    public static func isSafe(_ filename: String) -> Bool {
        var filename = filename
        return filename.withUTF8 { isSafe(UnsafeRawBufferPointer($0)) }
    }

    static func isSafe(_ filename: ArraySlice<UInt8>) -> Bool {
        filename.withUnsafeBytes { isSafe($0) }
    }

    // Copies nothing: a page has thousands of names.
    static func isSafe(_ filename: UnsafeRawBufferPointer) -> Bool {
        guard let first = filename.first, ASCII.isAlphanumeric(first), filename.count <= maximumLength else {
            return false
        }
        var position = 0
        while position < filename.count {
            if let word = ASCIIWord(filename, at: position), word.isPlain, !word.hasSlash {
                position += 8
                continue
            }
            let byte = filename[position]
            guard
                ASCII.isAlphanumeric(byte) || ASCII.isSeparator(byte) || byte == UInt8(ascii: "+")
                    || byte == UInt8(ascii: "!")
            else { return false }
            position += 1
        }
        return true
    }
}

extension DistributionFilename {
    /// The most projects that are returned for one file name.
    private static let maximumProjects = 8

    /// Returns the projects that a file of this name may belong to, longer names first.
    ///
    /// A wheel names one. A source distribution names one for each hyphen between a valid name and a valid version:
    /// `foo-1.0-1.tar.gz` may be version 1 of `foo-1-0`, or version 1.0-1 of `foo`. So do the older kinds. The result
    /// is empty if it is not the file name of a distribution.
    public static func possibleProjects(of filename: String) -> [NormalizedName] {
        if let wheel = WheelFilename(filename) { return [wheel.name] }
        var projects: [NormalizedName] = []
        let sources = SourceDistributionFilename.possibleProjects(of: filename)
        for project in sources.isEmpty ? OlderFilename.possibleProjects(of: filename) : sources
        where !projects.contains(project) {
            projects.append(project)
            if projects.count == maximumProjects { break }
        }
        return projects
    }
}
