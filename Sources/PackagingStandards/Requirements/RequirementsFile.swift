/// A `requirements.txt` as pip reads it, as far as it says which projects' files are wanted.
///
/// Environment markers are kept and not evaluated: everything listed is wanted by somebody. No file is opened: included
/// files are named in `inclusions`. What does not come from an index, or cannot be read, is in `remarks`. Their texts
/// contain no address, since an address may have a password in it.
public struct RequirementsFile: Sendable, Hashable {
    /// A project of which files are wanted.
    public struct Requirement: Sendable, Hashable {
        public var name: NormalizedName
        /// The extras as written.
        public var extras: [String]
        public var specifiers: SpecifierSet
        /// The environment marker (PEP 508) as written, without its semicolon.
        public var marker: String?
        /// The digests of which a file must have one; empty if any file is good.
        public var hashes: [SimpleFile.Digest]
        /// The line on which it begins, counted from 1.
        public var line: Int
    }

    /// Another file that this one includes.
    public struct Inclusion: Sendable, Hashable {
        /// The path as written, absolute or relative to this file's folder; may be an address.
        public var path: String
        /// Whether it only constrains versions (`-c`): what it lists is not wanted for itself.
        public var isConstraint: Bool
        /// Its line, counted from 1.
        public var line: Int
    }

    /// A remark for people about something that is not a requirement.
    public struct Remark: Sendable, Hashable, CustomStringConvertible {
        /// What the remark means for the result.
        public enum Kind: Sendable, Hashable {
            /// An option that does not matter here.
            case ignoredOption
            /// Something that is wanted, but does not come from an index.
            case notFromIndex
            /// A line that cannot be understood.
            case malformed
        }

        public var kind: Kind
        /// The line on which it begins, counted from 1.
        public var line: Int
        /// A sentence without the last full stop.
        public var text: String

        public var description: String { "line \(line): \(text)" }
    }

    /// In the order of the file.
    public private(set) var requirements: [Requirement] = []
    /// In the order of the file.
    public private(set) var inclusions: [Inclusion] = []
    /// In the order of the file.
    public private(set) var remarks: [Remark] = []

    /// Reads a file's bytes: UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it; nil for other encodings.
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
            remark(.notFromIndex, line, "an editable project does not come from an index: it cannot be fetched ahead")
        case "--hash":
            remark(.malformed, line, "--hash has no project before it")
        default:
            remark(.ignoredOption, line, "the option \(ShownText.quoted(option.name)) is ignored here")
        }
    }

    private mutating func readRequirement(_ line: RequirementsLine, hashes: [SimpleFile.Digest]) {
        let text = line.requirement
        if Self.isAddress(text) {
            remark(
                .notFromIndex, line.number,
                "a file at an address does not come from an index: it cannot be fetched ahead")
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
                "\(shown) comes from an address, not from an index: it cannot be fetched ahead")
            return
        }
        let parts = rest.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let specifiers = parts.first.map { Self.trimmed($0) } ?? ""
        if Self.isPath(text[..<(parts.first?.endIndex ?? nameEnd)]) {
            remark(
                .notFromIndex, line.number, "a file or folder does not come from an index: it cannot be fetched ahead")
            return
        }
        guard let requirement = ProjectRequirement("\(name) \(specifiers)") else {
            let shown = ShownText.quoted(text.utf8)
            remark(.malformed, line.number, "\(shown) is not a project with versions; write it as 'name==1.0'")
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

    /// Returns whether a line begins with a scheme, such as `https:` or `git+ssh:`.
    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(where: { !ASCII.isAlphanumeric($0) && $0 != UInt8(ascii: "+") }) else {
            return false
        }
        // One letter is a drive on Windows.
        return text[colon...].hasPrefix(":") && text.utf8.distance(from: text.startIndex, to: colon) > 1
    }

    /// Returns whether pip takes a text for a path: it has a slash, begins with a dot, or ends like an archive.
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

/// A line of a `requirements.txt`, without comments and with continuations joined: a requirement, and options after it.
private struct RequirementsLine {
    struct Malformed: Error {
        let reason: String
    }

    struct Option: Hashable {
        /// The name with its hyphens.
        var name: String
        var value: String?
    }

    /// The first line in the file that it is made of, counted from 1.
    let number: Int
    /// What precedes the first option.
    let requirement: String
    /// From the first option on.
    private let rest: String

