import NIOCore
import PackagingStandards
import RegistryTestSupport

extension Hostile {
    /// A good source distribution with these entries at its end, and then changed.
    private static func tar(
        _ description: String, says reason: String, _ entries: [TarBuilder.Entry] = [],
        _ change: @escaping @Sendable (inout TarBuilder) -> Void = { _ in }
    ) -> Hostile {
        Hostile(description, says: reason) {
            var tar = SourceDistributionBuilder(name: "demo", version: "1.0").tar()
            tar.entries += entries
            change(&tar)
            return try tar.buildGzip()
        }
    }

    static let sourceDistributions: [Hostile] = [
        Hostile("nothing", says: "empty or not compressed") { [] },
        Hostile("a text file", says: "not compressed with gzip") {
            Array("this is only text, and nothing more\n".utf8)
        },
        Hostile("a tar that isn't compressed", says: "not compressed with gzip") {
            SourceDistributionBuilder(name: "demo", version: "1.0").tar().build()
        },
        Hostile("text compressed with gzip", says: "tar archive") {
            [UInt8](
                try Compression.gzip(ByteBuffer(string: String(repeating: "text ", count: 300)), level: 6)
                    .readableBytesView)
        },
        Hostile("bytes after the gzip stream", says: "after the end of its gzip stream") {
            try SourceDistributionBuilder(name: "demo", version: "1.0").buildTarGzip() + [0]
        },
        Hostile("another file after the gzip stream", says: "after the end of its gzip stream") {
            try SourceDistributionBuilder(name: "demo", version: "1.0").buildTarGzip() + ZipBuilder().build()
        },
        Hostile("a wrong check sum", says: "damaged") {
            var bytes = try SourceDistributionBuilder(name: "demo", version: "1.0").buildTarGzip()
            bytes[bytes.count - 8] ^= 1
            return bytes
        },
        tar("entries after the end", says: "other bytes after its end") { tar in
            tar.suffix = TarBuilder([.init("demo-1.0/hidden", [1])]).build()
        },
        tar("bytes far after the end", says: "other bytes after its end") { tar in
            tar.suffix = [UInt8](repeating: 0, count: 400_000) + [1]
        },
        tar("a wrong header check sum", says: "tar archive") { $0.entries[2].hasRightChecksum = false },
        tar("content that is cut short", says: "tar archive") { tar in
            tar.entries[tar.entries.count - 1].size = 100_000
            tar.hasEnd = false
        },
        tar("an absolute path", says: "absolute", [.init("/etc/passwd", [1])]),
        tar("a path that leads out", says: "leads out", [.init("demo-1.0/../../x", [1])]),
        tar("a folder that leads out", says: "leads out", [.init("demo-1.0/../")]),
        tar("a backslash", says: "backslash", [.init("demo-1.0/a\\b", [1])]),
        tar("a control character", says: "control character", [.init("demo-1.0/a\nb", [1])]),
        tar(
            "a long absolute path", says: "absolute",
            [.paxPath("/" + String(repeating: "x", count: 300)), .init("x", [1])]),
        tar(
            "a link to an absolute path", says: "absolute path", [.init("demo-1.0/link", type: "2", linkName: "/etc/x")]
        ),
        tar("a link out of the folder", says: "leads out", [.init("demo-1.0/link", type: "2", linkName: "../other/x")]),
        tar("a link without a target", says: "no target", [.init("demo-1.0/link", type: "2")]),
        tar("a link with a backslash", says: "backslash", [.init("demo-1.0/link", type: "2", linkName: "..\\x")]),
        tar("a link to itself", says: "in a circle", [.init("demo-1.0/link", type: "2", linkName: "link")]),
        tar(
            "two links that lead to each other", says: "in a circle",
            [
                .init("demo-1.0/one", type: "2", linkName: "two/x"),
                .init("demo-1.0/two", type: "2", linkName: "one/x"),
            ]),
        tar(
            "a link that leads out only through another link", says: "leads out",
            [
                .init("demo-1.0/a/b/up", type: "2", linkName: "../.."),
                .init("demo-1.0/a/b/out", type: "2", linkName: "up/../x"),
            ]),
        tar(
            "a file written through a link", says: "both a file and a folder",
            [.init("demo-1.0/link", type: "2", linkName: "demo"), .init("demo-1.0/link/x", [1])]),
        tar(
            "a file in the place of a link", says: "two entries named",
            [.init("demo-1.0/link", type: "2", linkName: "demo"), .init("demo-1.0/link", [1])]),
        tar(
            "a hard link out of the folder", says: "which is not an earlier file",
            [.init("demo-1.0/link", type: "1", linkName: "other/x")]),
        tar(
            "a hard link to a later file", says: "which is not an earlier file",
            [.init("demo-1.0/link", type: "1", linkName: "demo-1.0/later"), .init("demo-1.0/later", [1])]),
        tar(
            "a hard link to a symbolic one", says: "which is not an earlier file",
            [
                .init("demo-1.0/sym", type: "2", linkName: "PKG-INFO"),
                .init("demo-1.0/link", type: "1", linkName: "demo-1.0/sym"),
            ]),
        tar("a PKG-INFO that leads to itself", says: "in a circle") { tar in
            tar.entries[1] = .init("demo-1.0/PKG-INFO", type: "2", linkName: "PKG-INFO")
        },
        tar("a PKG-INFO that leads nowhere", says: "not a file of the archive") { tar in
            tar.entries[1] = .init("demo-1.0/PKG-INFO", type: "2", linkName: "missing")
        },
        tar("a character device", says: "neither a file nor a folder", [.init("demo-1.0/null", type: "3")]),
        tar("a block device", says: "neither a file nor a folder", [.init("demo-1.0/disk", type: "4")]),
        tar("a pipe", says: "neither a file nor a folder", [.init("demo-1.0/pipe", type: "6")]),
        tar("a second top-level folder", says: "one top-level folder", [.init("other/x", [1])]),
        tar("a file beside the folder", says: "one top-level folder", [.init("setup.py", [1])]),
        tar("two files of one name", says: "two entries named", [.init("demo-1.0/PKG-INFO", [1])]),
        tar("a file below a file", says: "both a file and a folder", [.init("demo-1.0/PKG-INFO/x", [1])]),
        tar("no PKG-INFO", says: "no file 'demo-1.0/PKG-INFO'") { $0.entries.remove(at: 1) },
        tar("PKG-INFO further down only", says: "no file 'demo-1.0/PKG-INFO'") { tar in
            tar.entries[1] = .init("demo-1.0/demo.egg-info/PKG-INFO", [1])
        },
        tar("an empty tar", says: "empty") { $0.entries = [] },
        tar("only files without a folder", says: "one top-level folder") { $0.entries = [.init("PKG-INFO", [1])] },
    ]
}
