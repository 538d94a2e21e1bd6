import Crypto
import PackagingStandards

/// Builds wheels: well formed by default, and wrong in one place if a test says so.
public struct WheelBuilder: Sendable {
    /// The project's name, as METADATA spells it.
    public var name: String
    public var version: String
    /// `{python}-{abi}-{platform}`.
    public var tag = "py3-none-any"
    public var buildNumber: String?
    /// The files beside `.dist-info`, in their order; by default one module.
    public var files: [(path: String, content: [UInt8])]
    /// Further header lines of METADATA, such as `("Requires-Python", ">=3.9")`.
    public var headers: [(name: String, value: String)] = []
    public var metadataVersion = "2.1"
    /// METADATA's body.
    public var description = ""
    /// METADATA's bytes, if they aren't the ones made of name, version, headers and description.
    public var metadata: [UInt8]?
    /// Stored entries instead of deflated ones.
    public var isStored = false
    /// RECORD's lines, if they aren't the right ones: takes the right ones, returns those to write.
    public var recordLines: @Sendable ([String]) -> [String] = { $0 }
    /// Changes the finished entries (RECORD is the last one).
    public var entries: @Sendable ([ZipBuilder.Entry]) -> [ZipBuilder.Entry] = { $0 }
    /// The `.dist-info` folder's name without `.dist-info`, if it isn't the right one.
    public var distInfoName: String?

    /// Makes a builder of a wheel with one module.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
        files = [("\(Self.escaped(name))/__init__.py", Array("__version__ = \"\(version)\"\n".utf8))]
    }

    /// The wheel's file name, its name and version escaped as PEP 427 says.
    public var filename: String {
        let build = buildNumber.map { "-\($0)" } ?? ""
        return "\(Self.escaped(name))-\(version.replacing("-", with: "_"))\(build)-\(tag).whl"
    }

    /// METADATA as it is written.
    public var metadataBytes: [UInt8] {
        if let metadata { return metadata }
        var text = "Metadata-Version: \(metadataVersion)\nName: \(name)\nVersion: \(version)\n"
        for header in headers { text += "\(header.name): \(header.value)\n" }
        return Array((text + "\n" + description).utf8)
    }

    /// Returns the wheel's bytes.
    ///
    /// - Throws: when zlib does.
    public func build() throws -> [UInt8] {
        try zip().build()
    }

    /// Returns the wheel as a ZIP builder, for what only concerns the archive.
    public func zip() -> ZipBuilder {
        let folder = (distInfoName ?? "\(Self.escaped(name))-\(version.replacing("-", with: "_"))") + ".dist-info/"
        let wheel = "Wheel-Version: 1.0\nGenerator: cellar-tests\nRoot-Is-Purelib: true\nTag: \(tag)\n"
        var all = files
        all.append((folder + "METADATA", metadataBytes))
        all.append((folder + "WHEEL", Array(wheel.utf8)))
        var lines = all.map { file in
            "\(Self.quoted(file.path)),sha256=\(Base64.encodeForURLs(Array(SHA256.hash(data: file.content)))),\(file.content.count)"
        }
        lines.append(folder + "RECORD,,")
        let record = recordLines(lines).map { $0 + "\n" }.joined()
        all.append((folder + "RECORD", Array(record.utf8)))
        let method: UInt16 = isStored ? 0 : 8
        return ZipBuilder(entries(all.map { ZipBuilder.Entry($0.path, $0.content, method: method) }))
    }

    private static func quoted(_ path: String) -> String {
        path.contains { $0 == "," || $0 == "\"" } ? "\"\(path.replacing("\"", with: "\"\""))\"" : path
    }

    /// Returns a name escaped by PEP 427: runs of `-`, `_` and `.` become one `_`, and capitals become lowercase.
    static func escaped(_ name: String) -> String {
        name.lowercased().split { "-_.".contains($0) }.joined(separator: "_")
    }
}
