import Foundation
@testable import PackagingStandards
import Testing

@Suite struct NormalizedNameTests {
    @Test("Names are valid and normalized as packaging says")
    func agreesWithPackaging() throws {
        var differences = Differences()
        for row in try PackagingOracle.shared.get().names {
            let expected = row.count > 1 ? row[1] : nil
            differences.compare(row[0], NormalizedName(row[0])?.description, expected: expected)
            differences.compare(row[0], NormalizedName(Substring(row[0]))?.description, expected: expected)
            differences.compare(row[0], NormalizedName.isNormalized(row[0]), expected: expected == row[0])
        }
        differences.expectNone(atLeast: 600)
    }

    @Test("Normalizing a normalized name changes nothing")
    func isIdempotent() throws {
        for row in try PackagingOracle.shared.get().names {
            guard let name = NormalizedName(row[0]) else { continue }
            #expect(NormalizedName(name.description) == name)
            #expect(NormalizedName.isNormalized(name.description))
        }
    }

    @Test("Names are equal however they are spelled", arguments: ["Foo.Bar", "foo-bar", "FOO__BAR", "fOO-_.baR"])
    func spellings(_ spelling: String) {
        #expect(NormalizedName(spelling) == NormalizedName("foo-bar"))
    }

    @Test("A spelling is that of the name which it is normalized to, and of no other")
    func comparing() throws {
        let texts = try PackagingOracle.shared.get().names.map { $0[0] }
        let more = ["", "-", "a", "a-", "-a", "a--b", "a-b", "A_.b", "a-b-", "a-bc", "ab", "a.c", "a\u{E9}", "a b"]
        let names = (texts.prefix(100) + more).compactMap { NormalizedName($0) }
        for text in texts + more + [String(repeating: "a", count: 199) + "--b"] {
            let normalized = NormalizedName(text)
            for name in names + [normalized].compactMap(\.self) {
                let isSpelled = Array(text.utf8).withUnsafeBytes { name.isSpelled($0) }
                #expect(isSpelled == (normalized == name), "\(text) for \(name)")
            }
        }
    }

    @Test("A name has at most 200 characters")
    func length() {
        #expect(NormalizedName(String(repeating: "a", count: 200)) != nil)
        #expect(NormalizedName(String(repeating: "a", count: 201)) == nil)
        #expect(!NormalizedName.isNormalized(String(repeating: "a", count: 201)))
    }

    @Test("Names are ordered by their text")
    func order() {
        let names = ["b", "a-b", "a", "ab", "a1", "A.C"].compactMap { NormalizedName($0) }
        #expect(names.sorted().map(\.description) == ["a", "a-b", "a-c", "a1", "ab", "b"])
    }

    @Test("A name is coded as its text, and read in any spelling")
    func coding() throws {
        let name = try JSONDecoder().decode([NormalizedName].self, from: Data(#"["Foo_Bar"]"#.utf8))
        #expect(String(decoding: try JSONEncoder().encode(name), as: UTF8.self) == #"["foo-bar"]"#)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([NormalizedName].self, from: Data(#"["../foo"]"#.utf8))
        }
    }
}
