/// A line of a `requirements.txt` without comments, continuations joined: what is required, and options behind it.
struct RequirementsLine {
    struct Malformed: Error {
        let reason: String
    }

    struct Option: Hashable {
        /// With its hyphens.
        var name: String
        var value: String?
    }

    /// The first of the lines that it is made of, from 1.
    let number: Int
    /// What stands before the first option.
    let requirement: String
    /// From the first option on.
    private let rest: String

    private init(number: Int, text: String) {
        self.number = number
        // As pip does it: what begins with a hyphen begins the options.
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        let end = words.firstIndex { $0.hasPrefix("-") } ?? words.endIndex
        requirement = words[..<end].joined(separator: " ")
        rest = words[end...].joined(separator: " ")
    }

    /// The lines that say something.
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
            // A comment ends a continuation, even one that ends with a backslash itself.
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

    /// A comment begins with a `#` at the line's start or behind white space; others belong to addresses.
    private static func withoutComment(_ line: Substring) -> Substring {
        var isAfterSpace = true
        for index in line.indices {
            if line[index] == "#", isAfterSpace { return line[..<index] }
            isAfterSpace = line[index].isWhitespace
        }
        return line
    }

    // MARK: Options

    /// Options whose value may be the next word.
    private static let valued: Set<String> = [
        "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--pypi-url",
        "--extra-index-url", "-f", "--find-links", "--no-binary", "--only-binary", "--trusted-host", "--use-feature",
        "--hash", "--global-option", "--config-settings", "--config-setting", "-C", "--build-option",
        "--install-option",
    ]

    /// The options in their order.
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
                throw Malformed(reason: "\(ShownText.quoted(word)) stands behind an option and is none")
            }
            options.append(option)
        }
        return options
    }

    /// The digests that `--hash` gives.
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

    /// The words of a command line: quotes keep spaces, a backslash takes the next character as it is.
    private static func words(of text: String) throws(Malformed) -> [String] {
        var words: [String] = []
        var word = ""
        // Two quotes with nothing between them are a word as well.
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
