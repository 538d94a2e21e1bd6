import RegistryTestSupport

extension Hostile {
    static let zips: [Hostile] = wholeArchives + names + headers + hidden

    private static let wholeArchives: [Hostile] = [
        Hostile("nothing", says: "not a ZIP archive") { [] },
        Hostile("a text file", says: "not a ZIP archive") { Array("this is no wheel at all, only text\n".utf8) },
        Hostile("cut short", says: "not a ZIP archive") { try ZipBuilder([.init("a", text: "a")]).build().dropLast() },
        Hostile("other bytes before, offsets wrong", says: "not where its end record says") {
            try Array("MZ".utf8) + ZipBuilder([.init("a", text: "a")]).build()
        },
        archive("other bytes before, offsets right", says: "before its first entry") { $0.prefix = [1, 2, 3] },
        archive("other bytes after", says: "not a ZIP archive") { $0.suffix = [0] },
        archive("a comment", says: "not a ZIP archive") { $0.comment = Array("hello".utf8) },
        Hostile("an end record inside a comment", says: "not where its end record says") {
            // The last 22 bytes are an end record of their own, which only some readers use.
            var zip = ZipBuilder([.init("a", text: "a")])
            zip.comment = try ZipBuilder().build()
            return try zip.build()
        },
        Hostile("a comment announced but missing", says: "announces a comment") {
            var bytes = try ZipBuilder([.init("a", text: "a")]).build()
            bytes[bytes.count - 2] = 1
            return bytes
        },
        archive("too few entries announced", says: "announces 1 entries, but its directory has more") {
            $0.announcedCount = 1
        },
        archive("too many entries announced", says: "announces 3 entries, more than its directory") {
            $0.announcedCount = 3
        },
        archive("too many entries announced, with room for them", says: "announces 3 entries, but its directory has 2")
        {
            $0.announcedCount = 3
            $0.entries[0].centralExtra = [0x34, 0x12, 50, 0] + [UInt8](repeating: 0, count: 50)
        },
        archive("several disks", says: "multi-disk") { $0.disk = 1 },
        archive("several disks, in ZIP64", says: "multi-disk") {
            $0.disk = 1
            $0.hasZip64End = true
        },
        Hostile("a ZIP64 end record that disagrees", says: "but its ZIP64 end record says 1 entries") {
            var zip = ZipBuilder([.init("a", text: "a")])
            zip.hasZip64End = true
            zip.leavesEndToZip64 = false
            var bytes = try zip.build()
            bytes[bytes.count - 22 + 10] = 7
            return bytes
        },
        Hostile("a ZIP64 end record elsewhere", says: "ZIP64 end record") {
            var zip = ZipBuilder([.init("a", text: "a")])
            zip.hasZip64End = true
            var bytes = try zip.build()
            bytes[bytes.count - 22 - 12] ^= 1
            return bytes
        },
        archive("two entries of one name", says: "two entries named 'a'") { $0.entries[1].name = Array("a".utf8) },
        archive("two spellings of one name", says: "two entries named 'a'") { $0.entries[1].name = Array("./a".utf8) },
        archive("a file and a folder of one name", says: "two entries named 'a'") { $0.entries[1] = .init("a/") },
        archive("a file below a file", says: "both a file and a folder") { $0.entries[1] = .init("a/b", text: "b") },
        archive("two Unicode forms of one name", says: "Unicode form") {
            $0.entries = [.init("\u{e9}", text: "1"), .init("e\u{301}", text: "2")]
        },
    ]

    private static let names: [Hostile] = [
        name("/etc/passwd", says: "absolute"),
        name("../up", says: "leads out"),
        name("a/../../up", says: "leads out"),
        name("a/..", says: "leads out"),
        name("a\\b", says: "backslash"),
        name("..\\up", says: "backslash"),
        name("C:/windows", says: "drive letter"),
        name("c:relative", says: "drive letter"),
        name("a\u{0}b", says: "control character"),
        name("a\nb", says: "control character"),
        name("a\u{7f}", says: "control character"),
        name("", says: "without a name"),
        name(".", says: "not a name"),
        name("./", says: "not a name"),
        name(String(repeating: "n", count: 4097), says: "longer than 4096"),
        entry("bytes that are no UTF-8", says: "not UTF-8") {
            $0.name = [0x61, 0xff]
            $0.flags = 0x800
        },
        entry("a name in an unknown character set", says: "not marked as UTF-8") { $0.name = [0x61, 0x81] },
        entry("UTF-8 that isn't marked", says: "not marked as UTF-8") { $0.name = Array("ü".utf8) },
    ]

