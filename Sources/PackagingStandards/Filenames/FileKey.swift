/// What makes a distribution file one of its kind: no index holds two files with equal keys, however they are spelled.
///
/// The key is one text of kind, normalized name, canonical version, build tag and tags. `Foo-1.0-py2.py3-none-any.whl`
/// and `foo-1.0.0-py3.py2-none-any.whl` have the same. The kind of a source distribution includes its format: PyPI
/// takes one source distribution a release today, but many older releases there have a `.tar.gz` and a `.zip`, and an
/// index that caches them has to list both.
public struct FileKey: Hashable, Sendable, CustomStringConvertible {
    /// The key's text, such as `wheel:foo:1::py2.py3-none-any` or `sdist.tar.gz:foo:1`.
    public let description: String

    /// The key of a wheel.
    public init(_ wheel: WheelFilename) {
        var text = "wheel:" + wheel.name.description + ":" + wheel.version.canonical + ":"
        if let build = wheel.build { text += build.description }
        text += ":" + Self.sorted(wheel.pythonTagSet)
        text += "-" + Self.sorted(wheel.abiTagSet)
        text += "-" + Self.sorted(wheel.platformTagSet)
        description = text
    }

    /// The key of a source distribution.
    public init(_ source: SourceDistributionFilename) {
        description = "sdist.\(source.format.rawValue):\(source.name):\(source.version.canonical)"
    }

    /// The key of a distribution of an older kind: its file name, in lowercase.
    public init(_ older: OlderFilename) {
        description = "\(older.packageType):\(older.name):\(older.filename.lowercased())"
    }

    /// The key whose ``description`` was stored; the text is trusted.
    public init(stored description: String) {
        self.description = description
    }

    /// A compressed tag set in one order, each tag once.
    private static func sorted(_ tagSet: String) -> String {
        guard tagSet.utf8.contains(ASCII.dot) else { return tagSet }
        let tags = ArraySlice(tagSet.utf8).split(separator: ASCII.dot)
        let isSorted = zip(tags, tags.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
        guard !isSorted else { return tagSet }
        let inOrder = Set(tags).sorted { $0.lexicographicallyPrecedes($1) }
        return String(decoding: Array(inOrder.joined(separator: [ASCII.dot])), as: UTF8.self)
    }
}
