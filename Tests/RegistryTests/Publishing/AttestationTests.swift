import FileStorage
import Foundation
import NIOCore
import PackagingStandards
import Provenance
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("Attestations of uploads")
struct AttestationTests {
    private func withInstallation(
        _ rule: AttestingRule = AttestingRule(), trustRoots: [TrustRoot] = [], baseURL: String? = nil,
        _ body: (TestInstallation) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [IndexSettings(name: .main, attesting: rule)],
            trustRoots: trustRoots, baseURL: baseURL)
        do {
            try await body(installation)
            await installation.close()
        } catch {
            await installation.close()
            throw error
        }
    }

    private static func fixture(_ name: String) throws -> [UInt8] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../ProvenanceTests/Fixtures/\(name)").standardized
        return Array(try Data(contentsOf: path))
    }

    private static func publicRoot() throws -> TrustRoot {
        try TrustRoot(sigstore: fixture("sigstore-public-trusted-root.json"))
    }

    /// A public attestation, with another statement in it: it says what it should, and nobody signed that.
    private static func attestation(of filename: String, _ digest: SHA256Digest) throws -> String {
        let object = String(
            decoding: try fixture("pypi_attestation_models-0.0.4a2.tar.gz.attestation"), as: UTF8.self)
        let statement =
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"\#(filename)","digest":"#
            + #"{"sha256":"\#(digest)"}}],"predicateType":"https://docs.pypi.org/attestations/publish/v1","#
            + #""predicate":null}"#
        let start = try #require(object.ranges(of: #""statement":"#).first?.upperBound)
        let quote = try #require(object[start...].firstIndex(of: "\""))
        let end = try #require(object[object.index(after: quote)...].firstIndex(of: "\""))
        return object[...quote] + Data(statement.utf8).base64EncodedString() + object[end...]
    }

    private func attestation(of upload: Upload) throws -> String {
        try Self.attestation(of: upload.filename, SHA256Digest(hashing: upload.bytes))
    }

    private func refusal(
        _ upload: Upload, _ attestations: String?, _ installation: TestInstallation
    ) async -> RegistryError? {
        await #expect(throws: RegistryError.self) {
            try await upload.publish(to: installation, with: attestations.map { ("attestations", $0) })
        }
    }

    @Test("without a trust root they are kept if they are about the file, and never shown")
    func kept() async throws {
        try await withInstallation { installation in
            let upload = try Upload("sample", "1.0")
            let text = "[\(try attestation(of: upload))]"
            let digest = SHA256Digest(hashing: [1])
            let others = [
                (try Self.attestation(of: upload.filename, digest), "SHA-256"),
                (
                    try Self.attestation(of: "other-1.0.tar.gz", SHA256Digest(hashing: upload.bytes)),
                    "'other-1.0.tar.gz'"
                ),
            ]
            for (other, part) in others {
                for (list, place) in [
                    ("[\(other)]", "is refused. The attestation"),
                    ("[\(text.dropFirst().dropLast()),\(other)]", "number 2: "),
                ] {
                    let error = await refusal(upload, list, installation)
                    #expect(error?.code == .invalidRequest)
                    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
                    #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
                }
            }
            for broken in ["{", "{}", "[]", "[1]", #"[{"version":1}]"#] {
                #expect(await refusal(upload, broken, installation)?.code == .invalidRequest)
            }
            #expect(try await installation.database.project(projectName("sample"), in: .main) == nil)
            try await upload.publish(to: installation, with: ("attestations", text))
            let project = try await installation.database.project(projectName("sample"), in: .main)
            #expect(project?.files.map(\.hasProvenance) == [false])
            let snapshot = try await installation.contentSnapshot()
            #expect(snapshot["files"]?.first?.contains("verification_material") == true)
            try await installation.expectRebuildMakesEqualTables()
        }
    }

    @Test("with a trust root, what nobody signed is refused, and nothing of the upload is left")
    func refused() async throws {
        try await withInstallation(trustRoots: [try Self.publicRoot()]) { installation in
            let upload = try Upload("sample", "1.0")
            let error = await refusal(upload, "[\(try attestation(of: upload))]", installation)
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.contains("about another statement") == true, "\(error?.message ?? "")")
            #expect(try await installation.database.project(projectName("sample"), in: .main) == nil)
            #expect(try await installation.storage.objects(StorageKey.filesPrefix).isEmpty)
            // The same for a file that is there.
            try await upload.publish(to: installation)
            _ = await refusal(upload, "[\(try attestation(of: upload))]", installation)
            #expect(try await upload.publish(to: installation) == .alreadyPublished)
        }
    }

    @Test("a file whose provenance is required is refused without, unless it is there already")
    func required() async throws {
        let place = try TestInstallation.Place()
        func open(_ rule: AttestingRule) async throws -> TestInstallation {
            try await TestInstallation.open(
                place, indexes: [IndexSettings(name: .main, attesting: rule)], trustRoots: [Self.publicRoot()])
        }
        let pattern = try #require(NamePattern("acme-*"))
        var installation = try await open(AttestingRule(required: .projects([pattern])))
        let old = try Upload("sample", "1.0")
        try await old.publish(to: installation)
        let error = await refusal(try Upload("acme.lib", "1.0"), nil, installation)
        #expect(error?.code == .forbidden)
        #expect(error?.message.contains("pypi-attestations sign") == true)
        await installation.close()
        installation = try await open(AttestingRule(required: .all))
        #expect(try await old.publish(to: installation) == .alreadyPublished)
        #expect(await refusal(try Upload("sample", "2.0"), nil, installation)?.code == .forbidden)
        await installation.close()
    }

    @Test("the provenance of a file is served to whoever may read the project, as the database has it")
    func served() async throws {
        try await withInstallation(baseURL: "https://pypi.test/sub") { installation in
            let object = #"{"version":1,"attestation_bundles":["ü"]}"#
            try await installation.database.publish(
                SampleFile("Sample", "1.0").with { $0.attestations = object })
            try await installation.database.publish(
                SampleFile("Sample", "2.0").with {
                    $0.contents = "2"; $0.attestations = "[{}]"
                })
            let name = try projectName("sample")
            func provenance(_ file: String, _ version: String, _ caller: Caller = TestInstallation.alice) async throws
                -> String
            {
                let found = try await installation.registry.pages.provenance(
                    of: file, name, version: Sample.version(version), in: .main, caller: caller)
                guard case .page(let page) = found else { return "elsewhere" }
                return String(buffer: page.identity.bytes)
            }
            for _ in 1...2 { #expect(try await provenance("sample-1.0.tar.gz", "1.0.0") == object) }
            for (file, version) in [
                ("sample-1.0.tar.gz", "2.0"), ("sample-2.0.tar.gz", "2.0"), ("sample-3.0.tar.gz", "3.0"), ("x", "1.0"),
            ] {
                let error = await #expect(throws: RegistryError.self) { try await provenance(file, version) }
                #expect(error?.code == .notFound)
            }
            let address = "https://pypi.test/sub/main/integrity/sample/1.0/sample-1.0.tar.gz/provenance"
            for format in [PageKey.Format.json, .html] {
                guard
                    case .page(let page) = try await installation.registry.pages.project(
                        name, format: format, in: .main, caller: TestInstallation.alice)
                else {
                    Issue.record("no page")
                    continue
                }
                let text = String(buffer: page.identity.bytes)
                #expect(text.ranges(of: "rovenance=\"").count + text.ranges(of: "\"provenance\":").count == 1)
                #expect(text.contains("\"\(address)\""), "\(text)")
            }
        }
    }

    @Test(
        "a pattern names publishers by their text",
        arguments: [
            ("github:acme/*", "github:acme/app/release.yml", true),
            ("github:acme/*", "github:acme-evil/app/x.yml", false),
            ("github:acme/*", "gitlab:acme/app//x.yml", false), ("github:acme/app/*", "github:acme/app2/x.yml", false),
            ("gitlab:acme/*", "gitlab:acme/a/b//.gitlab-ci.yml", true),
            ("gitlab:acme/*", "gitlab:https://evil.test/acme/a//x.yml", false),
            ("google:ci@acme.test", "google:ci@acme.test", true),
            ("google:ci@acme.test", "google:xci@acme.test", false),
            ("oidc:https://a.test#*@b.test", "oidc:https://a.test#x@b.test", true),
            ("oidc:https://a.test#*@b.test", "oidc:https://a.test.evil#x@b.test", false),
        ])
    func patterns(pattern: String, publisher: String, isMeant: Bool) throws {
        let parsed = try #require(PublisherPattern(pattern))
        #expect(parsed.description == pattern)
        #expect(parsed.matches(try Self.publisher(publisher)) == isMeant)
    }

    @Test(
        "what would mean everybody or nobody is no pattern",
        arguments: ["", "*", "acme", "github:", "github:*", "github:**", "GitHub:acme/*", "svn:acme/*", ":x"])
    func noPatterns(text: String) {
        #expect(PublisherPattern(text) == nil)
    }

    /// Returns the publisher that has a text.
    private static func publisher(_ text: String) throws -> Publisher {
        let rest = text.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
        switch text.prefix(while: { $0 != ":" }) {
        case "github":
            let slash = try #require(rest.lastIndex(of: "/"))
            return .gitHub(.init(repository: String(rest[..<slash]), workflow: String(rest[slash...].dropFirst())))
        case "gitlab":
            let place = try #require(rest.ranges(of: "//").last)
            let repository = rest[..<place.lowerBound]
            let path = String(rest[place.upperBound...])
            guard repository.hasPrefix("https://") else {
                return .gitLab(.init(repository: String(repository), workflowPath: path))
            }
            let parts = repository.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
            return .gitLab(.init(repository: String(parts[2]), workflowPath: path, server: "https://\(parts[1])"))
        case "google": return .google(.init(email: rest))
        default:
            let parts = rest.split(separator: "#")
            return .other(try .init(issuer: String(parts[0]), identity: .exactly(String(parts[1]))))
        }
    }
}
