/// The file name of a wheel (PEP 427), read as `packaging.utils.parse_wheel_filename` does:
/// `{name}-{version}[-{build}]-{python}-{abi}-{platform}.whl`.
///
/// It is stricter than `packaging`: it refuses unsafe characters (``DistributionFilename/isSafe(_:)``), invalid project
/// names (PEP 508) and empty tags, which only hostile names have.
public struct WheelFilename: Sendable {
    /// The file name as written; all else follows from it.
    public let filename: String
    /// The project's normalized name.
    public let name: NormalizedName
    /// The version.
    public let version: Version
    /// The build tag, if there is one.
    public let build: BuildTag?
    private let hyphens: Hyphens

    /// Where hyphens are in the name, which has at most ``DistributionFilename/maximumLength`` bytes.
    private struct Hyphens {
        let beforeVersion: UInt8
        let afterVersion: UInt8
        let beforePython: UInt8
        let beforeABI: UInt8
        let beforePlatform: UInt8
    }

    /// Reads a wheel's file name; nil if it is malformed or unsafe.
    public init?(_ filename: String) {
        self.init(filename, of: nil)
    }

    /// Reads the file name of a project's wheel; nil if it is malformed or unsafe, or belongs to another project.
    init?(_ filename: String, project: NormalizedName) {
        self.init(filename, of: project)
    }

    private init?(_ filename: String, of project: NormalizedName?) {
        var text = filename
        let parts = text.withUTF8 { Self.parts(of: UnsafeRawBufferPointer($0), project) }
        guard let (name, version, build, hyphens) = parts else { return nil }
        self.filename = filename
        self.name = name
        self.version = version
        self.build = build
        self.hyphens = hyphens
    }

    // Makes no text of what stays as it is written: a page has thousands of names.
    private static func parts(
        of filename: UnsafeRawBufferPointer, _ project: NormalizedName?
    ) -> (NormalizedName, Version, BuildTag?, Hyphens)? {
        guard DistributionFilename.isSafe(filename), filename.count > suffixLength else { return nil }
        let stem = filename[part: 0..<(filename.count - suffixLength)]
        func hyphen(behind other: Int) -> Int? { stem.firstIndex(of: ASCII.hyphen, from: other + 1) }
        guard filename[part: stem.count..<filename.count].isEqual(to: ".whl"),
            let first = hyphen(behind: -1), let second = hyphen(behind: first), let third = hyphen(behind: second),
            let fourth = hyphen(behind: third)
        else { return nil }
        let fifth = hyphen(behind: fourth)
        if let fifth, hyphen(behind: fifth) != nil { return nil }
        let (python, abi, platform) = fifth.map { (third, fourth, $0) } ?? (second, third, fourth)

        guard let name = Self.name(stem[part: 0..<first], project),
            let version = Version(bytes: stem[part: (first + 1)..<second]),
            isTagSet(stem[part: (python + 1)..<abi]), isTagSet(stem[part: (abi + 1)..<platform]),
            isTagSet(stem[part: (platform + 1)..<stem.count])
        else { return nil }
        var build: BuildTag?
        if python > second {
            build = BuildTag(bytes: stem[part: (second + 1)..<python])
            guard build != nil else { return nil }
        }
        let hyphens = Hyphens(
            beforeVersion: UInt8(first), afterVersion: UInt8(second), beforePython: UInt8(python),
            beforeABI: UInt8(abi), beforePlatform: UInt8(platform))
        return (name, version, build, hyphens)
    }

    private static let suffixLength = 4

    private static func name(_ part: UnsafeRawBufferPointer, _ project: NormalizedName?) -> NormalizedName? {
        var previous: UInt8 = 0
        for byte in part {
            if byte == ASCII.underscore, previous == ASCII.underscore { return nil }
            previous = byte
        }
        guard let project else { return NormalizedName(bytes: ArraySlice(part)) }
        return project.isSpelled(part) ? project : nil
    }

    /// Returns whether a part is a compressed tag set, in which no tag is empty.
    private static func isTagSet(_ part: UnsafeRawBufferPointer) -> Bool {
        var previous = ASCII.dot
        for byte in part {
            if byte == ASCII.dot, previous == ASCII.dot { return false }
            previous = byte
        }
        return previous != ASCII.dot
    }
}

extension WheelFilename: Hashable {
    public static func == (one: WheelFilename, other: WheelFilename) -> Bool {
        one.filename == other.filename
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(filename)
    }
}

extension WheelFilename {
    /// The name part as written.
    public var rawName: String { text(0, hyphens.beforeVersion) }

    /// The version part as written.
    public var rawVersion: String { text(hyphens.beforeVersion + 1, hyphens.afterVersion) }

    /// The Python tags as a compressed tag set in lowercase, such as `py2.py3`.
    var pythonTagSet: String { text(hyphens.beforePython + 1, hyphens.beforeABI).lowercased() }

    /// The ABI tags as a compressed tag set in lowercase.
    var abiTagSet: String { text(hyphens.beforeABI + 1, hyphens.beforePlatform).lowercased() }

    /// The platform tags as a compressed tag set in lowercase.
    var platformTagSet: String {
        text(hyphens.beforePlatform + 1, UInt8(filename.utf8.count - Self.suffixLength)).lowercased()
    }

    private func text(_ start: UInt8, _ end: UInt8) -> String {
        var filename = filename
        return filename.withUTF8 { String(decoding: $0[Int(start)..<Int(end)], as: UTF8.self) }
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
    fileprivate init?(bytes: UnsafeRawBufferPointer) {
        let end = bytes.firstIndex { !ASCII.isDigit($0) } ?? bytes.count
        guard end > 0 else { return nil }
        number = VersionNumber(digits: bytes[part: 0..<end])
        suffix = String(decoding: bytes[part: end..<bytes.count], as: UTF8.self)
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
