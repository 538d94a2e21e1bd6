/// A `requirements.txt` as pip reads it, as far as it says which projects' files are wanted.
///
/// Environment markers are kept and not evaluated: all that is listed is wanted by somebody. Nothing is opened: files
/// that it includes are named in `inclusions`. What stands in it and can't be had from an index, or can't be read, is
/// in `remarks`, whose texts hold no address, as those may have passwords in them.
public struct RequirementsFile: Sendable, Hashable {
    /// A project of which files are wanted.
    public struct Requirement: Sendable, Hashable {
        public var name: NormalizedName
        /// As written.
        public var extras: [String]
        public var specifiers: SpecifierSet
        /// The environment marker (PEP 508) as written, without its semicolon.
        public var marker: String?
        /// The digests of which a file has to have one; empty if any file will do.
        public var hashes: [SimpleFile.Digest]
        /// The line on which it begins, from 1.
        public var line: Int
    }

    /// Another file that belongs to this one.
    public struct Inclusion: Sendable, Hashable {
        /// As written: relative to this file's folder, unless absolute; may be an address.
        public var path: String
        /// Whether it only narrows versions (`-c`), so that what it lists is not wanted for itself.
        public var isConstraint: Bool
        /// The line on which it stands, from 1.
        public var line: Int
    }

    /// Something that is not a requirement, for people.
    public struct Remark: Sendable, Hashable, CustomStringConvertible {
        /// What it means for the outcome.
        public enum Kind: Sendable, Hashable {
            /// An option that doesn't matter here.
            case ignoredOption
            /// A thing that is wanted, but that no index has.
            case notFromIndex
            /// A line that can't be understood.
            case malformed
        }

        public var kind: Kind
        /// The line on which it begins, from 1.
        public var line: Int
        /// A sentence without the last full stop.
        public var text: String

        public var description: String { "line \(line): \(text)" }
    }

    /// In the file's order.
    public private(set) var requirements: [Requirement] = []
    /// In the file's order.
    public private(set) var inclusions: [Inclusion] = []
    /// In the file's order.
    public private(set) var remarks: [Remark] = []

    /// Reads a file's bytes: UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it; nil for any other.
    public init?(parsing bytes: [UInt8]) {
        guard let text = Self.text(of: bytes) else { return nil }
        for line in RequirementsLine.logicalLines(of: text) { read(line) }
    }

    private static func text(of bytes: [UInt8]) -> String? {
        let isLittle = bytes.starts(with: [0xFF, 0xFE])
        if isLittle || bytes.starts(with: [0xFE, 0xFF]) {
            guard bytes.count.isMultiple(of: 2) else { return nil }
            let units = stride(from: 2, to: bytes.count, by: 2).map { index in
                let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
                return isLittle ? second << 8 | first : first << 8 | second
            }
            return String(validating: units, as: UTF16.self)
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return String(validating: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
    }
}

// MARK: Lines

extension RequirementsFile {
    private mutating func read(_ line: RequirementsLine) {
        let hashes: [SimpleFile.Digest]
        do throws(RequirementsLine.Malformed) {
            guard !line.requirement.isEmpty else {
                for option in try line.options() { take(option, at: line.number) }
                return
            }
            hashes = try line.hashes()
        } catch {
            remark(.malformed, line.number, error.reason)
            return
        }
        readRequirement(line, hashes: hashes)
    }

    private mutating func take(_ option: RequirementsLine.Option, at line: Int) {
        switch option.name {
        case "-r", "--requirement", "-c", "--constraint":
            guard let path = option.value, !path.isEmpty else {
                remark(.malformed, line, "\(option.name) names no file")
                return
            }
            let isConstraint = option.name == "-c" || option.name == "--constraint"
            inclusions.append(Inclusion(path: path, isConstraint: isConstraint, line: line))
        case "-e", "--editable":
            remark(.notFromIndex, line, "an editable project is not had from an index: it cannot be fetched ahead")
        case "--hash":
            remark(.malformed, line, "--hash stands without a project before it")
        default:
            remark(.ignoredOption, line, "the option \(ShownText.quoted(option.name)) is ignored here")
        }
    }

    private mutating func readRequirement(_ line: RequirementsLine, hashes: [SimpleFile.Digest]) {
        let text = line.requirement
        if Self.isAddress(text) {
            remark(
                .notFromIndex, line.number, "a file at an address is not had from an index: it cannot be fetched ahead")
            return
        }
        let nameEnd = text.utf8.firstIndex { !ASCII.isAlphanumeric($0) && !ASCII.isSeparator($0) } ?? text.endIndex
        let name = text[..<nameEnd]
        var rest = text[nameEnd...].drop { $0 == " " }
        var extras: [String] = []
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else {
                let shown = ShownText.quoted(name.utf8)
                remark(.malformed, line.number, "the extras of \(shown) are not closed with ']'")
                return
            }
            let list = rest[rest.index(after: rest.startIndex)..<close]
            extras = list.split(separator: ",").map { Self.trimmed($0) }.filter { !$0.isEmpty }
            rest = rest[rest.index(after: close)...].drop { $0 == " " }
        }
        if rest.first == "@", NormalizedName(name) != nil {
            let shown = ShownText.quoted(name.utf8)
            remark(
                .notFromIndex, line.number,
                "\(shown) is wanted from an address, not from an index: it cannot be fetched ahead")
            return
        }
        let parts = rest.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let specifiers = parts.first.map { Self.trimmed($0) } ?? ""
        if Self.isPath(text[..<(parts.first?.endIndex ?? nameEnd)]) {
            remark(.notFromIndex, line.number, "a file or folder is not had from an index: it cannot be fetched ahead")
            return
        }
        guard let requirement = ProjectRequirement("\(name) \(specifiers)") else {
            let shown = ShownText.quoted(text.utf8)
            remark(.malformed, line.number, "\(shown) is no project with versions; write it as 'name==1.0'")
            return
        }
        let marker = parts.count > 1 ? Self.trimmed(parts[1]) : ""
        requirements.append(
            Requirement(
                name: requirement.name, extras: extras, specifiers: requirement.specifiers,
                marker: marker.isEmpty ? nil : marker, hashes: hashes, line: line.number))
    }

    private mutating func remark(_ kind: Remark.Kind, _ line: Int, _ text: String) {
        remarks.append(Remark(kind: kind, line: line, text: text))
    }

    /// Whether a line begins with a scheme, such as `https:` or `git+ssh:`.
    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(where: { !ASCII.isAlphanumeric($0) && $0 != UInt8(ascii: "+") }) else {
            return false
        }
        // One letter is a disk of Windows.
        return text[colon...].hasPrefix(":") && text.utf8.distance(from: text.startIndex, to: colon) > 1
    }

    /// Whether pip takes this for a path: it has a slash, begins with a dot, or ends as an archive does.
    private static func isPath(_ text: Substring) -> Bool {
        if text.hasPrefix(".") || text.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
            return true
        }
        let lowercased = trimmed(text).lowercased()
        return [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"].contains { lowercased.hasSuffix($0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(decoding: Array(Whitespace.trimmed(ArraySlice(text.utf8))), as: UTF8.self)
    }
}
