import PackagingStandards
import Testing

@Suite struct SpecifierSetTests {
    @Test("Specifiers contain and filter the versions that packaging says")
    func agreesWithPackaging() throws {
        let oracle = try PackagingOracle.shared.get()
        let sample = oracle.sample.compactMap { Version($0) }
        try #require(sample.count == oracle.sample.count)
        var differences = Differences()
        for answer in oracle.specifiers {
            guard let set = SpecifierSet(answer.text) else {
                differences.compare(answer.text, "invalid", expected: answer.description)
                continue
            }
            let bits = { (holds: (Version) -> Bool) in String(sample.map { holds($0) ? "1" : "0" }) }
            differences.compare(answer.text, set.description, expected: answer.description)
            differences.compare(answer.text, bits { set.contains($0) }, expected: answer.contains)
            differences.compare(
                answer.text, bits { set.contains($0, prereleases: true) }, expected: answer.containsWithPrereleases)
            differences.compare(
                answer.text, bits { set.contains($0, prereleases: false) }, expected: answer.containsWithoutPrereleases)
            let expected = zip(sample, answer.filtered).filter { $1 == "1" }.map(\.0.description)
            differences.compare(answer.text, set.filter(sample).map(\.description), expected: expected)
        }
        for text in oracle.invalidSpecifiers {
            differences.compare(text, SpecifierSet(text)?.description, expected: nil)
        }
        differences.expectNone(atLeast: 2_500)
    }

    @Test("Sets are equal if packaging says so, and then hash alike")
    func equality() throws {
        var differences = Differences()
        for row in try PackagingOracle.shared.get().equalSpecifiers {
            let left = try #require(SpecifierSet(row[0]))
            let right = try #require(SpecifierSet(row[1]))
            differences.compare("\(row[0]) and \(row[1])", left == right, expected: row[2] == "1")
            differences.compare("\(row[0]) and \(row[1])", Set([left, right]).count == 1, expected: row[2] == "1")
        }
        differences.expectNone(atLeast: 300)
    }

    @Test("Texts, versions or not, are contained if packaging says so")
    func arbitraryTexts() throws {
        var differences = Differences()
        for row in try PackagingOracle.shared.get().arbitrary {
            let set = try #require(SpecifierSet(row[0]))
            let pair = "\(row[1]) in \(row[0])"
            differences.compare(pair, set.contains(row[1]), expected: row[2] == "1")
            differences.compare(pair, set.contains(row[1], prereleases: false), expected: row[3] == "1")
        }
        differences.expectNone(atLeast: 200)
    }

    @Test("Pre-releases pass a filter only if asked for, or if there is nothing else")
    func prereleaseRule() throws {
        let versions = ["1.0", "1.1a1", "1.1"].compactMap { Version($0) }
        #expect(try #require(SpecifierSet(">=1.0")).filter(versions).map(\.description) == ["1.0", "1.1"])
        #expect(try #require(SpecifierSet(">1.0,<1.1")).filter(versions).isEmpty)
        #expect(try #require(SpecifierSet(">1.0,!=1.1")).filter(versions).map(\.description) == ["1.1a1"])
        #expect(try #require(SpecifierSet(">1.0,!=1.1")).filter(versions, prereleases: false).isEmpty)
        #expect(try #require(SpecifierSet(">=1.0a1")).filter(versions).count == 3)
        #expect(try #require(SpecifierSet("")).filter(versions, prereleases: true).count == 3)
    }
}
