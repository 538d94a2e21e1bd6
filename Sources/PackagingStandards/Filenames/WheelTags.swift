/// The tags of a wheel's name, each read so that it can be said in words (PEP 425, 600, 656, 703).
public struct WheelTags: Hashable, Sendable {
    /// What runs the wheel's code.
    public enum Interpreter: Hashable, Sendable {
        /// Any implementation of a version, such as `py3` or `py38`.
        case any(version: String)
        case cpython(version: String)
        case pypy(version: String)
        case other(tag: String)
    }

    /// What of the interpreter's binary interface the wheel needs.
    public enum ABI: Hashable, Sendable {
        /// None: its code is Python's alone.
        case none
        /// CPython's stable one, with which later versions work, too.
        case stable
        /// The one of this version of CPython.
        case cpython(version: String)
        /// The one of this version of CPython that runs without the global lock.
        case freeThreaded(version: String)
        case other(tag: String)
    }

    /// Where it runs.
    public enum Platform: Hashable, Sendable {
        case any
        /// Linux with at least this version of glibc, such as `2.17`; nil for any.
        case linux(glibc: String?, machine: String)
        /// Linux with at least this version of musl, such as `1.2`.
        case musl(version: String, machine: String)
        case macOS(version: String, machine: String)
        case windows(machine: String)
        case other(tag: String)
    }

    /// In the order of the name, each once.
    public let interpreters: [Interpreter]
    public let abis: [ABI]
    public let platforms: [Platform]
    /// As the name has them, in lowercase: `cp39`, `abi3`, `manylinux_2_17_x86_64`.
    public let pythonTags: [String]
    public let abiTags: [String]
    public let platformTags: [String]

    public init(_ name: WheelFilename) {
        pythonTags = name.pythonTags
        abiTags = name.abiTags
        platformTags = name.platformTags
        interpreters = Self.distinct(pythonTags.map(Interpreter.init))
        abis = Self.distinct(abiTags.map(ABI.init))
        platforms = Self.distinct(platformTags.map(Platform.init))
    }

    private static func distinct<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return elements.filter { seen.insert($0).inserted }
    }

    /// Returns the version in digits without dots: `3.13` for `313`, `2` for `2`; nil if there is more than digits.
    fileprivate static func version(_ digits: Substring) -> String? {
        guard let major = digits.first, digits.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return digits.count == 1 ? String(major) : "\(major).\(digits.dropFirst())"
    }
}

extension WheelTags.Interpreter {
    fileprivate init(tag: String) {
        guard let version = WheelTags.version(tag.dropFirst(2)) else {
            self = .other(tag: tag)
            return
        }
        switch tag.prefix(2) {
        case "py": self = .any(version: version)
        case "cp": self = .cpython(version: version)
        case "pp": self = .pypy(version: version)
        default: self = .other(tag: tag)
        }
    }
}

extension WheelTags.ABI {
    fileprivate init(tag: String) {
        switch tag {
        case "none": self = .none
        case "abi3": self = .stable
        default:
            let digits = tag.dropFirst(2).prefix { $0.isASCII && $0.isNumber }
            let flags = tag.dropFirst(2 + digits.count)
            guard tag.hasPrefix("cp"), let version = WheelTags.version(digits) else {
                self = .other(tag: tag)
                return
            }
            switch flags {
            case "t": self = .freeThreaded(version: version)
            case "", "m", "mu": self = .cpython(version: version)
            default: self = .other(tag: tag)
            }
        }
    }
}

extension WheelTags.Platform {
    fileprivate init(tag: String) {
        if tag == "any" {
            self = .any
        } else if tag.hasPrefix("manylinux_"), let (version, machine) = Self.versioned(tag.dropFirst(10)) {
            self = .linux(glibc: version, machine: machine)
        } else if let alias = Self.aliases.first(where: { tag.hasPrefix($0.prefix) }) {
            // PEP 600 says what the older names mean.
            self = .linux(glibc: alias.glibc, machine: String(tag.dropFirst(alias.prefix.count)))
        } else if tag.hasPrefix("musllinux_"), let (version, machine) = Self.versioned(tag.dropFirst(10)) {
            self = .musl(version: version, machine: machine)
        } else if tag.hasPrefix("linux_") {
            self = .linux(glibc: nil, machine: String(tag.dropFirst(6)))
        } else if tag.hasPrefix("macosx_"), let (version, machine) = Self.versioned(tag.dropFirst(7)) {
            self = .macOS(version: version, machine: machine)
        } else if tag == "win32" {
            self = .windows(machine: "x86")
        } else if tag.hasPrefix("win_") {
            self = .windows(machine: String(tag.dropFirst(4)))
        } else {
            self = .other(tag: tag)
        }
    }

    private static let aliases = [
        (prefix: "manylinux1_", glibc: "2.5"), (prefix: "manylinux2010_", glibc: "2.12"),
        (prefix: "manylinux2014_", glibc: "2.17"),
    ]

    /// Reads `2_17_x86_64`.
    private static func versioned(_ text: Substring) -> (version: String, machine: String)? {
        let parts = text.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[..<2].allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(ASCII.isDigit) }),
            !parts[2].isEmpty
        else { return nil }
        return ("\(parts[0]).\(parts[1])", String(parts[2]))
    }
}
