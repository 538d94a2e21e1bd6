import FileStorage
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("What is copied out of an upload is bounded")
struct BoundsTests {
    private func withInstallation(_ body: (TestInstallation) async throws -> Void) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        do {
            try await body(installation)
            await installation.close()
        } catch {
            await installation.close()
            throw error
        }
    }

    private func refusal(_ upload: Upload, _ installation: TestInstallation) async -> RegistryError? {
        do {
            try await upload.publish(to: installation)
            return nil
        } catch {
            return error as? RegistryError
        }
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    static let headers: [(name: String, value: String, bound: Int)] = [
        ("Summary", text(4096), 4096), ("Requires-Python", ">=3." + text(508).replacing("x", with: "0"), 512),
    ]

    @Test(
        "a field of the core metadata may have its bound's bytes and no more; the refusal names it", arguments: headers)
    func metadata(name: String, value: String, bound: Int) async throws {
        try await withInstallation { installation in
            #expect(await refusal(try Upload("fits", "1", headers: [(name, value)]), installation) == nil)
            let error = await refusal(try Upload("long", "1", headers: [(name, value + "0")]), installation)
            #expect(error?.code == .invalidRequest)
            #expect(
                error?.message == "The \(name) in the core metadata of long-1-py3-none-any.whl has \(bound + 1) bytes; "
                    + "\(bound) are the most that are accepted.")
        }
    }

    static let fields: [(name: String, value: String, bound: Int)] = [
        ("version", "1" + String(repeating: ".0", count: 128), 255),
        ("attestations", "[" + text(262_144) + "]", 262_144),
        ("requires_python", ">=" + text(600), 512), ("name", "a" + String(repeating: "-", count: 5000) + "a", 4096),
    ]

    @Test("a field of the form may be no longer than what is kept of it", arguments: fields)
    func form(name: String, value: String, bound: Int) async throws {
        try await withInstallation { installation in
            let error = await refusal(try Upload("form", "1", headers: [], fields: [(name, value)]), installation)
            #expect(error?.code == .invalidRequest)
            #expect(
                error?.message
                    == "The field \(name) has \(value.utf8.count) bytes; \(bound) are the most that are accepted.")
        }
    }

    @Test("512 uploads with a huge Requires-Python change nothing")
    func manyHuge() async throws {
        try await withInstallation { installation in
            try await Upload("kept", "1").publish(to: installation)
            let before = try await installation.contentSnapshot()
            let stored = try await installation.storage.objects()
            let page = try await ReadPage("kept", of: installation.registry)?.page
            for number in 0..<512 {
                let headers = [("Requires-Python", ">=3." + String(repeating: "0", count: 100_000))]
                let upload = try Upload("kept", "2.\(number)", headers: headers)
                #expect(await refusal(upload, installation)?.code == .invalidRequest)
            }
            #expect(try await installation.contentSnapshot() == before)
            #expect(try await installation.storage.objects() == stored)
            #expect(try await ReadPage("kept", of: installation.registry)?.page == page)
        }
    }

    @Test("reasons are bounded")
    func reasons() async throws {
        try await withInstallation { installation in
            let upload = try Upload("sample", "1")
            try await upload.publish(to: installation)
            let project = try projectName("sample")
            let target = FileTarget(index: .main, project: project, selection: .file(upload.filename))
            let long = String(repeating: "x", count: 4097)
            let yank = await #expect(throws: RegistryError.self) {
                try await installation.registry.management.setYanked(
                    .yes(reason: long), target, caller: TestInstallation.administrator)
            }
            let status = await #expect(throws: RegistryError.self) {
                try await installation.registry.management.setStatus(
                    .archived, reason: long, of: project, in: .main, caller: TestInstallation.administrator)
            }
            for error in [yank, status] { #expect(error?.code == .invalidRequest) }
            try await installation.registry.management.setYanked(
                .yes(reason: String(long.dropLast())), target, caller: TestInstallation.administrator)
        }
    }

    @Test("a manifest that former versions let grow is named and survived by rebuild and sweep")
    func oversizedManifests() async throws {
        try await withInstallation { installation in
            let upload = try Upload("grown", "1")
            try await upload.publish(to: installation)
            try await Upload("other", "1").publish(to: installation)
            let manifests = try await installation.storage.objects(StorageKey.manifestsPrefix)
            let key = try #require(manifests.map(\.key).first { $0.description.contains("/grown-1-") })
            let text = String(buffer: try #require(try await installation.storage.get(key, limit: 1 << 20)))
            let quotes = String(repeating: "\\\"", count: 10 << 20)
            let grown = text.replacing("\"A sample\"", with: "\"\(quotes)\"")
            #expect(grown.utf8.count > 20 << 20)
            try await installation.storage.put(ByteBuffer(string: grown), at: key)

            let rebuilt = try await installation.registry.rebuilding.rebuild()
            #expect(rebuilt.oversized == [key])
            #expect(rebuilt.unreadable.isEmpty)
            #expect(rebuilt.files == 2)
            try await installation.expectListedIsServed()
            let summaries = try await installation.database.search(
                ProjectSearch(index: .main, text: "grown", limit: 10, offset: 0))
            #expect(summaries.map(\.summary) == [nil])

            let orphan = StorageKey.file(SHA256Digest(hashing: [1, 2, 3]), "orphan-1.tar.gz")
            try await installation.storage.put(ByteBuffer(bytes: [1, 2, 3]), at: orphan)
            let swept = try await installation.registry.sweeping.sweep(age: 0, isConfirmed: true)
            #expect(swept.removed == 1)
            #expect(swept.oversized == [key])
            try await installation.expectListedIsServed()
            // What is written of the file from now on is of the usual size.
            try await installation.registry.management.setYanked(
                .yes(reason: nil),
                FileTarget(index: .main, project: try projectName("grown"), selection: .file(upload.filename)),
                caller: TestInstallation.administrator)
            #expect(try await installation.registry.rebuilding.rebuild().files == 2)
        }
    }
}
