import PackagingStandards
import RegistryTestSupport
import Testing

@Suite("ZIP archives that every reader reads alike")
struct ZipDirectoryTests {
    private typealias Entry = ZipBuilder.Entry

    /// Reads the directory and every entry.
    private func read(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws -> [String: [UInt8]] {
        let source = MemoryBytes(bytes)
        let reader = try ZipReader(source)
        var contents: [String: [UInt8]] = [:]
        for entry in try ZipDirectory(reading: source, limits: limits).entries where !entry.isDirectory {
            contents[entry.path] = try reader.read(entry, limit: 1 << 20)
        }
        return contents
    }

    @Test("stored and deflated entries, folders and names in UTF-8 are read")
    func wellFormed() throws {
        let zip = ZipBuilder([
            Entry("a/"), Entry("a/stored", text: "stored", method: 0), Entry("a/deflated", text: "deflated"),
            Entry("empty"), Entry("größe/ü.txt", text: "utf-8"), Entry("./dot//ted", text: "normal"),
        ])
        let contents = try read(try zip.build())
        #expect(contents["a/stored"] == Array("stored".utf8))
        #expect(contents["a/deflated"] == Array("deflated".utf8))
        #expect(contents["empty"] == [])
        #expect(contents["größe/ü.txt"] == Array("utf-8".utf8))
        #expect(contents["dot/ted"] == Array("normal".utf8))
        #expect(contents.count == 5)
    }

    @Test("an empty archive has no entries")
    func empty() throws {
        #expect(try read(try ZipBuilder().build()).isEmpty)
    }

    @Test("ZIP64 end records are read", arguments: [true, false])
    func zip64End(leavesEnd: Bool) throws {
        var zip = ZipBuilder([Entry("a", text: "a")])
        zip.hasZip64End = true
        zip.leavesEndToZip64 = leavesEnd
        #expect(try read(try zip.build()) == ["a": [97]])
    }

    @Test("ZIP64 sizes in both headers are read")
    func zip64Sizes() throws {
        var entry = Entry("a", text: "abc", method: 0)
        let sizes: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
        entry.localExtra = [1, 0, 16, 0] + sizes
        entry.localCompressedSize = .max
        entry.localUncompressedSize = .max
        #expect(try read(try ZipBuilder([entry]).build()) == ["a": Array("abc".utf8)])
        entry.centralExtra = [1, 0, 16, 0] + sizes
        #expect(try read(try ZipBuilder([entry]).build()) == ["a": Array("abc".utf8)])
        entry.uncompressedSize = .max
        entry.centralExtra = [1, 0, 8, 0] + sizes.prefix(8)
        #expect(try read(try ZipBuilder([entry]).build()) == ["a": Array("abc".utf8)])
        entry.centralExtra = [1, 0, 16, 0] + sizes
        #expect(throws: ArchiveError.self) { try read(try ZipBuilder([entry]).build()) }
    }

    @Test("data descriptors of all four forms are read", arguments: [true, false], [true, false])
    func descriptors(isSigned: Bool, isWide: Bool) throws {
        var entry = Entry("a", text: "some text")
        entry.descriptor = .init(isSigned: isSigned, isWide: isWide)
        let zip = ZipBuilder([entry, Entry("b", text: "b")])
        #expect(try read(try zip.build()) == ["a": Array("some text".utf8), "b": [98]])
    }

    @Test("an archive is read by its ranges alone")
    func ranges() throws {
        let bytes = try ZipBuilder([Entry("a", text: "first"), Entry("b", text: "second")]).build()
        let size = Int64(bytes.count)
        let end = try ZipEnd(tail: Array(bytes.suffix(ZipEnd.tailLength)), size: size)
        let listing = Array(bytes[Int(end.directory.lowerBound)..<Int(end.directory.upperBound)])
        let directory = try ZipDirectory(parsing: listing, end: end, archiveSize: size)
        let entry = try #require(directory.file(at: "b"))
        let range = Array(bytes[Int(entry.extent.lowerBound)..<Int(entry.extent.upperBound)])
        let reader = try ZipReader(MemoryBytes(range, at: entry.extent.lowerBound, of: size))
        #expect(try reader.read(entry, limit: 100) == Array("second".utf8))
    }

    @Test("an archive that two readers could read differently is refused", arguments: Hostile.zips)
    func hostile(_ hostile: Hostile) throws {
        let error = #expect(throws: ArchiveError.self) { try read(try hostile.build()) }
        #expect(error?.reason.contains(hostile.reason) == true, "\(error?.reason ?? "") should tell \(hostile.reason)")
        #expect(error?.kind == .refused)
    }

    @Test("limits hold")
    func limits() throws {
        let zip = try ZipBuilder([Entry("a", text: "a"), Entry("b", text: "b")]).build()
        var limits = ArchiveLimits()
        limits.maxEntries = 1
        #expect(throws: ArchiveError.self) { try read(zip, limits: limits) }
        limits = ArchiveLimits()
        limits.maxDirectorySize = 60
        #expect(throws: ArchiveError.self) { try read(zip, limits: limits) }
        limits = ArchiveLimits()
        limits.maxUncompressedSize = 1
        #expect(throws: ArchiveError.self) { try read(zip, limits: limits) }
        let bomb = try ZipBuilder([Entry("zeros", [UInt8](repeating: 0, count: 300_000))]).build()
        limits = ArchiveLimits()
        #expect(try read(bomb, limits: limits).count == 1)
        limits.minimumBombSize = 299_999
        #expect(throws: ArchiveError.self) { try read(bomb, limits: limits) }
    }

    @Test("an entry that inflates to more than it says stops at what it says")
    func understatedSize() throws {
        var entry = Entry("zeros", [UInt8](repeating: 0, count: 50_000_000))
        entry.uncompressedSize = 10
        let source = MemoryBytes(try ZipBuilder([entry]).build())
        let reader = try ZipReader(source)
        let listed = try #require(try ZipDirectory(reading: source).file(at: "zeros"))
        var handedOut = 0
        #expect(throws: ArchiveError.self) { try reader.stream(listed) { handedOut += $0.count } }
        #expect(handedOut <= 10)
    }

    @Test("a source that cannot be read is not the archive's fault")
    func unreadable() {
        let error = #expect(throws: ArchiveError.self) { try ZipDirectory(reading: Failing()) }
        #expect(error?.kind == .unreadable)
    }

    private struct Failing: RandomAccessBytes {
        struct Broken: Error {}
        let size: Int64 = 1000
        func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int { throw Broken() }
    }
}
