import Foundation
import Testing

@testable import WebPages

@Suite("The texts of the pages")
struct TextsTests {
    /// The sources of the pages, without the texts themselves.
    private static func sources() throws -> [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/WebPages")
            .standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" && !$0.lastPathComponent.hasPrefix("Texts") }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }

    /// The keys that templates name, and those that stand in Swift: a quoted text that begins as keys do. (A template that
    /// names any other does not compile.)
    private static func used() throws -> Set<String> {
        let groups = Set(Texts.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
        var used: Set<String> = []
        for source in try sources() {
            for match in source.matches(of: /(?:"|\[\[)([a-z]+)((?:\.[A-Za-z0-9-]+)+)(?:"|\]\])/)
            where groups.contains(String(match.1)) {
                used.insert(String(match.1 + match.2))
            }
        }
        return used
    }

    @Test("are all there, and all used")
    func keys() throws {
        let used = try Self.used()
        #expect(used.subtracting(Texts.keys).sorted() == [], "missing")
        #expect(Texts.keys.subtracting(used).sorted() == [], "unused")
        #expect(Texts.groups.map(\.count).reduce(0, +) == Texts.keys.count, "in two groups")
    }

    @Test("say something in each language, with the same tags and parts to fill in", arguments: Texts.groups)
    func languages(group: [String: Text]) {
        for (key, text) in group {
            for language in Language.allCases {
                #expect(!text[language].isEmpty, "\(key)")
                #expect(!text[language].contains("[["), "\(key)")
            }
            let parts = Language.allCases.map { language in
                text[language].matches(of: /\{\{[^}]+\}\}|<\/?[a-z]+/).map { String($0.0) }.sorted()
            }
            #expect(parts[0] == parts[1], "\(key)")
        }
    }

    @Test("stand in templates in place of their keys")
    func resolving() throws {
        #expect(try Texts.resolve("<p>[[layout.copy]]</p>[x]", in: .english) == "<p>Copy</p>[x]")
        #expect(try Texts.resolve("<p>[[layout.copy]]</p>", in: .japanese) == "<p>コピー</p>")
        #expect(throws: MissingText.self) { try Texts.resolve("[[layout.nothing]]", in: .english) }
        #expect(throws: MissingText.self) { try PageTemplates(["x": "[[layout.nothing]]"]) }
    }

    @Test("are filled in once")
    func filling() {
        let text = Texts.text("links.join.lead", in: .english, ["maker": "{{maker}} <b>"])
        #expect(text == "{{maker}} <b> invites you. Choose a name and a password.")
    }

    @Test(
        "come in the language that was chosen, else in the one that the browser likes best",
        arguments: [
            (nil, nil, Language.english), (nil, "ja", .japanese), (nil, "ja-JP,ja;q=0.9,en;q=0.8", .japanese),
            (nil, "en-GB,en;q=0.9,ja;q=0.8", .english), (nil, "fr, de", .english), (nil, "fr, ja;q=0.1", .japanese),
            (nil, "en;q=0.2, ja;q=0.7", .japanese), (nil, "*", .english), (nil, "ja;q=0", .english),
            (nil, "ja;q=x, en;q=0.1", .english), ("ja", "en", .japanese), ("en", "ja", .english),
            ("fr", "ja", .japanese), ("", ",;q=,", .english), (nil, "JA", .japanese),
        ] as [(String?, String?, Language)])
    func negotiation(chosen: String?, accepted: String?, language: Language) {
        #expect(Language(chosen: chosen, accepted: accepted) == language)
    }
}
