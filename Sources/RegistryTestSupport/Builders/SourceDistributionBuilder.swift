/// Builds source distributions: well formed by default.
public struct SourceDistributionBuilder: Sendable {
    /// The project's name, as PKG-INFO spells it.
    public var name: String
    public var version: String
    /// The files below the top-level folder beside PKG-INFO; by default a `pyproject.toml` and one module.
    public var files: [(path: String, content: [UInt8])]
    /// Further header lines of PKG-INFO.
    public var headers: [(name: String, value: String)] = []
    public var metadataVersion = "2.2"
    /// PKG-INFO's bytes, if they aren't the ones made of name, version and headers.
    public var metadata: [UInt8]?
    /// The top-level folder, if it isn't `{name}-{version}`.
    public var topFolder: String?

    /// Makes a builder of a source distribution with one module.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
        let module = WheelBuilder.escaped(name)
        files = [
            ("pyproject.toml", Array("[project]\nname = \"\(name)\"\nversion = \"\(version)\"\n".utf8)),
            ("\(module)/__init__.py", Array("__version__ = \"\(version)\"\n".utf8)),
        ]
    }

    /// `{name}-{version}`, escaped as PEP 625 says.
    public var stem: String {
        "\(WheelBuilder.escaped(name))-\(version)"
    }

    /// PKG-INFO as it is written.
    public var metadataBytes: [UInt8] {
        if let metadata { return metadata }
        var text = "Metadata-Version: \(metadataVersion)\nName: \(name)\nVersion: \(version)\n"
        for header in headers { text += "\(header.name): \(header.value)\n" }
        return Array((text + "\n").utf8)
    }

    /// Returns the `.tar.gz` file's bytes.
    ///
    /// - Throws: when zlib does.
    public func buildTarGzip() throws -> [UInt8] {
        try tar().buildGzip()
    }

    /// Returns the `.zip` file's bytes.
    ///
    /// - Throws: when zlib does.
    public func buildZip() throws -> [UInt8] {
        try ZipBuilder(all.map { ZipBuilder.Entry($0.path, $0.content) }).build()
    }

    /// Returns the archive as a tar builder, for what only concerns the archive.
    public func tar() -> TarBuilder {
        let folder = TarBuilder.Entry((topFolder ?? stem) + "/")
        return TarBuilder([folder] + all.map { TarBuilder.Entry($0.path, $0.content) })
    }

    private var all: [(path: String, content: [UInt8])] {
        let folder = (topFolder ?? stem) + "/"
        return [(folder + "PKG-INFO", metadataBytes)] + files.map { (folder + $0.path, $0.content) }
    }
}
