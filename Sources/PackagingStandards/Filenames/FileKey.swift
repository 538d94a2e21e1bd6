/// The identity of a distribution file: no index has two files with equal keys, however their names are spelled.
///
/// The key is a text of kind, normalized name, canonical version, build tag and tags: `Foo-1.0-py2.py3-none-any.whl`
/// and `foo-1.0.0-py3.py2-none-any.whl` have the same key. The kind of a source distribution includes its format: PyPI
/// now accepts one source distribution a release, but many older releases have a `.tar.gz` and a `.zip`, and an index
/// that caches them has to list both.
public struct FileKey: Hashable, Sendable, CustomStringConvertible {
    /// The key's text, such as `wheel:foo:1::py2.py3-none-any` or `sdist.tar.gz:foo:1`.
    public let description: String

    /// Makes the key of a wheel.
    public init(_ wheel: WheelFilename) {
        var text = "wheel:" + wheel.name.description + ":" + wheel.version.canonical + ":"
        if let build = wheel.build { text += build.description }
        text += ":" + Self.sorted(wheel.pythonTagSet)
        text += "-" + Self.sorted(wheel.abiTagSet)
        text += "-" + Self.sorted(wheel.platformTagSet)
        description = text
    }

    /// Makes the key of a source distribution.
    public init(_ source: SourceDistributionFilename) {
        description = "sdist.\(source.format.rawValue):\(source.name):\(source.version.canonical)"
    }

    /// Makes the key of an older kind of distribution, from its file name in lowercase.
    public init(_ older: OlderFilename) {
        description = "\(older.packageType):\(older.name):\(older.filename.lowercased())"
    }

    /// Takes the ``description`` of a key that was stored, without a check.
    public init(stored description: String) {
        self.description = description
    }

    /// Returns a compressed tag set in byte order, each tag once.
    private static func sorted(_ tagSet: String) -> String {
        guard tagSet.utf8.contains(ASCII.dot) else { return tagSet }
        let tags = ArraySlice(tagSet.utf8).split(separator: ASCII.dot)
        let isSorted = zip(tags, tags.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
        guard !isSorted else { return tagSet }
        let inOrder = Set(tags).sorted { $0.lexicographicallyPrecedes($1) }
        return String(decoding: Array(inOrder.joined(separator: [ASCII.dot])), as: UTF8.self)
    }
}
