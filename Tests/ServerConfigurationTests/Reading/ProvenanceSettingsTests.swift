import Foundation
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import ServerConfiguration

@Suite("Provenance in a configuration")
struct ProvenanceSettingsTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../ProvenanceTests/Fixtures").standardized.path
    private static let publicRoot = fixtures + "/sigstore-public-trusted-root.json"
    private static let stagingRoot = fixtures + "/sigstore-staging-trusted-root.json"

    private static func rule(_ index: String, environment: [String: String] = [:]) throws -> AttestingRule {
        let text = "[provenance]\ntrusted_root = \"\(publicRoot)\"\n[index.main]\n\(index)"
        return try #require(try ServerConfiguration.read(text, environment: environment).indexes.first).attesting
    }

    @Test("Without it attestations are not verified, and nothing is asked of them")
    func defaults() throws {
        let configuration = try ServerConfiguration.read("")
        #expect(configuration.trustRoots.isEmpty)
        #expect(configuration.indexes.first?.attesting == AttestingRule())
    }

    @Test("One file or several are read at once")
    func files() throws {
        let (one, two) = (quoted(Self.publicRoot), quoted(Self.stagingRoot))
        for (value, count) in [(one, 1), ("[\(one)]", 1), ("[\(one), \(two)]", 2), ("[]", 0)] {
            let configuration = try ServerConfiguration.read("[provenance]\ntrusted_root = \(value)")
            #expect(configuration.trustRoots.count == count)
        }
        let environment = ["CELLAR_PROVENANCE_TRUSTED_ROOT": "\(Self.publicRoot), \(Self.stagingRoot)"]
        #expect(try ServerConfiguration.read("", environment: environment).trustRoots.count == 2)
    }

    @Test("A file that is missing or no trust root is named, with its line and what is wrong")
    func broken() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/root.json"
        for (text, part) in [(nil, "can't be read: no such file"), ("{", "can't be used: "), ("{}", "can't be used: ")]
        {
            if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
            let found = problems(
                "[provenance]\ntrusted_root = [\n\(quoted(Self.publicRoot)),\n\(quoted(path))]\n")
            #expect(found.count == 1)
            #expect(
                found.first?.hasPrefix("cellar.toml:4: provenance.trusted_root: \(quoted(path)) \(part)") == true,
                "\(found)")
        }
    }

    @Test("PEM files belong together")
    func pem() throws {
        let keys = ["certificate_authorities", "transparency_log_keys", "certificate_log_keys"]
        #expect(problems("[provenance]\n\(keys[0]) = \"x\"").contains { $0.contains("needs provenance.\(keys[1])") })
        for key in keys[1...] {
            #expect(problems("[provenance]\n\(key) = \"x\"").contains { $0.contains("needs provenance.\(keys[0])") })
        }
        let folder = try TemporaryFolder()
        let path = folder.path + "/not.pem"
        try Data("no".utf8).write(to: URL(fileURLWithPath: path))
        let found = problems("[provenance]\n\(keys[0]) = \(quoted(path))\n\(keys[1]) = \(quoted(path))")
        #expect(found.count == 1)
        #expect(found.first?.contains("provenance.certificate_authorities: \(quoted(path)) can't be used: ") == true)
        #expect(problems("[provenance]\n\(keys[0]) = \"/nowhere\"\n\(keys[1]) = \"/nowhere\"").count == 2)
    }

    @Test("An index says what it asks for, also in the environment")
    func rules() throws {
        let pattern = try #require(NamePattern("acme-*"))
        #expect(try Self.rule("require_provenance = true").required == .all)
        #expect(try Self.rule("require_provenance = false").required == .projects([]))
        #expect(try Self.rule("require_provenance = [\"Acme-*\"]").required == .projects([pattern]))
        let rule = try Self.rule("attested_by = [\"github:acme/*\", \"google:a@b\"]")
        #expect(rule.publishers.map(\.description) == ["github:acme/*", "google:a@b"])
        for (text, scope) in [("true", .all), ("false", .projects([])), ("acme-*", .projects([pattern]))]
            as [(String, AttestingRule.Scope)]
        {
            let environment = ["CELLAR_INDEX_MAIN_REQUIRE_PROVENANCE": text]
            #expect(try Self.rule("", environment: environment).required == scope)
        }
    }

    @Test(
        "What would mean nothing is refused, with what was meant",
        arguments: [
            ("require_provenance = \"yes\"", "must be true, false, or a list"),
            ("require_provenance = 1", "not a whole number"),
            ("require_provenance = [\"*\"]", "a project's name"), ("attested_by = [\"acme/*\"]", "github:"),
            ("attested_by = \"github:acme/*\"", "must be a list"),
            ("attested_by = [\"github:*\"]", "must be a publisher"),
        ])
    func wrong(text: String, part: String) {
        let found = problems("[provenance]\ntrusted_root = \(quoted(Self.publicRoot))\n[index.main]\n\(text)")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("cellar.toml:4: index.main.") == true, "\(found)")
        #expect(found.first?.contains(part) == true, "\(found)")
    }

    @Test(
        "Without a trust root an index can ask for nothing",
        arguments: ["require_provenance = true", "attested_by = [\"github:a/*\"]"])
    func nothingToVerifyWith(text: String) {
        let found = problems("[index.main]\n\(text)")
        #expect(found.count == 1)
        #expect(found.first?.contains("set trusted_root in [provenance]") == true, "\(found)")
        #expect(problems("[index.main]\nrequire_provenance = false\nattested_by = []").isEmpty)
    }
}
