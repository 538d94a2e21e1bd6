/// A name in an archive that is safe to unpack below a folder, in its normal form.
struct ArchivePath: Hashable, Sendable {
    /// The components joined by `/`: no empty, `.` or `..` component, none at the ends.
    let text: String
    /// Whether the name ended in `/`.
    let isDirectory: Bool

    /// Checks a name and normalizes it: drops `./` and doubled `/`.
    ///
    /// - Throws: `ArchiveError` if the name is absolute, leads upwards, is too long, or is read differently by
    ///   different systems.
    init(_ name: some BidirectionalCollection<UInt8>, limits: ArchiveLimits) throws(ArchiveError) {
        guard name.count <= limits.maxEntryNameLength else {
            throw ArchiveError(
                "the name \(ShownText.quoted(name)) is longer than \(limits.maxEntryNameLength) bytes")
        }
        guard let first = name.first, let last = name.last else {
            throw ArchiveError("the archive has an entry without a name")
        }
        var shown: String { ShownText.quoted(name) }
        guard first != UInt8(ascii: "/") else {
            throw ArchiveError("\(shown) is an absolute path; an archive's names must be relative")
        }
        for byte in name {
            guard byte >= 0x20, byte != 0x7f else { throw ArchiveError("\(shown) has a control character in its name") }
            guard byte != UInt8(ascii: "\\") else {
                throw ArchiveError("\(shown) has a backslash in its name; separate folders with '/'")
            }
        }
        guard let decoded = String(validating: name, as: UTF8.self) else {
            throw ArchiveError("the name \(shown) is not UTF-8")
        }
        isDirectory = last == UInt8(ascii: "/")
        text = try Self.normalized(decoded)
    }

    private static func normalized(_ name: String) throws(ArchiveError) -> String {
        var shown: String { ShownText.quoted(name) }
        var components: [Substring.UTF8View] = []
        var isPlain = true
        for component in name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            switch component.count {
            case 0:
                isPlain = false
                continue
            case 1 where component.first == UInt8(ascii: "."):
                isPlain = false
                continue
            case 2 where component.elementsEqual("..".utf8):
                throw ArchiveError("\(shown) leads out of the archive's folder")
            default: components.append(component)
            }
        }
        guard let first = components.first else { throw ArchiveError("\(shown) is not a name") }
        guard first.dropFirst().first != UInt8(ascii: ":") else {
            throw ArchiveError("\(shown) starts with a drive letter; an archive's names must be relative")
        }
        if isPlain { return name }
        return components.map { String(Substring($0)) }.joined(separator: "/")
    }
}

extension ArchivePath {
    /// Refuses two entries with one name, and a name that is both a file and a folder.
    ///
    /// A folder may come more than once if `allowsRepeatedFolders`, as it often does in tar files.
    static func checkDistinct(_ paths: [ArchivePath], allowsRepeatedFolders: Bool) throws(ArchiveError) {
        // `/` sorts before every other character of a name, so that a folder's contents directly follow its name.
        let sorted = paths.sorted { one, other in
            one.text.utf8.lexicographicallyPrecedes(other.text.utf8) { sortKey($0) < sortKey($1) }
        }
        for (one, next) in zip(sorted, sorted.dropFirst()) {
            if one.text.utf8.elementsEqual(next.text.utf8) {
                if allowsRepeatedFolders && one.isDirectory && next.isDirectory { continue }
                throw ArchiveError("the archive has two entries named \(ShownText.quoted(one.text))")
            }
            if !one.isDirectory && isParent(one.text, of: next.text) {
                throw ArchiveError("\(ShownText.quoted(one.text)) is both a file and a folder in the archive")
            }
        }
        try checkUnicodeForms(sorted)
    }

    /// Refuses canonically equivalent names: some file systems take them for one, and so does `String`, by which names
    /// are looked up.
    private static func checkUnicodeForms(_ paths: [ArchivePath]) throws(ArchiveError) {
        var spellings: [String: ArchivePath] = [:]
        for path in paths where !path.text.utf8.allSatisfy({ $0 < 0x80 }) {
            if let other = spellings.updateValue(path, forKey: path.text),
                !other.text.utf8.elementsEqual(path.text.utf8)
            {
                throw ArchiveError("the archive has two names that differ only in their Unicode form: \(path.text)")
            }
        }
    }

    private static func sortKey(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "/") ? 0 : byte
    }

    private static func isParent(_ folder: String, of path: String) -> Bool {
        let folder = folder.utf8
        let path = path.utf8
        guard path.count > folder.count, path.starts(with: folder) else { return false }
        return path[path.index(path.startIndex, offsetBy: folder.count)] == UInt8(ascii: "/")
    }
}
