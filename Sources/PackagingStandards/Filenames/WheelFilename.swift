/// The file name of a wheel (PEP 427), read as `packaging.utils.parse_wheel_filename` does:
/// `{name}-{version}[-{build}]-{python}-{abi}-{platform}.whl`.
///
/// It is stricter than `packaging`: it refuses unsafe characters (``DistributionFilename/isSafe(_:)``), invalid project
/// names (PEP 508) and empty tags, which only hostile names have.
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
    /// The build tag, if there is one.
    public let build: BuildTag?
    /// The Python tags as a compressed tag set in lowercase, such as `py2.py3`.
    let pythonTagSet: String
    /// The ABI tags as a compressed tag set in lowercase.
    let abiTagSet: String
    /// The platform tags as a compressed tag set in lowercase.
    let platformTagSet: String

    /// Reads a wheel's file name; nil if it is malformed or unsafe.
    public init?(_ filename: String) {
        let bytes = ArraySlice(filename.utf8)
        guard DistributionFilename.isSafe(bytes), bytes.hasSuffix(".whl") else { return nil }
        let stem = bytes.dropLast(4)
        let hyphens = stem.indices.filter { stem[$0] == ASCII.hyphen }
        guard hyphens.count == 4 || hyphens.count == 5 else { return nil }

        let namePart = stem[..<hyphens[0]]
        guard !Self.hasDoubleUnderscore(namePart), let name = NormalizedName(bytes: namePart) else { return nil }
        let versionPart = stem[(hyphens[0] + 1)..<hyphens[1]]
        guard let version = Version(bytes: versionPart) else { return nil }
        if hyphens.count == 5 {
            guard let build = BuildTag(bytes: stem[(hyphens[1] + 1)..<hyphens[2]]) else { return nil }
            self.build = build
        } else {
            build = nil
        }
        let (first, second, third) = (hyphens.count - 3, hyphens.count - 2, hyphens.count - 1)
        guard let python = Self.tagSet(stem[(hyphens[first] + 1)..<hyphens[second]]),
            let abi = Self.tagSet(stem[(hyphens[second] + 1)..<hyphens[third]]),
            let platform = Self.tagSet(stem[(hyphens[third] + 1)...])
        else { return nil }

        self.filename = filename
        self.name = name
        self.version = version
        rawName = String(decoding: namePart, as: UTF8.self)
        rawVersion = String(decoding: versionPart, as: UTF8.self)
        pythonTagSet = python
        abiTagSet = abi
        platformTagSet = platform
    }

    private static func hasDoubleUnderscore(_ name: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in name {
            if byte == ASCII.underscore, previous == ASCII.underscore { return true }
            previous = byte
        }
        return false
    }

    /// Returns a compressed tag set in lowercase, such as `py2.py3`, or nil if a tag is empty.
    private static func tagSet(_ part: ArraySlice<UInt8>) -> String? {
        var previous = ASCII.dot
        var isLowercase = true
        for byte in part {
            if byte == ASCII.dot, previous == ASCII.dot { return nil }
            isLowercase = isLowercase && ASCII.lowercased(byte) == byte
            previous = byte
        }
        guard previous != ASCII.dot else { return nil }
        return isLowercase ? String(decoding: part, as: UTF8.self) : ASCII.lowercasedText(part)
    }
}

extension WheelFilename {
    /// The Python tags in lowercase, in the order written.
    public var pythonTags: [String] { pythonTagSet.split(separator: ".").map(String.init) }

    /// The ABI tags in lowercase, in the order written.
    public var abiTags: [String] { abiTagSet.split(separator: ".").map(String.init) }

    /// The platform tags in lowercase, in the order written.
    public var platformTags: [String] { platformTagSet.split(separator: ".").map(String.init) }

    /// The single tags that the compressed tag sets stand for (PEP 425), sorted, each once.
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
}

extension ArraySlice<UInt8> {
    func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        return text.withUTF8Buffer { suffix(length).elementsEqual($0) }
    }
}

/// The build tag of a wheel (PEP 427), which decides between wheels of one version: a number, and perhaps a suffix.
///
/// Tags are ordered by number, then by the bytes of the suffix. `01` and `1` are the same tag.
public struct BuildTag: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The digits that the tag starts with.
    public let number: VersionNumber
    /// What follows the digits, as written; usually empty.
    public let suffix: String

    /// Reads a tag; nil if it does not start with a digit.
    fileprivate init?(bytes: ArraySlice<UInt8>) {
        let digits = bytes.prefix(while: ASCII.isDigit)
        guard !digits.isEmpty else { return nil }
        number = VersionNumber(digits: digits)
        suffix = String(decoding: bytes.dropFirst(digits.count), as: UTF8.self)
    }

    /// The number without leading zeros, and the suffix.
    public var description: String { number.description + suffix }

    public static func < (left: BuildTag, right: BuildTag) -> Bool {
        left.number == right.number ? left.suffix < right.suffix : left.number < right.number
    }
}

/// One compatibility tag of a wheel (PEP 425), such as `cp313-cp313-manylinux_2_28_x86_64`.
public struct WheelTag: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The Python tag, such as `cp313`, in lowercase.
    public let python: String
    /// The ABI tag, such as `abi3`, in lowercase.
    public let abi: String
    /// The platform tag, such as `win_amd64`, in lowercase.
    public let platform: String

    /// The three joined by `-`.
    public var description: String { "\(python)-\(abi)-\(platform)" }

    public static func < (left: WheelTag, right: WheelTag) -> Bool {
        (left.python, left.abi, left.platform) < (right.python, right.abi, right.platform)
    }
}
