import NIOCore
import PackagingStandards
import RegistryTestSupport
import Testing

@Suite("Source distributions")
struct SourceDistributionArchiveTests {
    private typealias Entry = TarBuilder.Entry

    private func inspect(
        _ bytes: [UInt8], format: SourceDistributionFilename.Format = .tarGz, limits: ArchiveLimits = ArchiveLimits()
    ) throws -> SourceDistributionInspection {
        try SourceDistributionArchive.inspect(MemoryBytes(bytes), format: format, limits: limits)
    }

    private let builder = SourceDistributionBuilder(name: "Demo.Project", version: "1.0")

    @Test("both formats give PKG-INFO byte for byte")
    func wellFormed() throws {
        for inspection in [
            try inspect(try builder.buildTarGzip()), try inspect(try builder.buildZip(), format: .zip),
        ] {
            #expect(inspection.metadata == builder.metadataBytes)
            #expect(inspection.topFolder == "demo_project-1.0")
            #expect(inspection.fileCount == 3)
        }
    }

    @Test("names of any length and script, roots and repeated folders are read")
    func names() throws {
        var tar = builder.tar()
        tar.entries.insert(Entry("./"), at: 0)
        tar.entries += [
            Entry.paxPath("demo_project-1.0/größe/" + String(repeating: "l", count: 200)), Entry("short", [1, 2, 3]),
            Entry("./demo_project-1.0/"), Entry("demo_project-1.0/sub/"), Entry("demo_project-1.0/sub/x", [1]),
        ]
        #expect(try inspect(try tar.buildGzip()).fileCount == 5)
    }

    @Test("a .tar.gz of several gzip members is read")
    func members() throws {
        let tar = builder.tar().build()
        var packed = try Compression.gzip(ByteBuffer(bytes: tar.prefix(700)), level: 6)
        packed.writeImmutableBuffer(try Compression.gzip(ByteBuffer(bytes: tar.dropFirst(700)), level: 6))
        #expect(try inspect([UInt8](packed.readableBytesView)).metadata == builder.metadataBytes)
    }

    @Test("an unsafe source distribution is refused", arguments: Hostile.sourceDistributions)
    func hostile(_ hostile: Hostile) throws {
        let error = #expect(throws: ArchiveError.self) { try inspect(try hostile.build()) }
        #expect(error?.reason.contains(hostile.reason) == true, "\(error?.reason ?? "") should tell \(hostile.reason)")
        #expect(error?.kind == .refused)
    }

    @Test("a .tar.gz that is cut anywhere is refused")
    func truncation() throws {
        let bytes = try builder.buildTarGzip()
        for count in 0..<bytes.count {
            #expect(throws: ArchiveError.self) { try inspect(Array(bytes.prefix(count))) }
        }
    }

    @Test("a decompression bomb is refused before it is unpacked")
    func bomb() throws {
        var bomb = builder
        bomb.files.append(("zeros", [UInt8](repeating: 0, count: 70 << 20)))
        for (bytes, format) in [
            (try bomb.buildTarGzip(), SourceDistributionFilename.Format.tarGz), (try bomb.buildZip(), .zip),
        ] {
            let error = #expect(throws: ArchiveError.self) { try inspect(bytes, format: format) }
            #expect(error?.reason.contains("bomb") == true)
            var limits = ArchiveLimits()
            limits.maxRatio = 2000
            #expect(try inspect(bytes, format: format, limits: limits).fileCount == 4)
        }
    }

    @Test("limits hold")
    func limits() throws {
        let bytes = try builder.buildTarGzip()
        var limits = ArchiveLimits()
        limits.maxEntries = 3
        #expect(throws: ArchiveError.self) { try inspect(bytes, limits: limits) }
        limits.maxEntries = 4
        _ = try inspect(bytes, limits: limits)
        limits.maxUncompressedSize = 100
        #expect(throws: ArchiveError.self) { try inspect(bytes, limits: limits) }
        limits = ArchiveLimits()
        limits.maxMetadataSize = 10
        #expect(throws: ArchiveError.self) { try inspect(bytes, limits: limits) }
        limits = ArchiveLimits()
        limits.maxDirectorySize = 40
        #expect(throws: ArchiveError.self) { try inspect(bytes, limits: limits) }
    }

    @Test(
        "links within the top-level folder are taken (PEP 721)",
        arguments: [
            ("2", "PKG-INFO", true), ("2", "./sub/x", true), ("2", "../PKG-INFO", true), ("2", "../../etc", false),
            ("2", "../demo_project/../PKG-INFO", true), ("2", "..", true),
            ("2", "sub/../../x", true), ("2", "sub/../../../x", false), ("2", "/etc/passwd", false), ("2", "", false),
            ("1", "demo_project-1.0/PKG-INFO", true), ("1", "./demo_project-1.0//PKG-INFO", true),
            ("1", "other/PKG-INFO", false), ("1", "/etc/passwd", false), ("1", "demo_project-1.0/../x", false),
        ])
    func innerLinks(type: String, target: String, isInside: Bool) throws {
        let flag: Unicode.Scalar = type == "2" ? "2" : "1"
        var tar = builder.tar()
        tar.entries.append(Entry("demo_project-1.0/sub/link", type: flag, linkName: target))
        let bytes = try tar.buildGzip()
        if isInside {
            let inspection = try inspect(bytes)
            #expect(inspection.fileCount == 4)
            #expect(inspection.metadata == builder.metadataBytes)
        } else {
            #expect(throws: ArchiveError.self) { try inspect(bytes) }
        }
        tar.entries.append(Entry("demo_project-1.0/sub/link/below", [1]))
        let below = try tar.buildGzip()
        #expect(throws: ArchiveError.self) { try inspect(below) }
    }

    @Test(
        "PKG-INFO may be a link to another file",
        arguments: [
            ("1", "demo_project-1.0/demo.egg-info/PKG-INFO"), ("1", "demo_project-1.0/again"),
            ("2", "demo.egg-info/PKG-INFO"), ("2", "again"), ("2", "folder/PKG-INFO"),
        ])
    func linkedMetadata(type: String, target: String) throws {
        var tar = builder.tar()
        let metadata = tar.entries.remove(at: 1)
        let folder = "demo_project-1.0/"
        tar.entries += [
            Entry(folder + "demo.egg-info/PKG-INFO", metadata.content),
            Entry(folder + "again", type: "1", linkName: folder + "demo.egg-info/PKG-INFO"),
            Entry(folder + "folder", type: "2", linkName: "demo.egg-info"),
            Entry(folder + "PKG-INFO", type: type == "2" ? "2" : "1", linkName: target),
        ]
        #expect(try inspect(try tar.buildGzip()).metadata == builder.metadataBytes)
    }

    @Test("links that lead to links cost a bounded number of steps")
    func entangledLinks() throws {
        var tar = builder.tar()
        let steps = String(repeating: "x/../", count: 18)
        for number in 0..<6_000 {
            tar.entries.append(Entry("demo_project-1.0/l\(number)", type: "2", linkName: steps + "PKG-INFO"))
        }
        let bytes = try tar.buildGzip()
        let error = #expect(throws: ArchiveError.self) { try inspect(bytes) }
        #expect(error?.reason.contains("too many links, or links that are too long") == true)
    }
}