    private init(number: Int, text: String) {
        self.number = number
        // As in pip, the first word with a hyphen at its start begins the options.
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        let end = words.firstIndex { $0.hasPrefix("-") } ?? words.endIndex
        requirement = words[..<end].joined(separator: " ")
        rest = words[end...].joined(separator: " ")
    }

    /// Returns the lines that are not blank.
    static func logicalLines(of text: String) -> [RequirementsLine] {
        var lines: [RequirementsLine] = []
        var joined = ""
        var first = 1
        var number = 0
        let physical = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for line in physical {
            number += 1
            if joined.isEmpty { first = number }
            let content = withoutComment(line)
            // A comment ends a continuation, even if the comment ends with a backslash.
            if content.endIndex == line.endIndex, content.hasSuffix("\\") {
                joined += content.dropLast()
                continue
            }
            add(joined + content, from: first, to: &lines)
            joined = ""
        }
        add(joined, from: first, to: &lines)
        return lines
    }

    private static func add(_ text: String, from number: Int, to lines: inout [RequirementsLine]) {
        let spaced = String(text.map { $0.isWhitespace ? " " : $0 })
        guard spaced.contains(where: { $0 != " " }) else { return }
        lines.append(RequirementsLine(number: number, text: spaced))
    }

    /// Removes a comment, which begins with a `#` at the line's start or after white space; others belong to addresses.
    private static func withoutComment(_ line: Substring) -> Substring {
        var isAfterSpace = true
        for index in line.indices {
            if line[index] == "#", isAfterSpace { return line[..<index] }
            isAfterSpace = line[index].isWhitespace
        }
        return line
    }

    // MARK: Options

    /// The options whose value may be the next word.
    private static let valued: Set<String> = [
        "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--pypi-url",
        "--extra-index-url", "-f", "--find-links", "--no-binary", "--only-binary", "--trusted-host", "--use-feature",
        "--hash", "--global-option", "--config-settings", "--config-setting", "-C", "--build-option",
        "--install-option",
    ]

    /// Returns the options in their order.
    func options() throws(Malformed) -> [Option] {
        var options: [Option] = []
        var words = try Self.words(of: rest)[...]
        while let word = words.popFirst() {
            var option = Option(name: word, value: nil)
            if word.hasPrefix("--"), let equals = word.firstIndex(of: "=") {
                option = Option(name: String(word[..<equals]), value: String(word[word.index(after: equals)...]))
            } else if !word.hasPrefix("--"), word.hasPrefix("-"), word.utf8.count > 2 {
                let end = word.index(word.startIndex, offsetBy: 2)
                option = Option(name: String(word[..<end]), value: String(word[end...]))
            } else if Self.valued.contains(word) {
                option.value = words.popFirst()
            }
            guard option.name.hasPrefix("-") else {
                throw Malformed(reason: "\(ShownText.quoted(word)) follows an option, but is not one")
            }
            options.append(option)
        }
        return options
    }

    /// Returns the digests of all `--hash` options.
    func hashes() throws(Malformed) -> [SimpleFile.Digest] {
        var hashes: [SimpleFile.Digest] = []
        for option in try options() where option.name == "--hash" {
            let parts = (option.value ?? "").lowercased().split(separator: ":", omittingEmptySubsequences: false)
            let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]
            guard parts.count == 2, let length = lengths[String(parts[0])], parts[1].utf8.count == length,
                parts[1].utf8.allSatisfy({ HexCoding.value(ofDigit: $0) != nil })
            else {
                throw Malformed(
                    reason: "--hash is not sha256, sha384 or sha512 with its hexadecimal digits, as 'sha256:…'")
            }
            let digest = SimpleFile.Digest(algorithm: String(parts[0]), hex: String(parts[1]))
            if !hashes.contains(digest) { hashes.append(digest) }
        }
        return hashes
    }

    /// Splits a command line into words: quotes keep spaces, and a backslash keeps the next character as it is.
    private static func words(of text: String) throws(Malformed) -> [String] {
        var words: [String] = []
        var word = ""
        // Two quotes with nothing between them are a word too.
        var isInWord = false
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                isInWord = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isInWord = true
            } else if character != " " {
                word.append(character)
                isInWord = true
            } else if isInWord {
                words.append(word)
                word = ""
                isInWord = false
            }
        }
        guard quote == nil, !isEscaped else { throw Malformed(reason: "a quote is not closed") }
        if isInWord { words.append(word) }
        return words
    }
}
