import LocalFiles
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("An upstream's files of older kinds")
struct OlderKindsTests {
    private static let filenames = [
        "Twisted-18.9.0.tar.bz2", "twisted-17.1.tgz", "twisted-17.2.tar.xz", "twisted-17.3.zip",
        "Twisted-12.0-py2.7-win32.egg", "Twisted-12.0.win32-py2.7.exe", "Twisted-12.0.win-amd64-py2.7.msi",
        "Twisted-8.0-1.noarch.rpm", "Twisted-8.0.linux-x86_64.tar.gz",
    ]

    private func samples(hashes: Bool) -> [UpstreamSample] {
        Self.filenames.map { filename in
            let bytes = ByteBuffer(string: "the bytes of \(filename)")
            return UpstreamSample(
                file: SimpleFile(
                    filename: filename, url: "https://files.example/\(filename)",
                    sha256: hashes ? SHA256Digest(hashing: bytes).description : nil, size: nil,
                    uploadTime: Timestamp(microseconds: 1_500_000_000_000_000)),
                bytes: bytes)
        }
    }

    @Test("are listed, fetched, kept and served, without core metadata", arguments: [true, false])
    func kept(hashes: Bool) async throws {
        let upstream = InMemoryUpstream()
        let samples = samples(hashes: hashes)
        upstream.serve("twisted", samples)
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching()], upstreams: [upstream])
        let page = try #require(try await ReadPage("twisted", of: installation.registry)).page
        #expect(page.files.map(\.filename) == Self.filenames)
        #expect(page.files.allSatisfy { $0.coreMetadata == SimpleFile.CoreMetadata.none })
        #expect(page.versions == ["18.9.0", "17.1", "17.2", "17.3", "12.0", "8.0"])
        let project = try projectName("twisted")
        for sample in samples {
            let filename = sample.file.filename
            let address =
                hashes
                ? FileAddress(index: .main, sha256: SHA256Digest(hashing: sample.bytes), filename: filename)
                : FileAddress(index: .main, locator: .project(project), filename: filename)
            #expect(try await installation.bytes(at: address) == sample.bytes)
            let error = await #expect(throws: RegistryError.self) {
                try await installation.bytes(at: address, isMetadata: true)
            }
            #expect(error?.code == .notFound)
        }
        while try await installation.database.cachedFiles(in: nil).count < samples.count {
            try await Task.sleep(for: .milliseconds(5))
        }
        for sample in samples {
            let address = FileAddress(
                index: .main, sha256: SHA256Digest(hashing: sample.bytes), filename: sample.file.filename)
            #expect(try await installation.bytes(at: address) == sample.bytes)
        }
        #expect(upstream.requests.filter { $0.call == .open }.count == samples.count)
        let again = try #require(try await ReadPage("twisted", of: installation.registry)).page
        #expect(again.files.map(\.filename) == Self.filenames)
        try await installation.expectRebuildMakesEqualTables()
        await installation.close()
    }

    @Test("cannot be published", arguments: filenames.filter { !$0.hasSuffix(".zip") })
    func published(filename: String) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        let writer = try await installation.registry.publishing.beginUpload(maxSize: 1 << 20)
        try await writer.write(ByteBuffer(string: "bytes"))
        let file = try await writer.finish()
        let version = try #require(DistributionFilename(filename, project: try projectName("twisted"))?.rawVersion)
        let form = UploadForm(
            filename: filename, fields: [(":action", "file_upload"), ("name", "twisted"), ("version", version)])
        let error = await #expect(throws: RegistryError.self) {
            try await installation.registry.publishing.publish(
                form, file: file, to: .main, caller: TestInstallation.alice)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("of a type that is not supported") == true)
        await installation.close()
    }
}
