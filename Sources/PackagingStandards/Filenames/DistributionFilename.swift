/// The file name of a distribution: a wheel or a source distribution as an index takes them (PEP 527, PEP 625, PEP 427),
/// or one of the older kinds that indexes still list.
public enum DistributionFilename: Hashable, Sendable {
    case wheel(WheelFilename)
    case sourceDistribution(SourceDistributionFilename)
    /// An older kind, which nobody can publish any more.
    case older(OlderFilename)

    /// Reads the name of a file that belongs to a project; nil if it is malformed, unsafe, or another project's.
    public init?(_ filename: String, project: NormalizedName) {
        if filename.utf8.last == UInt8(ascii: "l") {
            guard let wheel = WheelFilename(filename), wheel.name == project else { return nil }
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

    /// The key under which no index has two files.
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

    /// Whether it is a wheel's.
    public var isWheel: Bool {
        if case .wheel = self { true } else { false }
    }
}

extension DistributionFilename {
    /// The most bytes that a file name may have: with `.metadata` behind it, what every common file system holds.
    public static let maximumLength = 246

    /// Whether a file name can stand in a path, a URL, a header and a page as it is.
    ///
    /// Only ASCII letters, digits and `.`, `_`, `-`, `+` (local versions, and tags such as `py36+`) and `!` (epochs),
    /// first a letter or digit, at most ``maximumLength`` bytes. No name that a valid project name and a valid version
    /// make needs more. Path separators, `..`, control characters, white space, quotes, `%` and everything beyond
    /// ASCII, look-alikes with it, are out.
    public static func isSafe(_ filename: String) -> Bool {
        var filename = filename
        return filename.withUTF8 { isSafe(UnsafeRawBufferPointer($0)) }
    }

    static func isSafe(_ filename: ArraySlice<UInt8>) -> Bool {
        filename.withUnsafeBytes { isSafe($0) }
    }

    // Bytes where they are: a page has thousands of names.
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
    /// The most projects that one file name is taken to belong to.
    private static let maximumProjects = 8

    /// The projects that a file of this name may belong to, those with longer names first.
    ///
    /// A wheel names one. A source distribution names one for each hyphen that parts a valid name from a valid version:
    /// `foo-1.0-1.tar.gz` may be the version 1 of `foo-1-0`, or the version 1.0-1 of `foo`. So
    /// do those of older kinds. None if the name is no distribution's.
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
