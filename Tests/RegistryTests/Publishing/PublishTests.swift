import FileStorage
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("Publishing")
struct PublishTests {
    private func withInstallation(
        _ settings: IndexSettings = IndexSettings(name: .main), _ body: (TestInstallation) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place(), indexes: [settings])
        try await body(installation)
        await installation.close()
    }

    private func code(_ body: () async throws -> Void) async -> RegistryError.Code? {
        do {
            try await body()
            return nil
        } catch let error as RegistryError {
            return error.code
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test("the same bytes again are welcome; other bytes under the same key are not")
    func again() async throws {
        try await withInstallation { installation in
            try await Upload("sample", "1.0").publish(to: installation)
            #expect(try await Upload("sample", "1.0").publish(to: installation) == .alreadyPublished)
            #expect(
                await code { try await Upload("sample", "1.0", note: "other").publish(to: installation) }
                    == .alreadyExists)
            #expect(
                await code { try await Upload("Sample", "1.0.0").publish(to: installation) } == .alreadyExists)
        }
    }

    @Test("a BLAKE2b digest is held to the length that it has", arguments: [true, false])
    func longDigest(isRight: Bool) async throws {
        try await withInstallation { installation in
            let upload = try Upload("sample", "1.0")
            var hash = BLAKE2b(.bits512)
            hash.update(isRight ? upload.bytes : upload.bytes + [0])
            let digest = hash.hexDigest.uppercased()
            let result = await code { try await upload.publish(to: installation, with: ("blake2_256_digest", digest)) }
            #expect(result == (isRight ? nil : .invalidRequest))
            for odd in ["", "x", String(digest.prefix(64)), digest + "00"] where !odd.isEmpty {
                #expect(
                    await code { try await upload.publish(to: installation, with: ("blake2_256_digest", odd)) }
                        == .invalidRequest)
            }
        }
    }

    @Test(
        "a refusal names both of two things that contradict each other, and what helps",
        arguments: [
            ("version", "2.0", ["file name", "'sample-1.0-py3-none-any.whl'", "1.0", "field version", "2.0"]),
            ("name", "other", ["file name", "'sample-1.0-py3-none-any.whl'", "sample", "field name", "other"]),
            ("filetype", "sdist", ["field filetype", "'sdist'", "'sample-1.0-py3-none-any.whl'", "bdist_wheel"]),
            (
                "requires_python", ">=3.12",
                ["METADATA", "Requires-Python '>=3.9'", "field requires_python", "'>=3.12'"]
            ),
        ])
    func refusals(field: String, value: String, parts: [String]) async throws {
        try await withInstallation { installation in
            let upload = try Upload(
                "sample", "1.0", headers: [("Requires-Python", ">=3.9")], fields: [(field, value)])
            let error = await #expect(throws: RegistryError.self) { try await upload.publish(to: installation) }
            let message = try #require(error?.message)
            for part in parts { #expect(message.contains(part), "\(message)") }
            #expect(message.contains("again") || message.contains("current tool"), "\(message)")
        }
    }

    @Test("of many that publish one file at once, exactly one wins")
    func race() async throws {
        try await withInstallation { installation in
            let codes = await withTaskGroup(of: RegistryError.Code?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        await code { try await Upload("race", "1", note: "\(number)").publish(to: installation) }
                    }
                }
                return await group.reduce(into: [RegistryError.Code?]()) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1)
            #expect(codes.filter { $0 == .alreadyExists }.count == 7)
            try await installation.expectListedIsServed()
        }
    }

    @Test("a deleted file's name is used up, for the same bytes too")
    func deleted() async throws {
        try await withInstallation { installation in
            let upload = try Upload("gone", "1")
            try await upload.publish(to: installation)
            let target = FileTarget(
                index: .main, project: try #require(NormalizedName("gone")), selection: .file(upload.filename))
            try await installation.registry.management.delete(target, caller: TestInstallation.administrator)
            #expect(await code { try await upload.publish(to: installation) } == .alreadyExists)
        }
    }

    @Test("a file is replaced only where the index allows it and the caller may; the old address lives on")
    func overwriting() async throws {
        var settings = IndexSettings(name: .main)
        settings.allowsOverwrite = true
        settings.access.overwrite = [.user("alice")]
        try await withInstallation(settings) { installation in
            let old = try Upload("sample", "1", note: "old")
            let new = try Upload("sample", "1", note: "new")
            try await old.publish(to: installation)
            let bob = Caller.person(Person(id: 9, name: "bob", isAdministrator: false, groups: []))
            #expect(await code { try await new.publish(to: installation, caller: bob) } == .alreadyExists)
            try await new.publish(to: installation)
            try await installation.expectPublished(new)
            try await installation.expectPublished(old)
            let project = try #require(NormalizedName("sample"))
            #expect(try await installation.database.project(project, in: .main)?.files.count == 1)
        }
    }

    @Test("write, create and status are asked for each on its own")
    func rights() async throws {
        var settings = IndexSettings(name: .main)
        settings.access.write = [.user("alice"), .user("bob")]
        settings.access.create = [.user("alice")]
        try await withInstallation(settings) { installation in
            let bob = Caller.person(Person(id: 9, name: "bob", isAdministrator: false, groups: []))
            #expect(
                await code { try await Upload("new", "1").publish(to: installation, caller: .anonymous) }
                    == .authenticationRequired)
            #expect(await code { try await Upload("new", "1").publish(to: installation, caller: bob) } == .forbidden)
            try await Upload("new", "1").publish(to: installation)
            try await Upload("new", "2").publish(to: installation, caller: bob)
            let project = try #require(NormalizedName("new"))
            try await installation.registry.management.setStatus(
                .archived, reason: nil, of: project, in: .main, caller: TestInstallation.administrator)
            #expect(await code { try await Upload("new", "3").publish(to: installation) } == .conflict)
        }
    }

    @Test("a purge takes a digest's bytes out of every index, page, cache and storage")
    func purge() async throws {
        let other = try #require(IndexName("other"))
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [IndexSettings(name: .main), IndexSettings(name: other)])
        let upload = try Upload("leak", "1")
        try await upload.publish(to: installation)
        try await upload.publish(to: installation, index: other)
        try await installation.expectPublished(upload)
        let digest = SHA256Digest(hashing: upload.bytes)
        let outcome = try await installation.registry.management.purge(digest, caller: TestInstallation.administrator)
        #expect(outcome.files.count == 2)
        #expect(try await installation.storage.size(of: .file(digest, upload.filename)) == nil)
        #expect(try await installation.storage.objects(StorageKey.filesPrefix).isEmpty)
        #expect(await code { _ = try await installation.expectPublished(upload) } == .notFound)
        #expect(await code { try await upload.publish(to: installation) } == .alreadyExists)
        try await installation.expectRebuildMakesEqualTables()
        await installation.close()
    }
}
