import Foundation
import PackagingStandards
import Testing

@Suite struct VersionTests {
    @Test("Versions have the normal and canonical form that packaging gives them")
    func agreesWithPackaging() throws {
        let oracle = try PackagingOracle.shared.get()
        var differences = Differences()
        for answer in oracle.versions {
            let version = Version(answer.text)
            differences.compare(answer.text, version?.description, expected: answer.normal)
            differences.compare(answer.text, version?.canonical, expected: answer.canonical)
        }
        for text in oracle.invalidVersions {
            differences.compare(text, Version(text)?.description, expected: nil)
        }
        differences.expectNone(atLeast: 15_000)
    }

    @Test("Versions are ordered as packaging orders them")
    func order() throws {
        var differences = Differences()
        var previous: Version?
        for answer in try PackagingOracle.shared.get().versions {
            guard let version = Version(answer.text) else { continue }
            if let previous {
                let pair = "\(previous) and \(version)"
                differences.compare(pair, previous == version, expected: answer.isEqualToPrevious)
                differences.compare(pair, previous < version, expected: !answer.isEqualToPrevious)
                differences.compare(pair, version < previous, expected: false)
                differences.compare(pair, previous.canonical == version.canonical, expected: answer.isEqualToPrevious)
                let isOneInASet = Set([previous, version]).count == 1
                differences.compare(pair, isOneInASet, expected: answer.isEqualToPrevious)
            }
            previous = version
        }
        differences.expectNone(atLeast: 30_000)
    }

    @Test("The order is total: of two versions one is less, or they are equal")
    func totality() throws {
        let answers = try PackagingOracle.shared.get().versions
        let sample = stride(from: 0, to: answers.count, by: max(1, answers.count / 250))
            .compactMap { Version(answers[$0].text) }
        var differences = Differences()
        for (leftPlace, left) in sample.enumerated() {
            for (rightPlace, right) in sample.enumerated() {
                let relations = [left < right, left == right, right < left].filter { $0 }.count
                differences.compare("\(left) and \(right)", relations, expected: 1)
                if left != right {
                    differences.compare("\(left) and \(right)", left < right, expected: leftPlace < rightPlace)
                }
            }
        }
        differences.expectNone(atLeast: 100_000)
    }

    @Test("A version is equal to what its normal and canonical forms spell, and has no longer form")
    func roundTrip() throws {
        var differences = Differences()
        for answer in try PackagingOracle.shared.get().versions {
            guard let version = Version(answer.text) else { continue }
            differences.compare(answer.text, Version(version.description), expected: version)
            differences.compare(answer.text, Version(version.description)?.description, expected: version.description)
            differences.compare(answer.text, Version(version.canonical), expected: version)
        }
        differences.expectNone(atLeast: 20_000)
    }

    @Test("A version has its segments")
    func segments() throws {
        let version = try #require(Version(" v2!1.02.0-Beta.3-4.DEV5+Ubuntu_07 "))
        #expect(version.epoch == 2)
        #expect(version.release == [1, 2, 0])
        #expect(version.pre?.phase == .beta)
        #expect(version.pre?.number == 3)
        #expect(version.post == 4)
        #expect(version.dev == 5)
        #expect(version.localSegments == [.text("ubuntu"), .number(7)])
        #expect(version.local == "ubuntu.7")
        #expect(version.description == "2!1.2.0b3.post4.dev5+ubuntu.7")
        #expect(version.canonical == "2!1.2b3.post4.dev5+ubuntu.7")
        #expect(version.publicVersion.description == "2!1.2.0b3.post4.dev5")
        #expect(version.baseVersion.description == "2!1.2.0")
    }

    @Test(
        "Pre-, post- and development releases are told apart",
        arguments: [
            ("1.0", false, false, false), ("1.0a1", true, false, false), ("1.0.dev1", true, false, true),
            ("1.0.post1", false, true, false), ("1.0.post1.dev1", true, true, true), ("1.0+local", false, false, false),
        ])
    func kinds(_ text: String, isPrerelease: Bool, isPostrelease: Bool, isDevelopment: Bool) throws {
        let version = try #require(Version(text))
        #expect(version.isPrerelease == isPrerelease)
        #expect(version.isPostrelease == isPostrelease)
        #expect(version.isDevelopment == isDevelopment)
    }

    @Test("A number of thousands of digits is read, compared and written")
    func hugeNumbers() throws {
        let nines = String(repeating: "9", count: 20_000)
        let version = try #require(Version("1." + nines))
        #expect(version.description == "1." + nines)
        #expect(version < (try #require(Version("1.1" + nines))))
        #expect(version > (try #require(Version("1.18446744073709551615"))))
    }

    @Test("A version is coded as its text")
    func coding() throws {
        let versions = try JSONDecoder().decode([Version].self, from: Data(#"["1.0-RC1"]"#.utf8))
        #expect(String(decoding: try JSONEncoder().encode(versions), as: UTF8.self) == #"["1.0rc1"]"#)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Version].self, from: Data(#"["latest"]"#.utf8))
        }
    }
}
