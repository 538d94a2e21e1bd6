/// A file of AWS's tools with sections of settings: `~/.aws/credentials` or `~/.aws/config`.
///
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
struct ProfileFile: Sendable {
    /// Which of the two files it is: they name sections differently.
    enum Kind: Sendable {
        /// `[name]`
        case credentials
        /// `[profile name]`, and `[default]`
        case config
    }

    private var profiles: [String: [String: String]] = [:]

    /// Reads the text; lines that mean nothing are passed over, as AWS's tools do. Indented lines belong to the setting
    /// above them, of which none is read here.
    init(_ text: String, kind: Kind) {
        var section: String?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, first != "#", first != ";", !first.isWhitespace else { continue }
            if first == "[" {
                section = line.firstIndex(of: "]").flatMap {
                    Self.profile(named: Self.trimmed(line[line.index(after: line.startIndex)..<$0]), kind)
                }
                if let section, profiles[section] == nil { profiles[section] = [:] }
                continue
            }
            guard let section, let sign = line.firstIndex(of: "=") else { continue }
            var value = line[line.index(after: sign)...]
            // A comment after a value begins with a space.
            for mark in [" #", " ;", "\t#", "\t;"] {
                if let end = value.firstRange(of: mark)?.lowerBound { value = value[..<end] }
            }
            profiles[section]?[Self.trimmed(line[..<sign]).lowercased()] = Self.trimmed(value)
        }
    }

    /// Returns the settings of a profile, or nil if there is none of that name.
    subscript(_ profile: String) -> [String: String]? {
        profiles[profile]
    }

    private static func profile(named name: String, _ kind: Kind) -> String? {
        guard kind == .config, name != "default" else { return name }
        guard name.hasPrefix("profile"), let space = name.firstIndex(where: \.isWhitespace) else { return nil }
        return trimmed(name[space...])
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
