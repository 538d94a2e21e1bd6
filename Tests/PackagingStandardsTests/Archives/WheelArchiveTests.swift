import PackagingStandards
import RegistryTestSupport
import Testing

@Suite("Wheels")
struct WheelArchiveTests {
    private func inspect(
        _ builder: WheelBuilder, limits: ArchiveLimits = ArchiveLimits(), isExpected: (String) -> Bool = { _ in true }
    ) throws -> WheelInspection {
        try WheelArchive.inspect(MemoryBytes(try builder.build()), limits: limits, isExpected: isExpected)
    }

    // More than one window and one block.
    private static let large = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }

    private var builder: WheelBuilder {
        var builder = WheelBuilder(name: "Demo.Project", version: "1.0")
        builder.files += [
            ("demo_project/data,with \"quotes\".txt", Array("quoted".utf8)),
            ("demo_project/größe.bin", Self.large),
            ("demo_project/empty", []),
        ]
        return builder
    }

    @Test("a wheel gives its METADATA and WHEEL byte for byte", arguments: [true, false])
    func wellFormed(isStored: Bool) throws {
        var builder = builder
        builder.isStored = isStored
        builder.description = "Ünïcödé\r\nand more\n"
        let inspection = try inspect(builder)
        #expect(inspection.metadata == builder.metadataBytes)
        #expect(String(decoding: inspection.wheelFile, as: UTF8.self).hasPrefix("Wheel-Version: 1.0\n"))
        #expect(inspection.distInfoName == "demo_project-1.0")
        #expect(inspection.fileCount == 7)
        #expect(inspection.uncompressedSize > 700_000)
    }

    @Test("the .dist-info folder must be the expected one")
    func expectedName() throws {
        var asked: [String] = []
        _ = try inspect(builder) { name in
            asked.append(name)
            return true
        }
        #expect(asked == ["demo_project-1.0"])
        let error = #expect(throws: ArchiveError.self) { try inspect(builder) { _ in false } }
        #expect(error?.reason.contains("demo_project-1.0.dist-info") == true)
    }

    @Test(
        "the .dist-info folder belongs to a file name if both name one project and version",
        arguments: [
            ("demo_project-1.0", true), ("Demo.Project-1.0.0", true), ("demo-project-1", true),
            ("demo_project-1.0.1", false),
            ("demo-1.0", false), ("demo_project", false), ("demo_project-", false), ("demo_project-1.0+local", false),
        ])
    func filename(folder: String, belongs: Bool) throws {
        var builder = builder
        builder.distInfoName = folder
        let filename = try #require(WheelFilename(builder.filename))
        let bytes = MemoryBytes(try builder.build())
        if belongs {
            #expect(try WheelArchive.inspect(bytes, filename: filename).distInfoName == folder)
        } else {
            #expect(throws: ArchiveError.self) { try WheelArchive.inspect(bytes, filename: filename) }
        }
    }

    /// A change of a good wheel, and what the refusal says (nil: it is accepted).
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let says: String?
        let apply: @Sendable (inout WheelBuilder) -> Void

        init(_ description: String, says: String?, _ apply: @escaping @Sendable (inout WheelBuilder) -> Void) {
            testDescription = description
            self.says = says
            self.apply = apply
        }
    }

    @Test("RECORD and the files must agree", arguments: changes)
    func agreement(change: Change) throws {
        var builder = builder
        change.apply(&builder)
        guard let says = change.says else {
            _ = try inspect(builder)
            return
        }
        let error = #expect(throws: ArchiveError.self) { try inspect(builder) }
        #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "") should tell \(says)")
    }

    private static let digest = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

    /// The same in hexadecimal digits.
    private static let hexDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private static let changes: [Change] = [
        .init("nothing", says: nil) { _ in },
        .init("a file without a line", says: "is not in the wheel's RECORD") {
            $0.recordLines = { Array($0.dropFirst()) }
        },
        .init("a line without a file", says: "'ghost.py', which is not in the wheel") {
            $0.recordLines = { $0 + ["ghost.py,\(digest),0"] }
        },
        .init("a line that leads out", says: "leads out") { $0.recordLines = { $0 + ["../ghost.py,\(digest),0"] } },
        .init("a wrong digest", says: "but \(hexDigest) in RECORD") {
            $0.recordLines = { lines in ["demo_project/__init__.py,\(digest),"] + lines.dropFirst() }
        },
        .init("a wrong size", says: "but 1 in RECORD") {
            $0.recordLines = { lines in lines.map { $0.replacing(",0", with: ",1") } }
        },
        .init("a size that is no number", says: "the size 'x', which is not a number") {
            $0.recordLines = { lines in lines.map { $0.replacing(",0", with: ",x") } }
        },
        .init("no digest", says: "no digest for 'demo_project/__init__.py'") {
            $0.recordLines = { ["demo_project/__init__.py,,"] + $0.dropFirst() }
        },
        .init("an MD5 digest", says: "the digest 'md5=1B2M2Y8AsgTpgAmY7PhCfg', which is not one of sha256") {
            $0.recordLines = { ["demo_project/__init__.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,"] + $0.dropFirst() }
        },
        .init("a digest cut short", says: "'sha256=47DEQpj8', which is not 32 bytes") {
            $0.recordLines = { ["demo_project/__init__.py,sha256=47DEQpj8,"] + $0.dropFirst() }
        },
        .init(
            "two lines that differ",
            says: "two different lines for 'demo_project/__init__.py'; one ends in '\(digest),0'"
        ) {
            $0.recordLines = { $0 + ["demo_project/__init__.py,\(digest),0"] }
        },
        .init("two lines that are the same", says: nil) { $0.recordLines = { $0 + $0.prefix(1) } },
        .init("a line with too few fields", says: "not a path, a digest and a size") {
            $0.recordLines = { $0 + ["x,y"] }
        },
        .init("a line with further fields", says: "not a path, a digest and a size") {
            $0.recordLines = { $0 + ["x,,,y"] }
        },
        .init("line ends of Windows", says: nil) { $0.recordLines = { lines in lines.map { $0 + "\r" } } },
        .init("empty lines", says: nil) { $0.recordLines = { $0 + ["", "\r"] } },
        .init("a byte order mark", says: nil) { $0.recordLines = { ["\u{feff}" + $0[0]] + $0.dropFirst() } },
        .init("backslashes in RECORD", says: nil) {
            $0.recordLines = { lines in lines.map { $0.replacing("/__init__", with: "\\__init__") } }
        },
        .init("paths with ./", says: nil) { $0.recordLines = { lines in ["./" + lines[0]] + lines.dropFirst() } },
        .init("a padded digest", says: nil) {
            $0.recordLines = { lines in lines.map { $0.replacing(digest, with: digest + "=") } }
        },
        .init("a SHA-512 digest", says: nil) {
            $0.files.append(("sha512", []))
            $0.recordLines = { lines in
                let empty = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg_SpIdNs6c5H0NE8XYXysP-DGNKHfuwvY7kxvUdBeoGlODJ6-SfaPg"
                return lines.map { $0.hasPrefix("sha512,") ? "sha512,sha512=\(empty),0" : $0 }
            }
        },
        .init("digests in hexadecimal digits", says: nil) {
            $0.recordLines = { lines in lines.map { $0.replacing(digest, with: "sha256=" + hexDigest) } }
        },
        .init("digests in capital hexadecimal digits", says: nil) {
            $0.recordLines = { lines in lines.map { $0.replacing(digest, with: "SHA256=" + hexDigest.uppercased()) } }
        },
        .init("a wrong digest in hexadecimal digits", says: "but \(hexDigest) in RECORD") {
            $0.recordLines = { ["demo_project/__init__.py,sha256=\(hexDigest),"] + $0.dropFirst() }
        },
        .init("hexadecimal digits of another length", says: "which is not 32 bytes") {
            $0.recordLines = { ["demo_project/__init__.py,sha256=\(hexDigest.dropLast(2)),"] + $0.dropFirst() }
        },
        .init("one file in both spellings", says: nil) {
            $0.recordLines = { $0 + ["demo_project/empty,sha256=\(hexDigest),0"] }
        },
        .init("an algorithm with a hyphen", says: nil) {
            $0.recordLines = { lines in lines.map { $0.replacing("sha256=", with: "SHA-256=") } }
        },
        .init("the standard alphabet", says: nil) {
            $0.recordLines = { lines in
                lines.map { $0.replacing(digest, with: "sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") }
            }
        },
        .init("blanks around a digest", says: nil) {
            $0.recordLines = { lines in lines.map { $0.replacing(digest, with: " sha256 = " + digest.dropFirst(7)) } }
        },
        .init("a SHA3-256 digest", says: nil) {
            $0.recordLines = { lines in
                let empty = "sha3_256=a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
                return lines.map { $0.replacing(digest, with: empty) }
            }
        },
        .init("RECORD without a line of its own", says: nil) { $0.recordLines = { $0.dropLast() } },
        .init("a folder with a line", says: nil) {
            $0.entries = { [.init("demo_project/")] + $0 }
            $0.recordLines = { $0 + ["demo_project/,,"] }
        },
        .init("a .pyc without a digest", says: nil) {
            $0.files.append(("demo_project/__pycache__/x.cpython-311.pyc", [1, 2]))
            $0.recordLines = { lines in
                lines.map { $0.contains(".pyc") ? "demo_project/__pycache__/x.cpython-311.pyc,," : $0 }
            }
        },
        .init("a signature without a line", says: nil) {
            $0.entries = { $0 + [.init("demo_project-1.0.dist-info/RECORD.jws", text: "{}")] }
        },
        .init("another unlisted file in .dist-info", says: "not in the wheel's RECORD") {
            $0.entries = { $0 + [.init("demo_project-1.0.dist-info/RECORD.txt", text: "{}")] }
        },
        .init("a RECORD that is not UTF-8", says: "RECORD is not UTF-8") {
            $0.entries = { $0.dropLast() + [.init("demo_project-1.0.dist-info/RECORD", [0xff, 0xfe])] }
        },
        .init("no RECORD", says: "no file 'demo_project-1.0.dist-info/RECORD'") { $0.entries = { $0.dropLast() } },
        .init("no METADATA", says: "no file 'demo_project-1.0.dist-info/METADATA'") {
            $0.entries = { $0.filter { !$0.name.ends(with: Array("METADATA".utf8)) } }
        },
        .init("no WHEEL", says: "no file 'demo_project-1.0.dist-info/WHEEL'") {
            $0.entries = { $0.filter { !$0.name.ends(with: Array("/WHEEL".utf8)) } }
        },
        .init("no .dist-info", says: "this one has 0") {
            $0.entries = { $0.filter { !$0.name.starts(with: Array("demo_project-1.0.dist-info".utf8)) } }
        },
        .init("two .dist-info folders", says: "this one has 2") {
            $0.files.append(("other-1.0.dist-info/METADATA", []))
        },
        .init("two .dist-info folders, one in capitals", says: "this one has 2") {
            $0.files.append(("Other-1.0.DIST-INFO/METADATA", []))
        },
        .init("a .dist-info further down", says: nil) {
            $0.files.append(("vendored/other-1.0.dist-info/METADATA", []))
        },
    ]

    @Test("METADATA and RECORD are bounded")
    func limits() throws {
        var limits = ArchiveLimits()
        limits.maxMetadataSize = 30
        let metadata = #expect(throws: ArchiveError.self) { try inspect(builder, limits: limits) }
        #expect(metadata?.reason.contains("METADATA is larger than the accepted 30 bytes") == true)
        limits = ArchiveLimits()
        limits.maxRecordSize = 30
        #expect(throws: ArchiveError.self) { try inspect(builder, limits: limits) }
    }
}

extension [UInt8] {
    fileprivate func ends(with other: [UInt8]) -> Bool { suffix(other.count).elementsEqual(other) }
}
