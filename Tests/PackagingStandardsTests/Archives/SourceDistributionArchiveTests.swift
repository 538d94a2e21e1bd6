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

    @Test("a file is read from its path")
    func path() throws {
        #expect(throws: ArchiveError.self) { try SourceDistributionArchive.inspect(path: "/nowhere", format: .zip) }
        #expect(throws: ArchiveError.self) {
            try SourceDistributionArchive.inspect(path: "/proc/self/exe", format: .tarGz)
        }
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

    @Test("a bomb is refused before it has gone off")
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
        "links within the top-level folder are read where they are allowed",
        arguments: [
            ("2", "PKG-INFO", true), ("2", "./sub/x", true), ("2", "../PKG-INFO", true), ("2", "../../etc", false),
            ("2", "sub/../../x", false), ("2", "/etc/passwd", false), ("2", "", false),
            ("1", "demo_project-1.0/PKG-INFO", true), ("1", "other/PKG-INFO", false), ("1", "/etc/passwd", false),
            ("1", "demo_project-1.0/../x", false),
        ])
    func innerLinks(type: String, target: String, isInside: Bool) throws {
        let flag: Unicode.Scalar = type == "2" ? "2" : "1"
        var tar = builder.tar()
        tar.entries.append(Entry("demo_project-1.0/sub/link", type: flag, linkName: target))
        let bytes = try tar.buildGzip()
        #expect(throws: ArchiveError.self) { try inspect(bytes) }
        var limits = ArchiveLimits()
        limits.allowsInnerLinks = true
        if isInside {
            #expect(try inspect(bytes, limits: limits).fileCount == 4)
        } else {
            #expect(throws: ArchiveError.self) { try inspect(bytes, limits: limits) }
        }
        tar.entries.append(Entry("demo_project-1.0/sub/link/below", [1]))
        let below = try tar.buildGzip()
        #expect(throws: ArchiveError.self) { try inspect(below, limits: limits) }
    }
}
