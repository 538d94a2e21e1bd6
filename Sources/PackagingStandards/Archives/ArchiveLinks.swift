/// The links of an archive, each of which must stay in the archive's top-level folder (PEP 721).
///
/// Symbolic links are followed as a file system would, through other links too: the meaning of `a/../b` depends on
/// whether `a` is a link.
struct ArchiveLinks {
    /// The most links that one name may lead through: the limit of common systems.
    private static let maximumHops = 40
    /// The most steps from folder to folder that all links may take together.
    private static let maximumSteps = 200_000
    /// The longest target, in bytes: the limit of common systems.
    private static let maximumTargetLength = 4095

    /// The targets of symbolic links by path, split at slashes.
    private var symbolic: [String: [String]] = [:]
    /// The paths that hard links name, by path.
    private var hard: [String: String] = [:]
    /// The paths of the files so far, which hard links may name.
    private var files: Set<String> = []
    private var targetBytes = 0

    /// Adds a file, which later hard links may name.
    mutating func add(file path: ArchivePath) {
        files.insert(path.text)
    }

    /// Adds a symbolic link, which `check` follows.
    ///
    /// - Throws: `ArchiveError` if the target is absolute, too long, or read differently by different systems.
    mutating func add(
        symbolic path: ArchivePath, target: [UInt8], limits: ArchiveLimits
    ) throws(ArchiveError) {
        let problem: String? =
            if target.isEmpty || target.count > Self.maximumTargetLength {
                "that has no target, or one that is too long"
            } else if target.first == UInt8(ascii: "/") || target.dropFirst().first == UInt8(ascii: ":") {
                "to an absolute path"
            } else if target.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") }) {
                "whose target has a control character or a backslash"
            } else { nil }
        guard problem == nil, let text = String(validating: target, as: UTF8.self) else {
            throw ArchiveError(
                "\(ShownText.quoted(path.text)) is a link \(problem ?? "whose target is not UTF-8")")
        }
        try count(target, limits: limits)
        symbolic[path.text] = text.split(separator: "/").map(String.init)
    }

    /// Adds a hard link.
    ///
    /// - Throws: `ArchiveError` unless it names an earlier file of the archive.
    mutating func add(hard path: ArchivePath, target: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        guard let named = try? ArchivePath(target, limits: limits), !named.isDirectory,
            files.contains(named.text) || hard[named.text] != nil
        else {
            throw ArchiveError(
                "\(ShownText.quoted(path.text)) is a hard link to \(ShownText.quoted(target)), which is not "
                    + "an earlier file of the archive")
        }
        try count(target, limits: limits)
        // A link to a link is resolved at once: the named link already is.
        hard[path.text] = hard[named.text] ?? named.text
    }

    /// Checks that every symbolic link stays inside.
    ///
    /// - Throws: `ArchiveError` if one leads out, or in a circle.
    func check() throws(ArchiveError) {
        var steps = 0
        for path in symbolic.keys { _ = try destination(of: path, steps: &steps) }
    }

    /// Returns the path of the file whose bytes a path stands for: itself, unless it is a link.
    ///
    /// - Throws: `ArchiveError` if a link leads out, or in a circle.
    func file(at path: String) throws(ArchiveError) -> String {
        if let target = hard[path] { return target }
        guard symbolic[path] != nil else { return path }
        var steps = 0
        let found = try destination(of: path, steps: &steps)
        return hard[found] ?? found
    }

    /// Returns where a symbolic link finally leads, whether or not anything is there.
    private func destination(of link: String, steps: inout Int) throws(ArchiveError) -> String {
        var shown: String { ShownText.quoted(link) }
        var hops = 0
        var place: [String] = []
        // The components that are left, in reverse.
        var rest = Array(link.split(separator: "/").map(String.init).reversed())
        while let step = rest.popLast() {
            steps += 1
            guard steps <= Self.maximumSteps else {
                throw ArchiveError(
                    "following the archive's links takes more than \(Self.maximumSteps) steps: it has too many links, or "
                        + "links that are too long")
            }
            switch step {
            case ".": continue
            case "..":
                place.removeLast()
                guard !place.isEmpty else { throw ArchiveError("\(shown) is a link that leads out of the archive") }
            default:
                place.append(step)
                guard !symbolic.isEmpty, let target = symbolic[place.joined(separator: "/")] else { continue }
                hops += 1
                guard hops <= Self.maximumHops else { throw ArchiveError("\(shown) is a link that leads in a circle") }
                place.removeLast()
                guard !place.isEmpty else {
                    throw ArchiveError("\(shown) leads through the top-level folder as a link")
                }
                rest.append(contentsOf: target.reversed())
            }
        }
        return place.joined(separator: "/")
    }

    private mutating func count(_ target: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        targetBytes += target.count
        guard targetBytes <= limits.maxDirectorySize else {
            throw ArchiveError("the archive's links are longer than \(limits.maxDirectorySize) bytes together")
        }
    }
}
