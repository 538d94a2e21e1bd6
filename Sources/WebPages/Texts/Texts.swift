/// A text that people read on a page, in each language.
///
/// In templates it is a part of the template: it may hold HTML and Mustache tags. In Swift it is plain text, with parts to
/// fill in as `{{name}}`.
struct Text: Sendable {
    let english: String
    let japanese: String

    init(en english: String, ja japanese: String) {
        self.english = english
        self.japanese = japanese
    }

    subscript(language: Language) -> String {
        switch language {
        case .english: english
        case .japanese: japanese
        }
    }
}

/// Names a text: what a page is about, a dot, and what the text says, such as `login.wrong`.
///
/// In Swift it is always written out, so that a test finds the keys that are missing and those that nothing uses.
struct TextKey: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    let description: String

    init(stringLiteral text: String) {
        description = text
    }
}

/// All texts of the pages.
enum Texts {
    /// The texts of each group of pages, in files of their own.
    static let groups: [[String: Text]] = [
        layout, failures, forms, home, search, projects, publish, signIn, account, links, setup, ownAccount, managing,
        people, server,
    ]

    private static let all: [String: Text] = groups.reduce(into: [:]) { all, group in
        all.merge(group) { first, _ in first }
    }

    /// The keys of all texts.
    static var keys: Set<String> { Set(all.keys) }

    /// Returns a text with its parts filled in. A missing key, which a test finds, gives itself.
    static func text(_ key: TextKey, in language: Language, _ parts: [String: String] = [:]) -> String {
        guard let text = all[key.description]?[language] else { return key.description }
        return parts.isEmpty ? text : fill(text, parts)
    }

    /// Puts the texts of a language into the source of a template, in place of their keys: `[[login.title]]`.
    ///
    /// - Parameters:
    ///   - template: The source.
    ///   - language: The language.
    /// - Returns: The source with texts.
    /// - Throws: `MissingText` for a key without a text.
    static func resolve(_ template: String, in language: Language) throws -> String {
        var result = ""
        var rest = template[...]
        while let start = rest.firstRange(of: "[["), let end = rest[start.upperBound...].firstRange(of: "]]") {
            let key = String(rest[start.upperBound..<end.lowerBound])
            guard let text = all[key] else { throw MissingText(key: key) }
            result += rest[..<start.lowerBound]
            result += text[language]
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    /// Fills parts in, in one pass: what is filled in is not looked at again.
    private static func fill(_ text: String, _ parts: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "{{"), let end = rest[start.upperBound...].firstRange(of: "}}") {
            result += rest[..<start.lowerBound]
            result += parts[String(rest[start.upperBound..<end.lowerBound])] ?? ""
            rest = rest[end.upperBound...]
        }
        return result + rest
    }
}

/// A template names a text that there is not.
struct MissingText: Error, CustomStringConvertible {
    let key: String

    var description: String { "A template of the pages names the text \(key), which does not exist." }
}
