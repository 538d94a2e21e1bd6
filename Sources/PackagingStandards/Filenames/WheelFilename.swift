/// The file name of a wheel (PEP 427), read as `packaging.utils.parse_wheel_filename` does:
/// `{name}-{version}[-{build}]-{python}-{abi}-{platform}.whl`.
///
/// Stricter than `packaging` in what only hostile names have: unsafe characters (``DistributionFilename/isSafe(_:)``),
/// a name that is no valid project name (PEP 508), and empty tags.
public struct WheelFilename: Hashable, Sendable {
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
    /// The build tag, where there is one.
    public let build: BuildTag?
    /// The Python tags in lowercase, in the order written.
    public let pythonTags: [String]
    /// The ABI tags in lowercase, in the order written.
    public let abiTags: [String]
    /// The platform tags in lowercase, in the order written.
    public let platformTags: [String]

    /// Reads a wheel's file name; nil where it is malformed or unsafe.
    public init?(_ filename: String) {
        let bytes = ArraySlice(filename.utf8)
        guard DistributionFilename.isSafe(bytes), bytes.hasSuffix(".whl") else { return nil }
        let parts = bytes.dropLast(4).split(separator: ASCII.hyphen, omittingEmptySubsequences: false)
        guard parts.count == 5 || parts.count == 6 else { return nil }

        guard !Self.hasDoubleUnderscore(parts[0]), let name = NormalizedName(bytes: parts[0]) else { return nil }
        guard let version = Version(bytes: parts[1]) else { return nil }
        if parts.count == 6 {
            guard let build = BuildTag(bytes: parts[2]) else { return nil }
            self.build = build
        } else {
            build = nil
        }
        let tags = parts.suffix(3).map(Self.tagSet)
        guard let python = tags[0], let abi = tags[1], let platform = tags[2] else { return nil }

        self.filename = filename
        self.name = name
        self.version = version
        rawName = String(decoding: parts[0], as: UTF8.self)
        rawVersion = String(decoding: parts[1], as: UTF8.self)
        pythonTags = python
        abiTags = abi
        platformTags = platform
    }

    /// All single tags that the compressed tag sets stand for (PEP 425), sorted, each once.
    public var tags: [WheelTag] {
        var expanded: Set<WheelTag> = []
        for python in pythonTags {
            for abi in abiTags {
                for platform in platformTags {
                    expanded.insert(WheelTag(python: python, abi: abi, platform: platform))
                }
            }
        }
        return expanded.sorted()
    }

    private static func hasDoubleUnderscore(_ name: ArraySlice<UInt8>) -> Bool {
        zip(name, name.dropFirst()).contains { $0 == ASCII.underscore && $1 == ASCII.underscore }
    }

    /// The tags of one compressed set, such as `py2.py3`; nil where one is empty.
    private static func tagSet(_ part: ArraySlice<UInt8>) -> [String]? {
        let tags = part.split(separator: ASCII.dot, omittingEmptySubsequences: false)
        return tags.contains(where: \.isEmpty) ? nil : tags.map(ASCII.lowercasedText)
    }
}

extension ArraySlice<UInt8> {
    func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        return text.withUTF8Buffer { suffix(length).elementsEqual($0) }
    }
}
