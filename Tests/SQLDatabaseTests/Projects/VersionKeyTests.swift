import PackagingStandards
import Testing

@testable import SQLDatabase

@Suite("Version keys")
struct VersionKeyTests {
    /// Every combination of parts that PEP 440 orders specially.
    static let versions: [String] = {
        var versions: [String] = []
        for base in ["0", "0.0.1", "1", "1.0.1", "1.1", "1.10", "2!0.1", "10", "99999999999999999999999999999"] {
            for pre in ["", "a0", "a1", "a10", "b1", "rc2"] {
                for post in ["", ".post0", ".post12"] {
                    for dev in ["", ".dev0", ".dev3"] {
                        for local in ["", "+abc", "+abc.1", "+abcd", "+1", "+10", "+1.x"] {
                            versions.append(base + pre + post + dev + local)
                        }
                    }
                }
            }
        }
        return versions
    }()

    @Test("sort as versions do")
    func order() throws {
        let parsed = try Self.versions.map { try #require(Version($0)) }
        let byVersion = parsed.sorted()
        let keys = byVersion.map { Array(VersionKey.text(of: $0).utf8) }
        #expect(Set(keys).count == Self.versions.count)
        let inOrder = zip(keys, keys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
        #expect(inOrder)
    }

    @Test(
        "are one for equal versions",
        arguments: [
            ("1", "1.0.0"), ("1.0a1", "1.0.0-alpha.1"), ("0", "0.0"), ("1+a.1", "v1.0+A_01"),
        ])
    func equality(_ left: String, _ right: String) throws {
        let left = try #require(Version(left))
        let right = try #require(Version(right))
        #expect(left == right)
        #expect(VersionKey.text(of: left) == VersionKey.text(of: right))
    }
}