    private static let headers: [Hostile] = [
        entry("encryption", says: "encrypted") { $0.flags = 1 },
        entry("strong encryption", says: "encrypted") { $0.flags = 1 << 6 },
        entry("masked headers", says: "encrypted") { $0.flags = 1 << 13 },
        entry("patched data", says: "flags") { $0.flags = 1 << 5 },
        entry("bzip2", says: "method 12") { $0.method = 12 },
        entry("a symbolic link", says: "symbolic link") { $0.externalAttributes = 0o120777 << 16 },
        entry("a device", says: "neither a file nor a folder") { $0.externalAttributes = 0o020666 << 16 },
        entry("a pipe", says: "neither a file nor a folder") { $0.externalAttributes = 0o010666 << 16 },
        entry("a folder by its mode only", says: "a folder by its attributes") {
            $0.externalAttributes = 0o040755 << 16
        },
        entry("a folder with content", says: "a folder by its name, but has") {
            $0.name = Array("a/".utf8)
            $0.externalAttributes = 0o040755 << 16
        },
        entry("another local name", says: "another name in its local header: 'b'") { $0.localName = [98] },
        entry("another local name of another length", says: "another name") { $0.localName = Array("longer".utf8) },
        entry("another local method", says: "has method 0 and flags") { $0.localMethod = 0 },
        entry("other local flags", says: "and flags 2048 in its local header, but method 8") { $0.localFlags = 0x800 },
        entry("another local CRC", says: "CRC-32 1 in its local header, but") { $0.localCRC32 = 1 },
        entry("another local size", says: " 1 uncompressed, CRC-32") { $0.localUncompressedSize = 1 },
        entry("another local compressed size", says: "has 1 bytes compressed,") {
            $0.localCompressedSize = 1
        },
        entry("a descriptor that disagrees", says: "CRC-32 1 in its data descriptor, but") {
            $0.descriptor = .init(crc32: 1)
        },
        entry("a descriptor with other local sizes", says: "local header") {
            $0.descriptor = .init()
            $0.localUncompressedSize = 5
        },
        entry("stored with the size after the bytes", says: "does not say its size") {
            $0.method = 0
            $0.descriptor = .init()
        },
        entry("a wrong CRC everywhere", says: "CRC-32 is wrong") { $0.crc32 = 1 },
        entry("a size that is too small", says: "3 bytes by the archive's directory, but inflates to more") {
            $0.uncompressedSize = 3
        },
        entry("a size that is too large", says: "3000 bytes by the archive's directory, but inflates to only") {
            $0.uncompressedSize = 3000
        },
        entry("stored with two sizes", says: "and an uncompressed size of 3") {
            $0.method = 0
            $0.uncompressedSize = 3
        },
        entry("no ZIP64 field for a ZIP64 size", says: "ZIP64") { $0.uncompressedSize = .max },
        entry("a spare ZIP64 field that contradicts", says: "ZIP64") {
            $0.centralExtra = [1, 0, 8, 0, 9, 9, 0, 0, 0, 0, 0, 0]
        },
        entry("two ZIP64 fields", says: "two ZIP64") { $0.localExtra = [1, 0, 0, 0, 1, 0, 0, 0] },
        entry("damaged extra fields", says: "extra fields") { $0.centralExtra = [1, 0, 9, 0] },
        entry("damaged local extra fields", says: "extra fields") { $0.localExtra = [1] },
        entry("a Unicode path that differs", says: "Unicode path") {
            $0.centralExtra = [0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, 98]
        },
        entry("a local Unicode path that differs", says: "Unicode path") {
            $0.localExtra = [0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, 98]
        },
    ]

    private static let hidden: [Hostile] = [
        archive("an entry that the directory doesn't list", says: "that its directory does not name") {
            var hidden = ZipBuilder.Entry("hidden", text: "hidden")
            hidden.isListed = false
            $0.entries.insert(hidden, at: 1)
        },
        archive("bytes between entries", says: "that its directory does not name") { $0.entries[1].bytesBefore = [0] },
        archive("bytes before the directory", says: "that its directory does not name") {
            $0.bytesBeforeDirectory = [0]
        },
        archive("a descriptor's worth of bytes that is none", says: "that its directory does not name") {
            $0.bytesBeforeDirectory = [UInt8](repeating: 0, count: 16)
        },
        archive("two entries at one place", says: "overlaps") { $0.entries[1].offset = 0 },
        archive("an entry within another", says: "overlaps") { $0.entries[1].offset = 10 },
        Hostile("a local header without its signature", says: "no local header") {
            var bytes = try ZipBuilder([.init("a", text: "a")]).build()
            bytes[0] = 0
            return bytes
        },
        archive("an entry after the directory", says: "starts at 4294967280, after") {
            $0.entries[1].offset = 0xffff_fff0
        },
        entry("bytes after the deflated ones", says: "hidden bytes") { $0.bytesAfterData = [1, 2, 3] },
        entry("deflated bytes that have no end", says: "cut short") {
            $0.content = []
            $0.replacesData = [0x00, 0x00, 0x00, 0xff, 0xff]
        },
        entry("bytes that cannot be inflated", says: "cannot be inflated") { $0.replacesData = [0xff, 0xff, 0xff] },
    ]
}
